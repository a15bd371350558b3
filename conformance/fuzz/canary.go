package fuzz

import (
	"context"
	"fmt"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A probe is the shortest use of a protocol that involves two users, found in the table: a request whose text comes out as
// a push at another connection, where it may be acknowledged. A protocol without one has only its fence for a canary.
type probe struct {
	state *spec.State
	send  *spec.Message // one user sends it
	to    *spec.Field   // names the other
	text  *spec.Field   // comes out
	push  *spec.Message // there
	out   *spec.Field
	ack   *spec.Message // nil: it is not acknowledged
	acked *spec.Field   // of ack
	seq   *spec.Field   // of the push, which ack repeats
}

func findProbe(p *spec.Protocol, v *values) *probe {
	for _, push := range p.Messages {
		if !push.Push || len(push.In) == 0 {
			continue
		}
		for _, send := range p.Messages {
			if send.From != spec.FromClient || send.Reply == nil {
				continue
			}
			pr := &probe{send: send, push: push}
			for _, f := range send.Fields {
				if o := v.origin[f]; o.Type.Fresh && o != f && f.Type.Kind == spec.KindString {
					pr.to = f
				} else if out := push.Field(f.Name); out != nil && f.Type.Kind == spec.KindString && out.Type.Kind == spec.KindString &&
					!o.Type.Fresh {
					pr.text, pr.out = f, out
				}
			}
			for _, s := range push.In {
				if send.LegalIn(s) && len(s.Enter) > 0 {
					pr.state = s
				}
			}
			if pr.to != nil && pr.text != nil && pr.state != nil {
				pr.findAck(p)
				return pr
			}
		}
	}
	return nil
}

func (pr *probe) findAck(p *spec.Protocol) {
	for _, m := range p.Messages {
		for _, f := range m.Fields {
			if m.From == spec.FromClient && f.SameAs != nil && f.SameAs.Message == pr.push && m.LegalIn(pr.state) {
				pr.ack, pr.acked, pr.seq = m, f, f.SameAs.Field
			}
		}
	}
}

// An innocent is a connection that does nothing but right things, all the while that garbage is sent elsewhere.
type innocent struct {
	account
	t      *talk
	text   string // what may be pushed to it now
	got    bool   // it was
	last   any    // the sequence of the last push
	pushes int
}

// watch opens the connection of an innocent and enters its state.
func (l *lane) watch(ctx context.Context, in *innocent, state *spec.State) *fault {
	t, f := l.open(ctx)
	if f != nil {
		return f
	}
	in.t = t
	if f := l.enter(ctx, t, state, &in.account); f != nil {
		t.close()
		in.t = nil
		return f
	}
	if l.r.probe != nil {
		in.pushes = 0
		t.o.pushed = func(m *dynamic.Message) *fault { return in.pushed(m, l.r.probe) }
	}
	return nil
}

func (in *innocent) pushed(m *dynamic.Message, pr *probe) *fault {
	in.pushes++
	if m.Spec == pr.push {
		if pr.seq != nil {
			in.last, _ = m.Get(pr.seq.Name)
		}
		if text, _ := m.Get(pr.out.Name); text == in.text && !in.got {
			in.got = true
			return nil
		}
	}
	return &fault{kindLeak, "", "nothing", m.Spec.Name + " for somebody else"}
}

// canary lets two innocents do what the protocol is for. Anything that goes wrong was caused by garbage on another connection, for
// the innocents do nothing wrong.
func (l *lane) canary(ctx context.Context, n int) *fault {
	if f := l.innocents(ctx); f != nil {
		return l.blame(f)
	}
	f := l.converse(ctx, n)
	if f == nil || ctx.Err() != nil {
		return nil
	}
	l.left.drop()
	l.right.drop()
	return l.blame(f)
}

// blame makes a fault on an innocent connection the fault that it was disturbed.
func (l *lane) blame(f *fault) *fault {
	switch f.kind {
	case kindLeak, kindCrash:
		return f
	case kindPush, kindExtra:
		return &fault{kindLeak, f.request, f.expected, f.got}
	}
	return &fault{kindCanary, f.request, f.expected, f.got}
}

func (in *innocent) drop() {
	if in.t != nil {
		in.t.close()
	}
	in.t = nil
}

// innocents opens the innocent connections that are not there.
func (l *lane) innocents(ctx context.Context) *fault {
	state := l.r.deepest
	if l.r.probe != nil {
		state = l.r.probe.state
	}
	for _, in := range []*innocent{&l.left, &l.right} {
		if in.t == nil {
			if f := l.watch(ctx, in, state); f != nil {
				return f
			}
			if f := l.clean(ctx, in.t); f != nil {
				in.drop()
				return f
			}
		}
	}
	return nil
}

func (l *lane) converse(ctx context.Context, n int) *fault {
	pr := l.r.probe
	if pr == nil {
		for _, in := range []*innocent{&l.left, &l.right} {
			if f := l.fence(ctx, in.t); f != nil {
				return f
			}
		}
		return nil
	}
	l.right.text, l.right.got = fmt.Sprintf("canary %s-%d-%d after session %d", l.r.nonce, l.n, l.tries, n), false
	l.tries++
	msg := l.request(pr.send, &l.right.account)
	msg.Set(pr.text.Name, l.right.text)
	for _, f := range pr.send.Fields {
		if f.Type.Fresh && f.Type.Kind == spec.KindBytes {
			key := fmt.Appendf(nil, "%s-%d-%d-", l.r.nonce, l.n, l.tries)
			msg.Set(f.Name, append(key, make([]byte, f.Type.Size)...)[:f.Type.Size])
		}
	}
	e, f := l.insist(ctx, l.left.t, msg)
	switch {
	case f != nil || ctx.Err() != nil:
		return f
	case e != nil:
		return &fault{kindCanary, pr.send.Name, pr.send.Reply.Name, e.Name}
	}
	if f := l.fence(ctx, l.left.t); f != nil {
		return f
	}
	for !l.right.got {
		frame, err := l.right.t.next(ctx)
		if more, f := l.right.t.take(ctx, frame, err); f != nil {
			if f.kind == kindOpen {
				return &fault{kindCanary, pr.send.Name, pr.push.Name + " at the other side", silence}
			}
			return f
		} else if !more {
			return nil
		}
	}
	if pr.ack != nil {
		ack := l.r.c.Example(pr.ack)
		ack.Set(pr.acked.Name, l.right.last)
		if _, e, f := l.right.t.ask(ctx, ack); f != nil {
			return f
		} else if e != nil {
			return &fault{kindCanary, pr.ack.Name, "silence", e.Name}
		}
	}
	return l.fence(ctx, l.right.t)
}

// fence sends the table's fence and waits for its reply.
func (l *lane) fence(ctx context.Context, t *talk) *fault {
	p := l.r.p
	reply, e, f := t.ask(ctx, l.r.c.Example(p.Fence.Send))
	switch {
	case f != nil || ctx.Err() != nil:
		return f
	case e != nil:
		return &fault{kindReply, p.Fence.Send.Name, p.Fence.Expect.Name, e.Name}
	case reply == nil:
		return &fault{kindClosed, p.Fence.Send.Name, p.Fence.Expect.Name, "the end of the connection"}
	}
	return nil
}

// clean acknowledges what waits for the account of a connection that has just entered, so that old garbage does not pile up.
func (l *lane) clean(ctx context.Context, t *talk) *fault {
	pr := l.r.probe
	if pr == nil || pr.ack == nil || t.o.state() != pr.state {
		return nil
	}
	pushed := t.o.pushed
	defer func() { t.o.pushed = pushed }()
	for range 64 {
		var last any
		t.o.pushed = func(m *dynamic.Message) *fault {
			if m.Spec == pr.push {
				last, _ = m.Get(pr.seq.Name)
			}
			return nil
		}
		if f := l.fence(ctx, t); f != nil || last == nil {
			return f
		}
		ack := l.r.c.Example(pr.ack)
		ack.Set(pr.acked.Name, last)
		if _, _, f := t.ask(ctx, ack); f != nil {
			return f
		}
	}
	return nil
}
