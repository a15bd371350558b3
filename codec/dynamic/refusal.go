package dynamic

import "github.com/wirelaw/wirelaw/spec"

// Refusal returns the code of the error that m tells; no error if it tells none. A message that carries errors always does; another one does
// if it has a status that is not 0. The error is nil if the table has none of that code, or the message has no code.
func (c *Codec) Refusal(m *Message) (e *spec.Error, code uint64, refused bool) {
	if f := m.Spec.Status(); f != nil {
		v, _ := m.Get(f.Name)
		code, _ = v.(uint64)
	}
	if code == 0 && !m.Spec.IsError {
		return nil, 0, false
	}
	return c.p.ErrorByCode(code), code, true
}
