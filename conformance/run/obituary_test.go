package run

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/target"
)

// judgeMortal judges a model server that is started with more arguments.
func judgeMortal(t *testing.T, s *Suite, cases []*Case, patience float64, args ...string) *Report {
	t.Helper()
	command := &target.Command{Words: append([]string{os.Args[0], "{addr}"}, args...)}
	p, err := command.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	r, err := Judge(t.Context(), &Options{
		Suite: s, Cases: cases, Target: p, Spawn: command.Spawn, Jobs: 4, RunID: newID(t), Patience: patience, Dir: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lives is the result that tells of deaths that no case alone brings about, nil if there is none.
func lives(r *Report) *conformance.Result {
	for _, res := range r.Results {
		if res.Case.ID == LivesID {
			return res
		}
	}
	return nil
}

// TestDeathOfNoCase lets a target crash or hang again and again at a number of frames, whatever they are: every case is judged all the same,
// and the deaths are a failure that tells what was said last, what was printed, and how many frames it takes.
func TestDeathOfNoCase(t *testing.T) {
	s := derived(t)
	cases, err := s.Select([]string{"chat/ping/derived/*"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"crash", "hang"} {
		t.Run(way, func(t *testing.T) {
			begin := time.Now()
			r := judgeMortal(t, s, cases, 0.25, way, "45")
			for _, res := range r.Results {
				if res.Verdict != conformance.Pass && res.Case.ID != LivesID {
					t.Errorf("%s %s: %s %+v", res.Verdict, res.Case.ID, res.Reason, res.Finding)
				}
			}
			res := lives(r)
			if res == nil || res.Verdict != conformance.Fail || r.Status(false) != conformance.StatusFailed {
				t.Fatalf("%+v, status %d", res, r.Status(false))
			}
			want := map[string][]string{
				"crash": {"exit status 3", "the last it printed: goodbye, cruel world", "no case alone", "it dies after about "},
				"hang":  {"it hangs", "no case alone", "it dies after about "},
			}[way]
			text := res.Reason + "\n" + res.Finding.Got
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("it does not say %q:\n%s", w, text)
				}
			}
			events, _ := res.Transcript.Events()
			frames := 0
			for i, e := range events {
				if e.Frame != nil && strings.Contains(e.Conn, "chat/ping") {
					frames++
				}
				if i > 0 && e.At < events[i-1].At {
					t.Errorf("event %d is before the one before it", i)
				}
			}
			if frames == 0 || len(events) > maxOpen*(maxLineLast+1) {
				t.Errorf("%d events, %d frames", len(events), frames)
			}
			if took := time.Since(begin); took > time.Minute {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestDeathOfOne lets a request kill the target: the cases that send it fail, and nobody else has to answer for it.
func TestDeathOfOne(t *testing.T) {
	s := suite(t)
	cases, err := s.Select([]string{"chat/ping", "chat/list/all", "chat/hello/ok"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range []string{"crash", "hang"} {
		t.Run(way, func(t *testing.T) {
			r := judgeMortal(t, s, cases, 0.25, way, "LIST")
			if res := lives(r); res != nil {
				t.Errorf("%s", res.Reason)
			}
			for _, res := range r.Results {
				want := conformance.Pass
				if slices.Contains(res.Case.Uses, "LIST") {
					want = conformance.Fail
				}
				if res.Verdict != want || want == conformance.Fail && res.Finding.Kind != conformance.KindDeath {
					t.Errorf("%s %s: %s %+v", res.Verdict, res.Case.ID, res.Reason, res.Finding)
				}
			}
		})
	}
}

// TestGivenUp lets a target die all the time: it is given up, and every report says so.
func TestGivenUp(t *testing.T) {
	s := derived(t)
	r := judgeMortal(t, s, s.Cases, 1, "crash", "25")
	res := lives(r)
	if res == nil || !strings.Contains(res.Reason, "given up after it died 30 times") {
		t.Fatalf("%+v", res)
	}
	counts, _ := r.Counts()
	if counts[conformance.Blocked] < 2000 || counts[conformance.Pass] < 30 {
		t.Errorf("%v", counts)
	}
	for _, c := range r.Causes() {
		if c.Example == res && c.Blocked < 2000 {
			t.Errorf("it blocks %d", c.Blocked)
		}
	}
}

func TestRecurs(t *testing.T) {
	for _, c := range []struct {
		frames []int
		want   int
	}{
		{nil, 0},
		{[]int{500, 500}, 0},
		{[]int{497, 503, 511}, 500},
		{[]int{98, 99, 97}, 98},
		{[]int{12345, 12351, 12299}, 12000},
		{[]int{100, 500, 900}, 0},
		{[]int{465, 400, 484, 458, 120}, 460},
		{[]int{465, 300, 484, 458, 120}, 0},
	} {
		var deaths []*death
		for _, n := range c.frames {
			deaths = append(deaths, &death{frames: n})
		}
		deaths = append(deaths, &death{frames: 1, culprit: "chat/ping/ok"})
		if got := recurs(deaths); got != c.want {
			t.Errorf("%v: %d, want %d", c.frames, got, c.want)
		}
	}
}

// TestEnough shows that it is the share of deaths that counts, once there were many.
func TestEnough(t *testing.T) {
	for _, c := range []struct {
		deaths, judged int
		want           bool
	}{{29, 0, false}, {30, 599, true}, {30, 600, false}, {150, 3000, false}, {150, 2999, true}} {
		j := &judge{done: c.judged}
		j.shared.deaths = make([]*death, c.deaths)
		if got := j.enough(); got != c.want {
			t.Errorf("%d deaths in %d cases: %v", c.deaths, c.judged, got)
		}
	}
}
