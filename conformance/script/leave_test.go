package script

import (
	"testing"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
)

// TestLeave shows when the end of a script is known to have left nothing open.
func TestLeave(t *testing.T) {
	const one = "fresh name alice\ncreate $alice\nconnect a\nlogin a $alice\n"
	addr := serve(t, nil)
	for _, c := range []struct {
		name, src string
		left      bool
	}{
		{"a session", one, true},
		{"left by itself", one + "leave a", true},
		{"nothing was entered", one + "connect b\nsend b PING\nexpect b PONG\nclose b", true},
		{"in flight", one + "send a PING\nsend a LIST by=WILDCARD pattern=x", true},
		{"closed", one + "close a", false},
		{"reset", one + "reset a", false},
		{"half-closed", one + "half-close a", false},
		{"within a frame", one + "sendraw a 0b 00", false},
		{"refused", one + "sendraw a PING id=0\nexpect-error a BAD_ID id=0\nexpect-close a", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := env(t, addr)
			e.Leave = true
			out := runText(t, e, c.src)
			if out.Verdict != conformance.Pass || out.Left != c.left || out.Stuck {
				t.Errorf("%s %s, left %v, stuck %v", out.Verdict, out.Reason, out.Left, out.Stuck)
			}
			if !out.Sent["CREATE"] || out.Sent["SEND"] {
				t.Errorf("it has sent %v", out.Sent)
			}
		})
	}
	e := env(t, serve(t, &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
		if r.Message != nil && r.Message.Name == "BYE" {
			return nil
		}
		return [][]byte{frame}
	}, After: func(*peer.Conn, peer.Request, bool) bool { return true }}))
	e.Leave, e.Lacks = true, func(m string) bool { return m == "BYE" }
	if out := runText(t, e, one); out.Verdict != conformance.Pass || out.Left || !out.Stuck {
		t.Errorf("no answer: %s %s, left %v, stuck %v", out.Verdict, out.Reason, out.Left, out.Stuck)
	}
}

// TestSent lets a script know what the one before has sent.
func TestSent(t *testing.T) {
	const src = "connect a\n[sent:SEND] send a PING\n[!sent:SEND] send a HELLO\n[sent:SEND] expect a PONG\n[!sent:SEND] expect a WELCOME"
	addr := serve(t, nil)
	for _, before := range []func(string) bool{nil, func(string) bool { return true }, func(string) bool { return false }} {
		e := env(t, addr)
		e.Before = before
		if out := runText(t, e, src); out.Verdict != conformance.Pass || out.Sent["PING"] == out.Sent["HELLO"] || out.Sent["PING"] != (before == nil || before("SEND")) {
			t.Errorf("%s %s: %v", out.Verdict, out.Reason, out.Sent)
		}
	}
}
