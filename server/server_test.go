package server

import (
	"testing"

	"github.com/wirelaw/wirelaw/codec/chat"
	"github.com/wirelaw/wirelaw/server/store"
)

func TestConversation(t *testing.T) {
	s := start(t, Options{}, store.Options{})
	alice, in := member(t, s, "Alice")
	if in.Name != "Alice" || in.Waiting != 0 || len(in.Token) != tokenSize {
		t.Errorf("LOGGED_IN = %+v", in)
	}
	bob, _ := member(t, s, "bob")
	got := call[*chat.Accepted](alice, alice.message("BOB", "hi"))
	list := bob.fence()
	if len(list) != 1 || list[0].Text != "hi" || list[0].From != "Alice" || list[0].Time != got.Time || list[0].Incarnation != in.Incarnation {
		t.Fatalf("bob got %+v", list)
	}
	bob.post(&chat.Ack{Sequence: list[0].Sequence})
	names := call[*chat.Accounts](bob, &chat.List{By: chat.ListingWildcard, Pattern: "a*"})
	if len(names.Names) != 1 || names.Names[0] != "Alice" || len(names.Next) != 0 {
		t.Errorf("ACCOUNTS = %+v", names)
	}
	call[*chat.LoggedOut](bob, &chat.Logout{})
	call[*chat.Accepted](alice, alice.message("bob", "one"))
	call[*chat.Accepted](alice, alice.message("bob", "two"))
	if in := bob.login("bob"); in.Waiting != 2 {
		t.Errorf("waiting = %d, want 2", in.Waiting)
	}
	if got := bob.texts(); got != "[one two]" {
		t.Errorf("bob got %s", got)
	}
	call[*chat.Deleted](bob, &chat.Delete{Name: "Bob"})
	alice.refused(alice.message("bob", "three"), chat.CodeNoSuchUser)
	alice.goodbye(alice.post(&chat.Bye{}), chat.ReasonBye)
}
