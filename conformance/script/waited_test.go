package script

import (
	"strings"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
)

// TestWaited lets something not come: the finding says for how long it was waited, and that the connection is closed then is our remark, not
// the server's.
func TestWaited(t *testing.T) {
	for _, c := range []struct {
		name, src string
		waits     bool
	}{
		{"a reply that does not come", "fresh name n\ncreate $n\nconnect a\nlogin a $n\nexpect a DELIVER @within=50ms", true},
		{"an end that does not come", "connect a\nexpect-close a @within=50ms", true},
		{"another reply", "connect a\nsend a HELLO\nexpect a PONG", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := env(t, serve(t, nil))
			e.Clock.Patience = 1
			out := runText(t, e, c.src)
			if out.Verdict != conformance.Fail {
				t.Fatalf("%s: %s", out.Verdict, out.Reason)
			}
			if w := out.Finding.Waited; c.waits != (w >= 50*time.Millisecond) || w > 5*time.Second {
				t.Errorf("waited for %v: %+v", w, out.Finding)
			}
			events, _ := out.Transcript.Events()
			last := events[len(events)-1]
			if !strings.Contains(last.Note, "a: closed by us") || last.From != "" {
				t.Errorf("it ends with %+v", last)
			}
		})
	}
}
