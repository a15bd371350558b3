package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
)

func TestWaves(t *testing.T) {
	var cases []*Case
	for i, r := range []string{"kill ", "kill ", "stop ", "kill ", "", "kill kill ", "stop ", "kill "} {
		cases = append(cases, &Case{Case: &conformance.Case{ID: fmt.Sprint(i)}, Script: &script.Script{Restarts: r}})
	}
	var got []string
	for _, w := range waves(cases, 3) {
		s := w[0].Script.Restarts + ":"
		for _, c := range w {
			s += c.ID
			if c.Script.Restarts != w[0].Script.Restarts {
				t.Errorf("%s is not restarted like %s", c.ID, w[0].ID)
			}
		}
		got = append(got, s)
	}
	if want := "[kill :013 stop :26 :4 kill kill :5 kill :7]"; fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// TestGate lets cases restart twice, some of which end early: each restart happens once, with all who are left, while nobody runs.
func TestGate(t *testing.T) {
	const n = 6
	var running, restarts atomic.Int32
	broken := errors.New("it does not start again")
	g := &gate{inside: n}
	g.do = func(_ context.Context, graceful bool) error {
		if running.Load() != 0 || !graceful {
			t.Errorf("%d run, graceful %v", running.Load(), graceful)
		}
		if restarts.Add(1) == 2 {
			return broken
		}
		return nil
	}
	running.Store(n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			defer g.leave(t.Context())
			for k := range 2 {
				running.Add(-1)
				if i == k { // it ends before the restart
					return
				}
				err := g.restart(t.Context(), true)
				if (err != nil) != (k == 1) {
					t.Errorf("restart %d: %v", k, err)
				}
				running.Add(1)
				if err != nil {
					running.Add(-1)
					return
				}
			}
			running.Add(-1)
		})
	}
	all.Wait()
	if restarts.Load() != 2 {
		t.Errorf("%d restarts", restarts.Load())
	}
}
