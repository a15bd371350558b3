package peer

import (
	"bytes"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

type user struct {
	name, password string
	incarnation    uint64
	epoch          uint64
	token          string
	conn           *Conn
	inbox          []*sent // not acknowledged
}

// sent is a message on its way, or long delivered.
type sent struct {
	sequence, incarnation, time uint64
	from, to, text              string
}

func (s *Server) number() uint64 {
	s.last++
	return s.last
}

func handlers(s *Server) map[string]func(*Conn, *dynamic.Message) (*dynamic.Message, *spec.Error) {
	return map[string]func(*Conn, *dynamic.Message) (*dynamic.Message, *spec.Error){
		"HELLO": s.hello, "CREATE": s.create, "LOGIN": s.login, "RESUME": s.resume, "LIST": s.list, "SEND": s.send,
		"ACK": s.ack, "DELETE": s.delete, "LOGOUT": s.logout, "BYE": s.bye, "PING": s.ping,
	}
}

func (s *Server) reply(name string, values ...any) *dynamic.Message {
	m := s.c.Example(s.p.Message(name))
	for i := 0; i < len(values); i += 2 {
		m.Set(values[i].(string), values[i+1])
	}
	return m
}

func text(m *dynamic.Message, field string) string {
	v, _ := m.Get(field)
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

func number(m *dynamic.Message, field string) uint64 {
	v, _ := m.Get(field)
	n, _ := v.(uint64)
	return n
}

func (s *Server) hello(_ *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	return s.reply("WELCOME", "features", uint64(1)<<s.p.Feature(features).Bit, "keepalive", number(m, "keepalive")), nil
}

func (s *Server) create(_ *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	name := text(m, "name")
	switch {
	case text(m, "password") != text(m, "again"):
		return nil, s.p.Error("PASSWORD_MISMATCH")
	case s.users[strings.ToLower(name)] != nil:
		return nil, s.p.Error("NAME_TAKEN")
	}
	s.users[strings.ToLower(name)] = &user{name: name, password: text(m, "password"), incarnation: s.number(), epoch: s.number()}
	return s.reply("CREATED"), nil
}

func (s *Server) login(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	u := s.users[strings.ToLower(text(m, "name"))]
	switch {
	case u == nil || u.password != text(m, "password"):
		return nil, s.p.Error("BAD_CREDENTIALS")
	case u.conn != nil:
		return nil, s.p.Error("ALREADY_LOGGED_IN")
	}
	delete(s.tokens, u.token)
	u.token = fmt.Sprintf("token %d", s.number())
	s.tokens[u.token] = u
	return s.enter(c, u, m), nil
}

func (s *Server) resume(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	u := s.tokens[text(m, "token")]
	if u == nil {
		return nil, s.p.Error("BAD_TOKEN")
	}
	if old := u.conn; old != nil {
		old.leave()
		old.write(s.c.AppendIllegal(nil, s.reply("GOODBYE", "reason", uint64(2))))
		old.nc.Close()
		old.gone = true
	}
	return s.enter(c, u, m), nil
}

func (s *Server) enter(c *Conn, u *user, m *dynamic.Message) *dynamic.Message {
	u.conn, c.user = c, u
	c.window, c.unacked, c.shown, c.acked = int(number(m, "window")), 0, 0, 0
	return s.reply("LOGGED_IN", "name", u.name, "incarnation", u.incarnation, "epoch", u.epoch,
		"waiting", uint64(len(u.inbox)), "token", []byte(u.token))
}

// leave ends the session of a connection, if it has one.
func (c *Conn) leave() {
	if c.user != nil {
		c.user.conn = nil
		c.user = nil
	}
}

func (s *Server) list(_ *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	by, pattern, after := number(m, "by"), strings.ToLower(text(m, "pattern")), text(m, "cursor")
	switch {
	case by == 0 && pattern != "" || by == 1 && strings.HasSuffix(pattern, `\`):
		return nil, s.p.Error("BAD_PATTERN")
	case after != "" && s.users[after] == nil:
		return nil, s.p.Error("BAD_CURSOR")
	}
	var ids []string
	for id := range s.users {
		ok := by == 0
		if by == 1 {
			ok, _ = path.Match(strings.NewReplacer("[", `\[`, "]", `\]`).Replace(pattern), id)
		}
		if ok && id > after {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	page, next := 100, ""
	if n := int(number(m, "limit")); n > 0 && n < page {
		page = n
	}
	if len(ids) > page {
		ids = ids[:page]
		next = ids[page-1]
	}
	names := []any{}
	for _, id := range ids {
		names = append(names, s.users[id].name)
	}
	return s.reply("ACCOUNTS", "names", names, "next", []byte(next)), nil
}

func (s *Server) send(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	key := fmt.Sprint(c.user.incarnation, text(m, "key"))
	msg := &sent{from: c.user.name, incarnation: c.user.incarnation, to: strings.ToLower(text(m, "to")), text: text(m, "text")}
	if old := s.keys[key]; old != nil {
		if old.to != msg.to || old.text != msg.text {
			return nil, s.p.Error("KEY_CONFLICT")
		}
		return s.reply("ACCEPTED", "time", old.time, "duplicate", true), nil
	}
	u := s.users[msg.to]
	if u == nil {
		return nil, s.p.Error("NO_SUCH_USER")
	}
	msg.sequence = s.number()
	msg.time = msg.sequence
	s.keys[key] = msg
	u.inbox = append(u.inbox, msg)
	return s.reply("ACCEPTED", "time", msg.time, "duplicate", false), nil
}

// deliver pushes what waits and fits the window.
func (c *Conn) deliver() {
	if c.user == nil || c.state.Name != "member" {
		return
	}
	for _, m := range c.user.inbox {
		if m.sequence > c.shown && c.unacked < c.window {
			c.shown = m.sequence
			c.unacked++
			c.write(c.s.delivery(m))
		}
	}
}

func (s *Server) delivery(m *sent) []byte {
	return s.c.AppendIllegal(nil, s.reply("DELIVER", "sequence", m.sequence, "from", m.from, "incarnation", m.incarnation,
		"time", m.time, "text", m.text))
}

func (s *Server) ack(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	seq := number(m, "sequence")
	if seq > c.shown {
		return nil, s.p.Error("BAD_ACK")
	}
	before := len(c.user.inbox)
	c.user.inbox = slices.DeleteFunc(c.user.inbox, func(m *sent) bool { return m.sequence <= seq })
	c.unacked -= before - len(c.user.inbox)
	return nil, nil
}

func (s *Server) delete(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	if !strings.EqualFold(text(m, "name"), c.user.name) {
		return nil, s.p.Error("BAD_CONFIRMATION")
	}
	delete(s.users, strings.ToLower(c.user.name))
	delete(s.tokens, c.user.token)
	c.leave()
	return s.reply("DELETED"), nil
}

func (s *Server) logout(c *Conn, _ *dynamic.Message) (*dynamic.Message, *spec.Error) {
	delete(s.tokens, c.user.token)
	c.leave()
	return s.reply("LOGGED_OUT"), nil
}

func (s *Server) bye(c *Conn, _ *dynamic.Message) (*dynamic.Message, *spec.Error) {
	c.leave()
	return s.reply("GOODBYE"), nil
}

func (s *Server) ping(*Conn, *dynamic.Message) (*dynamic.Message, *spec.Error) {
	return s.reply("PONG"), nil
}

// withID returns the frame with another correlation.
func (s *Server) withID(frame []byte, id uint64) []byte {
	b := bytes.Clone(frame)
	h := s.c.ParseHeader(b)
	h.ID = id
	return s.c.PutHeader(b, h)
}
