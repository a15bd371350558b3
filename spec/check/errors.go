package check

import "github.com/wirelaw/wirelaw/spec"

// errors judges the refusals, and the messages that carry them.
func (c *checker) errors() {
	carriers := 0
	for _, m := range c.p.Messages {
		if m.IsError && m.SentBy(spec.FromServer) {
			carriers++
		}
	}
	codes := newDistinct[uint64](c)
	speaks, carried, coded := false, map[*spec.Message]bool{}, map[*spec.Message]bool{}
	for _, e := range c.p.Errors {
		if !e.Uncoded {
			codes.add(e.Code, e.Name, e, "code", "code %d", e.Code)
		}
		speaks = speaks || e.React != spec.ReactClose
		carried[e.Via] = true
		coded[e.Via] = coded[e.Via] || !e.Uncoded
		if e.Via == nil && carriers > 1 && e.React != spec.ReactClose {
			c.bad(e, "", `several messages carry errors: key "via" is missing`)
			return
		}
		c.via(e)
	}
	if carriers == 0 && speaks && !c.status() {
		c.lacks("messages", `no message carries errors: one with "is: error"`)
	}
	for _, m := range c.p.Messages {
		switch {
		case !m.IsError || !m.SentBy(spec.FromServer):
		case !carried[m]:
			c.bad(m, "is", "it carries no error of the table")
		case coded[m] && errorCode(m) == nil:
			c.bad(m, "", `it has no field with "enum: errors"`)
		}
	}
}

// status reports whether replies themselves tell an error, or that there is none: some have a field with "enum: errors".
func (c *checker) status() bool {
	for _, m := range c.p.Messages {
		for _, r := range m.Replies {
			if errorCode(r.End) != nil {
				return true
			}
		}
	}
	return false
}

// via judges how an error is said.
func (c *checker) via(e *spec.Error) {
	switch {
	case e.Via == nil:
	case e.React == spec.ReactClose:
		c.bad(e, "via", "nothing is said: the connection is closed")
	case !e.Via.IsError:
		c.bad(e, "via", `%s carries no errors: it has no "is: error"`, e.Via.Name)
	case !e.Uncoded:
		if code := errorCode(e.Via); code != nil && e.Code > code.Type.Widest() {
			c.bad(e, "code", "%d does not fit into %s.%s", e.Code, e.Via.Name, code.Name)
		}
	}
}

// errorCode returns the field of a message that holds the code of an error, or nil.
func errorCode(m *spec.Message) *spec.Field {
	for _, f := range append(m.Head[:len(m.Head):len(m.Head)], m.Fields...) {
		if f.Type.ErrorSet {
			return f
		}
	}
	return nil
}
