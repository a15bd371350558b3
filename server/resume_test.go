package server

import (
	"context"
	"testing"
	"time"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
	"github.com/wirelaw/wirelaw/server/store/memory"
)

// overtaken hands out sessions that somebody else has taken over already.
type overtaken struct{ store.Store }

func (o overtaken) Resume(ctx context.Context, token store.TokenHash, expires time.Time) (store.Session, error) {
	s, err := o.Store.Resume(ctx, token, expires)
	if err == nil {
		_, err = o.Store.Resume(ctx, token, expires)
	}
	return s, err
}

// TestResumeOvertaken is about a session that is lost before LOGGED_IN can be
// said.
func TestResumeOvertaken(t *testing.T) {
	s := hostOn(t, overtaken{memory.Open(store.Options{})}, Options{})
	p, in := member(t, s, "alice")
	call[*chat.Goodbye](p, &chat.Bye{})

	q := hello(t, s)
	q.post(&chat.Resume{Token: in.Token, Window: 1})
	if id, m, err := q.read(); err != nil {
		t.Fatal(err)
	} else if g, ok := m.(*chat.Goodbye); !ok || g.Reason != chat.ReasonReplaced || id != 0 {
		t.Errorf("got %T %v with id %d, want GOODBYE with REPLACED", m, m, id)
	}
	hello(t, s) // the server lives
}
