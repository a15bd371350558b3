package run

import (
	"io"
	"io/fs"
	"net"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
	"github.com/wirelaw/wirelaw/testdata"
)

// A teller is a server of a table whose replies carry a status: it finds wrong what the table finds wrong, and lets everything else
// succeed with an example. What may be silent is. change, if not nil, makes it faulty: it may change the answer to a request.
type teller struct {
	c      *dynamic.Codec
	change func(request *spec.Message, e *spec.Error, answer []byte) []byte
}

func (s *teller) serve(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			go s.converse(nc)
		}
	}()
	return ln.Addr().String()
}

func (s *teller) converse(nc net.Conn) {
	defer nc.Close()
	state := s.c.Protocol().Start()
	for !state.End {
		b := make([]byte, s.c.HeaderSize())
		if _, err := io.ReadFull(nc, b); err != nil {
			return
		}
		h := s.c.ParseHeader(b)
		if _, e, _ := s.c.CheckRequest(state, b, nil); e == nil || e.React == spec.ReactReply {
			n, _ := s.c.BodyLen(h)
			b = append(b, make([]byte, min(n, 1<<21))...)
			if _, err := io.ReadFull(nc, b[s.c.HeaderSize():]); err != nil {
				return
			}
		}
		m, e, _ := s.c.CheckRequest(state, b, nil)
		request := s.c.Lookup(spec.FromClient, h.Opcode)
		answer := s.answer(h, request, m, e)
		if s.change != nil {
			answer = s.change(request, e, answer)
		}
		if _, err := nc.Write(answer); err != nil {
			return
		}
		switch {
		case e != nil && e.React != spec.ReactReply:
			return
		case e == nil:
			state = state.After(m.Spec)
		}
	}
}

// answer is the right one; a refusal comes as the reply that the request would have, and under its opcode in any case.
func (s *teller) answer(h dynamic.Header, request *spec.Message, m *dynamic.Message, e *spec.Error) []byte {
	like := s.c.Protocol().Fence.Expect
	if request != nil && len(request.Replies) > 0 {
		like = request.Replies[0].End
	}
	reply := &dynamic.Message{Spec: like, ID: h.ID, Opcode: &h.Opcode}
	switch {
	case e != nil && e.React == spec.ReactClose:
		return nil
	case e != nil:
		reply.Set(like.Status().Name, e.Code)
	case dynamic.ReplyTo(m) == nil || dynamic.ReplyTo(m).Maybe:
		return nil
	default:
		reply = s.c.Example(like)
		reply.ID = h.ID
	}
	return s.c.AppendIllegalFrom(nil, spec.FromServer, reply)
}

// TestStatusReplies judges servers whose replies carry a status: of a right one everything passes, and faults are found.
func TestStatusReplies(t *testing.T) {
	src, err := fs.ReadFile(testdata.Specs(), "memcached.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := spec.Load("memcached.yaml", src)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Load(p, fstest.MapFS{}, "none")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Derive(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d cases", len(s.Cases))
	c := dynamic.New(p)
	judge := func(t *testing.T, srv *teller, cases []*Case) map[conformance.Verdict]int {
		r := judgeCases(t, s, srv.serve(t), 0.3, cases, 0)
		if r.Contact != nil {
			t.Fatal(r.Contact.Problem)
		}
		for _, res := range r.Results {
			if res.Finding != nil && srv.change == nil {
				t.Errorf("%s %s: expected %s, got %s", res.Verdict, res.Case.ID, res.Finding.Expected, res.Finding.Got)
			}
		}
		counts, _ := r.Counts()
		return counts
	}
	t.Run("right", func(t *testing.T) {
		var cases []*Case
		for i, c := range s.Cases {
			if i%4 == 0 || strings.HasPrefix(c.ID, "memcached/stat/") || strings.HasPrefix(c.ID, "memcached/getq/") {
				cases = append(cases, c)
			}
		}
		if counts := judge(t, &teller{c: c}, cases); counts[conformance.Pass] != len(cases) {
			t.Errorf("%v", counts)
		}
	})
	code := func(to byte) func(*spec.Message, *spec.Error, []byte) []byte {
		return func(_ *spec.Message, e *spec.Error, answer []byte) []byte {
			if len(answer) > 8 && e != nil {
				answer[7] = to
			}
			return answer
		}
	}
	for _, fault := range []struct {
		name     string
		selector string
		change   func(request *spec.Message, e *spec.Error, answer []byte) []byte
	}{
		{"refusals succeed", "memcached/get/derived/key.m*", code(0)},
		{"another status", "memcached/get/derived/key.m*", code(5)},
		{"no such status", "memcached/get/derived/key.m*", code(0x70)},
		{"unknown opcodes succeed", "memcached/opcode", code(0)},
		{"another reply", "memcached/get/derived/right.open", func(m *spec.Message, e *spec.Error, answer []byte) []byte {
			if m != nil && m.Name == "GET" {
				answer[1] = 0x02
			}
			return answer
		}},
		{"another opaque", "memcached/get/derived/right.open", func(m *spec.Message, e *spec.Error, answer []byte) []byte {
			if m != nil && m.Name == "GET" {
				answer[15] ^= 0x40
			}
			return answer
		}},
		{"a quiet request gets the reply of another", "memcached/setq/derived/right.open", func(m *spec.Message, e *spec.Error, answer []byte) []byte {
			if m != nil && m.Name == "SETQ" {
				return c.AppendIllegalFrom(nil, spec.FromServer, &dynamic.Message{Spec: p.Message("SET_REPLY"), ID: 1})
			}
			return answer
		}},
		{"a quiet request gets an error that it cannot have", "memcached/setq/derived/right.open", func(m *spec.Message, e *spec.Error, answer []byte) []byte {
			if m != nil && m.Name == "SETQ" {
				reply := &dynamic.Message{Spec: p.Message("SETQ_REPLY"), ID: 1}
				reply.Set("status", uint64(6))
				return c.AppendIllegalFrom(nil, spec.FromServer, reply)
			}
			return answer
		}},
		{"stays open", "memcached/get/derived/magic_request.*", func(_ *spec.Message, e *spec.Error, answer []byte) []byte {
			if e != nil && e.React == spec.ReactClose {
				return c.AppendIllegalFrom(nil, spec.FromServer, &dynamic.Message{Spec: p.Fence.Expect, ID: 1})
			}
			return answer
		}},
	} {
		t.Run(fault.name, func(t *testing.T) {
			cases, err := s.Select([]string{fault.selector}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if counts := judge(t, &teller{c: c, change: fault.change}, cases); counts[conformance.Fail] == 0 {
				t.Errorf("not found: %v", counts)
			}
		})
	}
}
