package gen_test

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/spec/gen"
)

var agree = flag.Int("python-frames", 1000, "how many fuzzed frames of each table the codec in Python has to agree on")

func python(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3")
	}
	return path
}

// TestPythonPassesVectors runs the codecs of all tables on their vectors.
func TestPythonPassesVectors(t *testing.T) {
	python3 := python(t)
	for name, p := range tables(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			codec, vectors := filepath.Join(dir, "codec.py"), filepath.Join(dir, "vectors.json")
			put(t, codec, gen.Python(p))
			put(t, vectors, gen.Vectors(p))
			out, err := exec.Command(python3, codec, "--vectors", vectors).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "; 0 failed") {
				t.Fatalf("%v\n%s", err, out)
			}
			// A vector that is wrong is seen.
			put(t, vectors, strings.Replace(gen.Vectors(p), `"offset": `, `"offset": 9`, 1))
			if out, err := exec.Command(python3, codec, "--vectors", vectors).CombinedOutput(); err == nil || !strings.Contains(string(out), "; 1 failed") {
				t.Errorf("a wrong vector passes: %v\n%s", err, out)
			}
		})
	}
}

func put(t testing.TB, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// TestPythonAgrees compares the codec in Python with the interpreter on fuzzed frames: the same values and the same bytes, or the
// same error at the same place for the same reason.
func TestPythonAgrees(t *testing.T) {
	n := *agree
	if testing.Short() {
		n /= 4
	}
	for name, p := range tables(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			accepted := agreePython(t, p, fuzzed(t, p, 1, n))
			t.Logf("%d frames, %d of them accepted", n, accepted)
			if accepted < n/20 || accepted > n*9/10 {
				t.Errorf("%d of %d frames are accepted: too few are right, or too few wrong", accepted, n)
			}
		})
	}
}

// agreePython holds the codec in Python to the interpreter on frames, and returns how many are accepted.
func agreePython(t *testing.T, p *spec.Protocol, frames []frameIn) (accepted int) {
	t.Helper()
	codec := filepath.Join(t.TempDir(), "codec.py")
	put(t, codec, gen.Python(p))
	var in bytes.Buffer
	for _, f := range frames {
		state := ""
		if f.state != nil {
			state = fmt.Sprintf(", \"state\": %q", f.state.Name)
		}
		fmt.Fprintf(&in, "{\"frame\": %q, \"from\": %q%s}\n", hex.EncodeToString(f.frame), f.from, state)
	}
	cmd := exec.Command(python(t), codec, "--lines")
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	c := dynamic.New(p)
	lines := bufio.NewScanner(&out)
	lines.Buffer(nil, 1<<24)
	wrong := 0
	for _, f := range frames {
		lines.Scan()
		var got map[string]any
		d := json.NewDecoder(strings.NewReader(lines.Text()))
		d.UseNumber()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("%q: %v", lines.Text(), err)
		}
		want := gen.Outcome(c, f.state, f.from, f.frame)
		if want["accept"] != nil {
			accepted++
		}
		if !reflect.DeepEqual(flat(got), flat(want)) {
			t.Errorf("%s %v %s:\nPython      %.1000v\ninterpreter %.1000v", f.from, f.state, gen.HexRuns(f.frame), got, want)
			if wrong++; wrong > 10 {
				t.Fatal("and so on")
			}
		}
	}
	return accepted
}

// flat makes values of JSON comparable: numbers as text, runs and repetitions as what they stand for.
func flat(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if times, ok := v["times"].(json.Number); ok && len(v) == 2 {
			n, _ := times.Int64()
			if s, ok := v["repeat"].(string); ok {
				return strings.Repeat(s, int(n))
			}
			var list []any
			for range n {
				list = append(list, v["repeat"].([]any)...)
			}
			return flat(list)
		}
		out := map[string]any{}
		for k, e := range v {
			out[k] = flat(e)
		}
		return out
	case []any:
		out := []any{}
		for _, e := range v {
			out = append(out, flat(e))
		}
		return out
	case json.Number:
		return v.String()
	case string:
		if strings.Contains(v, "*") {
			if b, err := readRuns(v); err == nil {
				return hex.EncodeToString(b)
			}
		}
		return v
	}
	return v
}
