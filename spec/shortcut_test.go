package spec

import "testing"

func TestShortcut(t *testing.T) {
	p, err := Chat()
	if err != nil {
		t.Fatal(err)
	}
	s := p.Shortcut(p.State("member"))
	if s == nil || s.Request.Name != "RESUME" || s.Field.Name != "token" || s.Reply.Name != "LOGGED_IN" || s.Given.Name != "token" {
		t.Errorf("into member: %+v", s)
	}
	for _, to := range []*State{nil, p.Start(), p.State("guest")} {
		if s := p.Shortcut(to); s != nil {
			t.Errorf("into %+v: %s", to, s.Request.Name)
		}
	}
}
