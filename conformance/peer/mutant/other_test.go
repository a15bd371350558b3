package mutant_test

import (
	"embed"
	"os"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
	"github.com/wirelaw/wirelaw/conformance/peer"
	"github.com/wirelaw/wirelaw/conformance/peer/mutant"
	"github.com/wirelaw/wirelaw/conformance/run"
	"github.com/wirelaw/wirelaw/spec"
)

// other returns the cases that follow from a table that is not the chat's.
func other(t *testing.T, file string) *run.Suite {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load(file, src)
	if err != nil {
		t.Fatal(err)
	}
	s, err := run.Load(p, embed.FS{}, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Derive(); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOtherTables shows that the cases that follow from other tables pass a right server of them, and catch the faults that follow from
// them too: nothing of the chat hides in either.
func TestOtherTables(t *testing.T) {
	for _, file := range []string{"../../../spec/testdata/base.yaml", "../../../codec/internal/toy/toy.yaml"} {
		s := other(t, file)
		t.Run(s.Protocol.ID, func(t *testing.T) {
			passes(t, s, s.Cases, nil, 3)
			hunted(t, s, sample(mutant.Generated(s.Protocol), 6))
		})
	}
}

// TestMQTT does so for a table with a length of variable size and no correlation. Of most of what breaks it a client sees no more than the
// end of the connection, so one error in the place of another is no fault here.
func TestMQTT(t *testing.T) {
	s := other(t, "../../../testdata/specs/mqtt.yaml")
	passes(t, s, s.Cases, nil, 3)
	var faults []*peer.Fault
	for _, f := range mutant.Generated(s.Protocol) {
		kind, _, _ := strings.Cut(f.Name, "PINGREQ")
		if kind == "reply/" || kind == "layout/" || f.Name == "state/online.CONNECT" || f.Name == "opcode/ignored" {
			faults = append(faults, f)
		}
	}
	if len(faults) < 8 {
		t.Fatalf("only %d faults", len(faults))
	}
	hunted(t, s, append(faults, &peer.Fault{
		Name: "length/longer", Doc: "a length in more bytes than it needs is read", Rules: []string{"FRAME-4"},
		Check: func(_ *peer.Conn, r peer.Request, e *spec.Error) *spec.Error {
			if r.Why != nil && r.Why.Because == codec.BecauseVarint {
				return nil
			}
			return e
		},
	}, &peer.Fault{
		Name: "reply/SUBSCRIBE.id", Doc: "the answer has another id", Rules: []string{"FRAME-5"},
		Answer: func(c *peer.Conn, r peer.Request, frame []byte) [][]byte {
			if r.Message != nil && r.Message.Name == "SUBSCRIBE" {
				frame[3]++
			}
			return [][]byte{frame}
		},
	}))
}
