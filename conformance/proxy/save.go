package proxy

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// Bounds of what is kept of a connection for its transcript.
const (
	maxTalk      = 2000
	maxTalkBytes = 1 << 20
)

// said is a frame that was sent.
type said struct {
	from    spec.Direction
	frame   []byte
	answers int // of a reply: index of what it answers; -1: nothing
}

// say keeps a frame for the transcript, and returns its index; -1 if there is no room.
func (c *Conn) say(e conformance.Event) int {
	size := len(e.Frame)
	if c.saidBytes += size; len(c.talk) >= maxTalk || c.saidBytes > maxTalkBytes {
		return -1
	}
	c.talk = append(c.talk, said{e.From, e.Frame, -1})
	return len(c.talk) - 1
}

// Script returns the connection as a transcript that wirecheck replay runs, if [Unsaved] has nothing against it. Passwords and tokens are
// replaced. Of the chat protocol, names become new names, so that it can be run again and again, and accounts that were there before are
// made first; what other connections have caused, deliveries and their acknowledgements, is told in comments only. Of any other
// protocol, an answer that depends on what the server holds may be each that the table has for the request.
func (c *Conn) Script() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.c.Protocol().ID != chatID {
		return retell(c.c, c.Name, c.talk)
	}
	w := &writer{c: c.c, talk: c.talk, names: map[string]string{}, secrets: map[string]string{}, made: map[string]bool{}}
	return w.write(c.Name)
}

// A writer turns what was said into a transcript.
type writer struct {
	c       *dynamic.Codec
	talk    []said
	names   map[string]string // variables by names in lower case
	order   []string          // names in lower case, in the order in which they came
	secrets map[string]string // stand-ins
	made    map[string]bool   // accounts that the connection makes itself
	next    string            // the cursor of the last page, as bytes
	token   string            // that was captured last
	replies map[int]*dynamic.Message
	lines   []string
}

func (w *writer) f(format string, args ...any) {
	w.lines = append(w.lines, fmt.Sprintf(format, args...))
}

// chatID is the protocol of which more is known than the table says: what makes an account, and what depends on it.
const chatID = "chat"

// nameType is the type of the names of accounts.
const nameType = "username"

func (w *writer) write(name string) string {
	replies := map[int]*dynamic.Message{}
	for _, s := range w.talk {
		if m, err := w.c.Decode(s.from, s.frame, nil); err == nil && s.answers >= 0 {
			replies[s.answers] = m
		}
	}
	w.replies = replies
	w.f("connect a")
	for i, s := range w.talk {
		if s.from == spec.FromClient {
			w.request(s.frame, replies[i])
		} else {
			w.answer(s)
		}
	}
	body := w.lines
	w.lines = nil
	w.f("# %s, as it was recorded", name)
	for _, n := range w.order {
		w.f("fresh %s %s", nameType, w.names[n])
	}
	for _, n := range w.order {
		if there, password := w.existed(n, replies); there {
			w.f("connect p\nsend p HELLO\nexpect p WELCOME\nsend p CREATE name=$%s password=%s\nexpect p CREATED\nclose p", w.names[n], quote(password))
		}
	}
	if len(w.talk) == maxTalk {
		body = append(body, "# … and more, which was not kept")
	}
	return strings.Join(append(w.lines, body...), "\n") + "\n"
}

// existed reports whether an account was there before the connection, and the stand-in of its password.
func (w *writer) existed(name string, replies map[int]*dynamic.Message) (bool, string) {
	password := w.standIn("another password", false)
	for i, s := range w.talk {
		m, err := w.c.Decode(spec.FromClient, s.frame, nil)
		if s.from != spec.FromClient || err != nil {
			continue
		}
		if m.Spec.Name != "RESUME" && !strings.EqualFold(str(m, "name"), name) && !strings.EqualFold(str(m, "to"), name) {
			continue
		}
		r := replies[i]
		switch {
		case r == nil:
		case m.Spec.Name == "RESUME": // another's token; who it was is in the reply
			if r.Spec.Name == "LOGGED_IN" && strings.EqualFold(str(r, "name"), name) {
				return true, password
			}
		case m.Spec.Name == "CREATE" && r.Spec.Name == "CREATED":
			return false, ""
		case m.Spec.Name == "CREATE" && w.code(r) == "NAME_TAKEN":
			return true, password
		case m.Spec.Name == "LOGIN" && r.Spec.Name == "LOGGED_IN":
			return true, w.standIn(str(m, "password"), false)
		case m.Spec.Name == "SEND" && r.Spec.Name == "ACCEPTED":
			return true, password
		}
	}
	return false, ""
}

func str(m *dynamic.Message, field string) string {
	v, _ := m.Get(field)
	s, _ := v.(string)
	return s
}

// code names the error in a message, "" if there is none.
func (w *writer) code(m *dynamic.Message) string {
	for _, f := range m.Spec.Fields {
		v, _ := m.Get(f.Name)
		n, _ := v.(uint64)
		if e := w.c.Protocol().ErrorByCode(n); f.Type.ErrorSet && e != nil {
			return e.Name
		}
	}
	return ""
}

