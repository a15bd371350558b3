package main

import (
	"context"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestObey: two signals at once are one wish; a later one, or a third, ends the program.
func TestObey(t *testing.T) {
	for _, c := range []struct {
		name   string
		pauses []time.Duration // before each signal
		ends   int             // the signal that ends the program, from 0; -1: none
	}{
		{"one", []time.Duration{0}, -1},
		{"as timeout does", []time.Duration{0, 0}, -1},
		{"soon", []time.Duration{0, sameWish - 1}, -1},
		{"again", []time.Duration{0, sameWish}, 1},
		{"a third at once", []time.Duration{0, 0, 0}, 2},
		{"a third later", []time.Duration{0, 0, time.Hour}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, off := context.WithCancelCause(t.Context())
				signals := make(chan os.Signal)
				ended := -1
				sent := -1
				go obey(signals, off, func(os.Signal) { ended = sent })
				for i, pause := range c.pauses {
					time.Sleep(pause)
					sent = i
					signals <- syscall.SIGTERM
					synctest.Wait()
					if err := context.Cause(ctx); err == nil || err.Error() != "terminated signal received" {
						t.Errorf("after signal %d the run is called off by %v", i, err)
					}
				}
				if ended != c.ends {
					t.Errorf("signal %d ends the program, want %d", ended, c.ends)
				}
				if ended < 0 { // so that nobody waits any more
					close(signals)
				}
			})
		})
	}
	if n := byShell(syscall.SIGTERM); n != 143 {
		t.Errorf("the exit status of a program that was terminated is %d", n)
	}
}
