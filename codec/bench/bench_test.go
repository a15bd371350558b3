package bench

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"slices"
	"testing"
	"text/tabwriter"
	"time"
)

var rounds = flag.Int("rounds", 0, "how often Compare measures each side")

// A duel is one piece of work that two codecs do.
type duel struct {
	name         string
	peer         string
	ours, theirs func() error
}

// endless gives the same bytes again and again.
type endless struct {
	frame []byte
	at    int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.frame[e.at:])
	e.at = (e.at + n) % len(e.frame)
	return n, nil
}

// sink keeps what the last frame was.
type sink struct{ bytes.Buffer }

func (s *sink) frame(write func(w io.Writer) error) error {
	s.Reset()
	return write(s)
}

func duels(t testing.TB) []duel {
	return slices.Concat(http2Duels(t), postgresDuels(t), mqttDuels(t))
}

// Every duel can be fought.
func TestDuels(t *testing.T) {
	for _, d := range duels(t) {
		for range 3 {
			if err := d.ours(); err != nil {
				t.Errorf("%s: %v", d.name, err)
			}
			if err := d.theirs(); err != nil {
				t.Errorf("%s, %s: %v", d.name, d.peer, err)
			}
		}
	}
}

// same fails unless the two frames are equal.
func same(t testing.TB, name string, ours, theirs []byte) {
	t.Helper()
	if !bytes.Equal(ours, theirs) {
		t.Fatalf("%s:\nours   %x\ntheirs %x", name, ours, theirs)
	}
}

// Compare measures both sides of every duel by turns.
func TestCompare(t *testing.T) {
	if *rounds == 0 {
		t.Skip("measures only with -rounds")
	}
	var out bytes.Buffer
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "work\tours ns\ttheirs ns\tratio\tours allocs\ttheirs allocs\tpeer\t")
	for _, d := range duels(t) {
		var ours, theirs, ratios []float64
		for range *rounds {
			a, b := once(t, d.ours), once(t, d.theirs)
			ours, theirs, ratios = append(ours, a), append(theirs, b), append(ratios, a/b)
		}
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.2f\t%.0f\t%.0f\t%s\t\n", d.name, median(ours), median(theirs), median(ratios), allocs(d.ours), allocs(d.theirs), d.peer)
	}
	w.Flush()
	t.Logf("\n%s", out.String())
}

// once measures for about 10 ms how many nanoseconds a call takes.
func once(t *testing.T, call func() error) float64 {
	const batch = 256
	start, n := time.Now(), 0
	for time.Since(start) < 10*time.Millisecond {
		for range batch {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		}
		n += batch
	}
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func allocs(call func() error) float64 { return testing.AllocsPerRun(100, func() { call() }) }