// request writes what the client has sent.
func (w *writer) request(frame []byte, reply *dynamic.Message) {
	m, err := w.c.Decode(spec.FromClient, frame, nil)
	switch {
	case err != nil && w.secret(frame):
		w.f("# the client sends a frame that is wrong, and may hold a secret")
		return
	case err != nil:
		w.f("sendraw a %s", hex.EncodeToString(frame))
		return
	case m.Spec.Reply == nil && reply == nil || reply != nil && w.code(reply) == "ALREADY_LOGGED_IN":
		w.f("# the client sends %s", m.Spec.Name)
		return
	}
	if token, ok := m.Get("token"); ok && m.Spec.Name == "RESUME" && !w.captured(token) {
		w.foreign(m, reply)
		return
	}
	words := []string{"send", "a", m.Spec.Name}
	if reply == nil || reply.Spec.IsError {
		words[0] = "sendraw"
	}
	if correlation := w.c.Protocol().Correlation(); correlation != nil && m.ID == 0 {
		words = append(words, correlation.Name+"=0")
	}
	refused := reply != nil && reply.Spec.IsError
	literal := refused && w.code(reply) == "BAD_NAME"
	for _, f := range m.Fields {
		field := m.Spec.Field(f.Name)
		words = append(words, f.Name+"="+w.value(field, f.Value, literal, refused))
	}
	w.f("%s", strings.Join(words, " "))
}

// captured reports whether a token is the one that was captured last.
func (w *writer) captured(token any) bool {
	b, _ := token.([]byte)
	return len(b) > 0 && string(b) == w.token
}

// foreign writes a RESUME with a token of another connection: as a login by password if it succeeded, else with a token that nobody has.
func (w *writer) foreign(m, reply *dynamic.Message) {
	if reply == nil || reply.Spec.Name != "LOGGED_IN" {
		w.f("sendraw a %s token=0x%s window=%d", m.Spec.Name, strings.Repeat("00", 16), window(m))
		return
	}
	name := str(reply, "name")
	v := w.variable(name)
	_, password := w.existed(strings.ToLower(name), w.replies)
	w.f("send a LOGIN name=$%s password=%s window=%d", v, quote(password), window(m))
}

func window(m *dynamic.Message) uint64 {
	v, _ := m.Get("window")
	n, _ := v.(uint64)
	return n
}

// value writes the value of a field.
func (w *writer) value(f *spec.Field, v any, literal, refused bool) string {
	switch s, isText := v.(string); {
	case f.Type.Name == nameType && isText && !literal:
		return "$" + w.variable(s)
	case f.Type.Secret && isText:
		return quote(w.standIn(s, refused))
	case f.Type.Secret:
		return "$token"
	case isText:
		return quote(fmt.Sprintf("%q", s))
	}
	if b, ok := v.([]byte); ok && f.SameAs != nil && len(b) > 0 && string(b) == w.next {
		return "$next"
	}
	return quote(w.c.FormatValue(f.Type, v))
}

// variable is the variable for a name.
func (w *writer) variable(name string) string {
	low := strings.ToLower(name)
	if w.names[low] == "" {
		w.names[low] = fmt.Sprintf("name%d", len(w.names)+1)
		w.order = append(w.order, low)
	}
	return w.names[low]
}

// standIn is what is written for a secret. It is as long if that may be why it was refused.
func (w *writer) standIn(secret string, refused bool) string {
	if s, ok := w.secrets[secret]; ok {
		return s
	}
	s := fmt.Sprintf("stand-in %d", len(w.secrets)+1)
	if n := len([]rune(secret)); refused && (n < 6 || n > 24) {
		s = strings.Repeat("x", n)
	}
	w.secrets[secret] = s
	return s
}

// secret reports whether a frame that cannot be understood may hold a secret.
func (w *writer) secret(frame []byte) bool {
	if len(frame) < w.c.HeaderSize() {
		return false
	}
	m := w.c.Lookup(spec.FromClient, w.c.ParseHeader(frame).Opcode)
	return m != nil && slices.ContainsFunc(m.Fields, func(f *spec.Field) bool { return f.Type.Secret })
}

// answer writes what the server has sent.
func (w *writer) answer(s said) {
	m, err := w.c.Decode(spec.FromServer, s.frame, nil)
	switch {
	case err != nil:
		w.f("# the server sends %s", hex.EncodeToString(s.frame))
	case s.answers < 0:
		w.f("# the server pushes %s", m.Spec.Name)
	case w.code(m) == "ALREADY_LOGGED_IN", w.left(s.answers):
	case m.Spec.IsError:
		w.f("expect-error a %s", w.code(m))
	default:
		w.f("expect a %s", m.Spec.Name)
		w.capture(m)
	}
}

// left reports whether a request was left out.
func (w *writer) left(i int) bool {
	_, err := w.c.Decode(spec.FromClient, w.talk[i].frame, nil)
	return err != nil && w.secret(w.talk[i].frame)
}

// capture keeps what later requests repeat: tokens and cursors.
func (w *writer) capture(m *dynamic.Message) {
	for _, f := range m.Fields {
		b, ok := f.Value.([]byte)
		switch field := m.Spec.Field(f.Name); {
		case !ok || len(b) == 0:
		case field.Type.Secret:
			w.token = string(b)
			w.f("capture a token=%s", f.Name)
		default:
			w.next = string(b)
			w.f("capture a next=%s", f.Name)
		}
	}
}

// quote makes one word of a value.
func quote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.:_/-") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
