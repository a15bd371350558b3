package fuzz

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// An account is what a connection enters a state with: a name, and what the server gave to come back with.
type account struct {
	base  string
	life  int  // how often it had to begin anew under another name
	made  bool // the server knows it
	token any  // for the shortcut; nil: none
}

func (a *account) name() string {
	if a.life == 0 {
		return a.base
	}
	return fmt.Sprintf("%sg%d", a.base, a.life)
}

// request makes a right request of an account.
func (l *lane) request(m *spec.Message, a *account) *dynamic.Message {
	msg := l.r.c.Example(m)
	for _, f := range m.Fields {
		if o := l.gen.v.origin[f]; o != nil && o.Type.Fresh && f.Type.Kind == spec.KindString {
			msg.Set(f.Name, a.name())
		}
	}
	return msg
}

// keep takes over the token for an account from a reply.
func (l *lane) keep(a *account, m *dynamic.Message) {
	s := l.r.shortcut
	if s == nil || m.Spec != s.Reply {
		return
	}
	for _, f := range m.Spec.Fields {
		if v, ok := m.Get(f.Name); ok && f.Type.Kind == spec.KindString && !strings.EqualFold(v.(string), a.name()) {
			return // of another account
		}
	}
	if token, ok := m.Get(s.Given.Name); ok {
		a.token = token
	}
}

// enter brings a new connection into a state with right requests. If the account has been lost in an earlier session, it is
// made anew.
func (l *lane) enter(ctx context.Context, t *talk, state *spec.State, a *account) *fault {
	t.nextID = 0xf0000000
	t.o.answer = func(m *dynamic.Message) { l.keep(a, m) }
	var refused *fault
	for try := range 4 {
		switch {
		case try == 1:
			a.made, a.token = false, nil
		case try > 1:
			a.made, a.token = false, nil
			a.life++
		}
		var f *fault
		if refused, f = l.tryEnter(ctx, t, state, a); f != nil || refused == nil {
			return f
		}
	}
	return refused
}

// tryEnter goes the table's way into a state, from wherever the connection is.
func (l *lane) tryEnter(ctx context.Context, t *talk, state *spec.State, a *account) (refused, f *fault) {
	for _, m := range state.Requests() {
		at := t.o.state()
		if !m.LegalIn(at) || at == state {
			continue
		}
		maker := at.After(m) == at
		if maker && a.made {
			continue
		}
		var e *spec.Error
		if s := l.r.shortcut; s != nil && a.token != nil && at.After(m) == state && l.announced(t, s.Request) {
			msg := l.request(s.Request, a)
			msg.Set(s.Field.Name, a.token)
			if e, f = l.insist(ctx, t, msg); f != nil || ctx.Err() != nil {
				return nil, f
			}
			if e == nil {
				continue
			}
			a.token = nil
		}
		if e, f = l.insist(ctx, t, l.request(m, a)); f != nil || ctx.Err() != nil {
			return nil, f
		}
		switch {
		case e == nil && maker, e != nil && maker && slices.Contains(m.Errors, e):
			a.made = true
		case e != nil:
			return &fault{kindEntry, m.Name, m.Reply.Name, e.Name}, nil
		}
	}
	if t.o.state() != state {
		return &fault{kindEntry, "", "state " + state.Name, "state " + t.o.state().Name}, nil
	}
	return nil, nil
}

func (l *lane) announced(t *talk, m *spec.Message) bool {
	return m.Feature == nil || t.o.j.announced&(1<<m.Feature.Bit) != 0
}

// insist asks again for a while if the answer is an error that may come anywhere: the server is busy.
func (l *lane) insist(ctx context.Context, t *talk, m *dynamic.Message) (*spec.Error, *fault) {
	if l.gen.v.dear(m) {
		l.r.hashes.Add(1)
	}
	for try := 1; ; try++ {
		_, e, f := t.ask(ctx, m)
		if f != nil || e == nil || !e.Anywhere || try == 40 {
			return e, f
		}
		select {
		case <-time.After(time.Duration(try) * 5 * time.Millisecond):
		case <-ctx.Done():
			return nil, nil
		}
	}
}
