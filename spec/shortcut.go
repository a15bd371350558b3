package spec

// A Shortcut enters a state by something that an earlier reply gave, in place of the last step of the usual way: a session is taken up
// again by its token, which spares the hash of a password.
type Shortcut struct {
	Request *Message
	Field   *Field   // of Request: what was given
	Reply   *Message // that gives it: that of the usual last step, and that of Request
	Given   *Field   // of Reply
}

// Shortcut returns the shortcut into a state, nil if the table has none: a request other than the last of State.Enter that leads there
// from the same state, with the same reply, of which it repeats a field.
func (p *Protocol) Shortcut(to *State) *Shortcut {
	if to == nil || len(to.Enter) == 0 {
		return nil
	}
	usual := to.Enter[len(to.Enter)-1]
	for _, m := range p.Messages {
		if m.From != FromClient || m == usual || m.Reply != usual.Reply || m.Reply == nil {
			continue
		}
		for _, s := range p.States {
			if s.After(m) != to || s.After(usual) != to {
				continue
			}
			for _, f := range m.Fields {
				if f.SameAs != nil && f.SameAs.Message == m.Reply {
					return &Shortcut{m, f, m.Reply, f.SameAs.Field}
				}
			}
		}
	}
	return nil
}
