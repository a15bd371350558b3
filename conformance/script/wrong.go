package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// A wrong is what the engine knows of a fault that it finds by itself, whatever the case is about.
type wrong struct {
	rule   string // id of the rule of the table, "" if none is about it
	fault  string // as Finding.Fault
	either string // as Finding.Either
	field  string // as Finding.Field
}

func (w wrong) both() (rule, fault string) { return w.rule, w.fault }

// theEnd is expected where a connection is to end.
const theEnd = "the end of the connection"

// violate notes the first frame that the table forbids. It reports whether this is the first.
func (k *conn) violate(index int, w wrong, expected, got string) bool {
	if k.broken != nil {
		return false
	}
	k.broken = &conformance.Finding{
		Kind: conformance.KindViolation, Rule: w.rule, Fault: w.fault, Either: w.either, Field: w.field, Conn: k.name, Expected: expected, Got: got, Frame: index,
	}
	if len(k.open) > 0 {
		k.broken.Request = k.open[0].name()
	}
	return true
}

// derived is the rule for servers that a family of derived cases judges, "" if there is none.
func (k *conn) derived(d spec.Derive) string {
	return ruleID(k.codec.Protocol().RuleDerived(spec.FromServer, d))
}

func (k *conn) watched(w spec.Watch) string { return ruleID(k.codec.Protocol().RuleWatched(w)) }

func ruleID(r *spec.RuleRef) string {
	if r == nil {
		return ""
	}
	return r.ID
}

// misplaced says what is wrong with a reply that is not due.
func (k *conn) misplaced(f *frame) wrong {
	m := f.msg.Spec
	due := slices.IndexFunc(k.open, func(r request) bool {
		return r.id == f.msg.ID && (r.answers(m) || k.isRefusal(f))
	})
	var other, either string
	if len(k.open) > 0 {
		other = "a reply to " + k.open[0].name() + " bears another id"
		if either = other; !k.open[0].answers(m) { // it may have been left out
			either = k.unanswered(k.open[0].name(), "").fault
		}
	}
	switch {
	case m.Push && !m.IsError:
		return wrong{field: k.idField(), rule: k.derived(spec.DeriveIDs), fault: m.Name + ", which answers nothing, bears an id"}
	case len(k.open) == 0:
		return wrong{rule: k.derived(spec.DeriveOrder), fault: m.Name + " comes though no request is open"}
	case due >= 0:
		return wrong{rule: k.derived(spec.DeriveOrder), fault: "replies do not come in the order of their requests", either: either, field: k.idField()}
	}
	return wrong{field: k.idField(), rule: k.derived(spec.DeriveIDs), fault: other}
}

// unanswered says what is wrong if the reply to a request does not come.
func (k *conn) unanswered(request, expected string) wrong {
	w := wrong{rule: k.derived(spec.DeriveOrder), fault: request + " gets no answer"}
	p := k.codec.Protocol()
	if _, e, ok := strings.Cut(expected, " "); p.Error(expected) != nil || ok && p.Error(e) != nil {
		w.fault += " where " + expected + " is due"
	}
	return w
}

// enter notes the state that a frame proves. why is the name of the message or the error that led there, e the error.
func (k *conn) enter(s *spec.State, why string, e *spec.Error) {
	if s != k.state {
		k.numbers = nil
	}
	if k.state = s; s != nil && s.End {
		k.ending, k.endedBy = why, e
	}
}

// wentOn says what is wrong with a connection that is to end and does not: something more comes on it, or nothing.
func (k *conn) wentOn(more bool) wrong {
	switch {
	case k.ending == "":
		return wrong{}
	case k.endedBy != nil:
		w := wrong{fault: "the connection is not closed after " + k.ending}
		for _, c := range k.codec.Protocol().Checks {
			if c.Error == k.endedBy {
				w.rule = k.derived(spec.Derive(c.Name))
			}
		}
		return w
	case more:
		return wrong{rule: k.watched(spec.WatchEnd), fault: k.ending + " is not the last frame"}
	}
	return wrong{rule: k.watched(spec.WatchEnd), fault: "the connection is not closed after " + k.ending}
}

// rises holds a push that is acknowledged by its number against the last one of the session, and reports whether all is well.
func (k *conn) rises(f *frame) bool {
	for _, m := range k.codec.Protocol().Messages {
		field := acknowledged(m)
		if field == nil || field.Message != f.msg.Spec {
			continue
		}
		v, _ := f.msg.Get(field.Field.Name)
		n, _ := v.(uint64)
		last, any := k.numbers[field.Field]
		if k.numbers == nil {
			k.numbers = map[*spec.Field]uint64{}
		}
		k.numbers[field.Field] = n
		if any && n <= last {
			w := wrong{rule: k.watched(spec.WatchSequence), fault: fmt.Sprintf("%s comes with a %s that does not rise", f.msg.Spec.Name, field.Field.Name)}
			if k.violate(f.index, w, fmt.Sprintf("a %s above %d", field.Field.Name, last), fmt.Sprintf("%d", n)) {
				k.broken.Request = "" // it is no matter which one is open
			}
			return false
		}
	}
	return true
}

// acknowledged is what a silent request acknowledges by its number, nil if it does not.
func acknowledged(m *spec.Message) *spec.SameAs {
	for _, f := range m.Fields {
		if m.From == spec.FromClient && len(m.Replies) == 0 && f.SameAs != nil && f.SameAs.Message.Push && f.Type.Kind == spec.KindUint {
			return f.SameAs
		}
	}
	return nil
}

// stranded says what is wrong if a connection ends at an opcode that no client message has.
func (k *conn) stranded(opcode uint64) wrong {
	d := spec.Derive(spec.CheckOpcode)
	if k.codec.Lookup(spec.FromServer, opcode) != nil {
		d = spec.DeriveDirection
	}
	return wrong{rule: k.derived(d), fault: "unknown opcodes close the connection"}
}

// ownFault says that a request got an error which is always the server's fault.
func ownFault(r *request, e *spec.Error) string {
	return fmt.Sprintf("%s is answered with %s", r.name(), e.Name)
}

// due is the name of the oldest request that must be answered, or else of the newest, or else what is given.
func (k *conn) due(request string) string {
	for i := range k.open {
		if request = k.open[i].name(); !k.open[i].silent() {
			break
		}
	}
	return request
}
