package run

import (
	"flag"
	"fmt"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/spec"
)

var allMute = flag.Bool("mute", false, "judge every server that is mute on one thing with deadlines as they are, and tell how long each takes")

// mute is a model server that never says something.
func mute(is func(peer.Request) bool) *peer.Fault {
	return &peer.Fault{Answer: func(_ *peer.Conn, r peer.Request, frame []byte) [][]byte {
		if is(r) {
			return nil
		}
		return [][]byte{frame}
	}}
}

// TestMuteOnOne judges servers that never answer one request, or never refuse one: it must not wait for every case that would see it.
func TestMuteOnOne(t *testing.T) {
	s := suite(t)
	if *allMute {
		s = derived(t)
	}
	type silence struct {
		name  string
		fault *peer.Fault
	}
	list := []silence{
		{"every error", mute(func(r peer.Request) bool { return r.Error != nil })},
		{"unknown opcodes", mute(func(r peer.Request) bool { return r.Message == nil })},
	}
	for _, m := range s.Protocol.Messages {
		if m.From == spec.FromClient && (*allMute || m.Name == "SEND") {
			list = append(list, silence{m.Name, mute(func(r peer.Request) bool { return r.Message == m })})
		}
	}
	if *allMute {
		for _, e := range s.Protocol.Errors {
			list = append(list, silence{e.Name, mute(func(r peer.Request) bool { return r.Error == e })})
		}
	}
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			patience := 1.0
			if !*allMute {
				patience = 0.1
				t.Parallel()
			}
			begin := time.Now()
			r := judgeAt(t, s, serve(t, c.fault), patience)
			counts, _ := r.Counts()
			waited := 0
			for _, res := range r.Results {
				if res.Finding != nil && res.Finding.Kind == conformance.KindTimeout {
					waited++
				}
			}
			t.Logf("%-20s %5.1f s: %v, waited for in vain in %d cases; %d causes", c.name, time.Since(begin).Seconds(), counts, waited, len(r.Causes()))
			if r.Contact == nil && counts[conformance.Fail] == 0 && !*allMute {
				t.Error("nothing fails")
			}
			if waited > max(40, len(s.Cases)/80) {
				t.Error("it waits again and again")
			}
			if testing.Verbose() {
				for _, k := range r.Causes() {
					fmt.Printf("      %s %s: %s, %s\n", c.name, k.Example.Case.ID, k.Example.Finding.Expected, k.Example.Finding.Got)
				}
			}
		})
	}
}
