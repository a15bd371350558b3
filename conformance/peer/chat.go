package peer

import (
	"crypto/rand"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// chat is the app of the chat protocol.
type chat struct {
	s       *Server
	users   map[string]*user // by identity form
	ghosts  map[string]*user // deleted, the last of each name
	created []*user
	tokens  map[string]*user
	ended   map[string]*user // what were tokens, for a fault
	keys    map[string]*sent
	cursors map[string]listing
	last    uint64 // the last number given out, for whatever purpose

	restarted bool
}

type user struct {
	name, id, password string
	incarnation, epoch uint64
	known              bool // has been logged in
	token              string
	conn               *Conn   // of its session
	inbox              []*sent // not acknowledged
	undone             []*sent // acknowledged, and there again after a crash
	acked              uint64
	since              time.Time
	after              *Conn // a fault: where it was logged in before
}

// sent is a message on its way, or long delivered.
type sent struct {
	sequence, incarnation, time uint64
	from, to, text              string
	recipient                   *user
	shown                       bool
}

// member is what a connection knows of its session.
type member struct {
	user      *user
	window    int
	flight    []uint64 // sequences that were delivered here and not acknowledged
	shown     uint64   // the highest sequence delivered here
	keepalive time.Duration
	waiting   bool // deliveries are due in a while
	begun     bool // what waited at login has been delivered
}

func newChat(s *Server) *chat {
	return &chat{
		s: s, users: map[string]*user{}, ghosts: map[string]*user{}, tokens: map[string]*user{}, ended: map[string]*user{}, keys: map[string]*sent{},
		cursors: map[string]listing{}, last: s.style.First - s.style.Gap,
	}
}

func (a *chat) number() uint64 {
	a.last += a.s.style.Gap
	return a.last
}

func (a *chat) handle(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	f := map[string]func(*Conn, *dynamic.Message) (*dynamic.Message, *spec.Error){
		"HELLO": a.hello, "CREATE": a.create, "LOGIN": a.login, "RESUME": a.resume, "LIST": a.list, "SEND": a.send,
		"ACK": a.ack, "DELETE": a.delete, "LOGOUT": a.logout, "BYE": a.bye, "PING": a.ping,
	}[m.Spec.Name]
	if c.state.Name == "member" && c.user == nil && m.Spec.Name != "PING" && m.Spec.Name != "BYE" {
		return plain{a.s}.handle(c, m) // a fault has led here
	}
	return f(c, m)
}

func (a *chat) reply(name string, values ...any) *dynamic.Message {
	m := a.s.c.Example(a.s.p.Message(name))
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

func (a *chat) hello(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	keepalive := number(m, "keepalive")
	c.keepalive = time.Duration(keepalive) * time.Second
	switch {
	case a.s.is(KeepaliveOther):
		keepalive = 60
	case a.s.is(KeepaliveOutOfRange):
		keepalive = 301
	}
	st, bits, life := a.s.style, a.s.style.Bits, a.s.style.TokenLife
	for name := range a.s.features {
		bits |= 1 << a.s.p.Feature(name).Bit
	}
	if !a.s.features["RESUME"] {
		life = 0
	}
	w := a.reply("WELCOME", "agent", st.Agent, "features", bits, "keepalive", keepalive, "inbox", st.Inbox, "page", st.Page,
		"window", st.Window, "key_retention", st.KeyRetention, "token_life", life)
	if a.s.is(VersionWrong) {
		w.Set("version", uint64(2))
	}
	return w, nil
}

func (a *chat) create(_ *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	name := text(m, "name")
	id := a.identity(name, CaseAtCreate)
	old := a.users[id]
	differ := a.secret(text(m, "password")) != a.secret(text(m, "again")) && !a.s.is(MismatchAccepted)
	u := &user{name: name, id: id, password: a.secret(text(m, "password")), since: time.Now()}
	switch {
	case differ && !(old != nil && a.s.is(TakenBeforeMismatch)):
		if a.s.is(RefusedCreateCreates) && old == nil {
			a.add(u)
		}
		return nil, a.s.error("PASSWORD_MISMATCH")
	case old != nil && a.s.is(RaceHasTwoWinners) && time.Since(old.since) < 20*time.Millisecond:
	case old != nil && a.s.is(TakenKeepsNewPassword):
		old.password = u.password
		return nil, a.s.error("NAME_TAKEN")
	case old != nil && !a.s.is(CreateReplaces):
		return nil, a.s.error("NAME_TAKEN")
	case a.s.is(CreateForgets):
	case a.s.is(CreateIsLate):
		a.s.later(30*time.Millisecond, func() { a.add(u) })
	default:
		a.add(u)
	}
	return a.reply("CREATED"), nil
}

func (a *chat) add(u *user) {
	u.incarnation, u.epoch = a.number(), a.number()
	if old := a.ghosts[u.id]; old != nil {
		switch {
		case a.s.is(IncarnationAgain), a.restarted && a.s.is(RestartIncarnates):
			u.incarnation = old.incarnation
		case a.s.is(EpochAgain):
			u.epoch = old.epoch
		case a.s.is(MailIsInherited):
			u.inbox = old.inbox
		}
	}
	a.users[u.id] = u
	a.created = append(a.created, u)
}

func (a *chat) login(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	u := a.users[a.identity(text(m, "name"), CaseAtLogin)]
	if u == nil && a.s.is(DeletedLogsIn) {
		u = a.ghosts[a.id(text(m, "name"))]
	}
	if u == nil {
		if a.s.is(UnknownIsTold) {
			return nil, a.s.error("NO_SUCH_USER")
		}
		return nil, a.s.error("BAD_CREDENTIALS")
	}
	password := a.secret(text(m, "password"))
	right := u.password == password
	switch {
	case a.s.is(PasswordCaseIgnored):
		right = strings.EqualFold(u.password, password)
	case a.s.is(PasswordHeadOnly):
		right = u.password[:6] == password[:6]
	}
	switch {
	case a.s.is(SessionBeforePassword) && u.conn != nil:
		return nil, a.s.error("ALREADY_LOGGED_IN")
	case !right:
		if a.s.is(RefusedLoginEndsToken) {
			a.endToken(u)
		}
		return nil, a.s.error("BAD_CREDENTIALS")
	case u.conn == nil, a.s.is(TwoSessions):
	case a.s.is(LoginTakesOver):
		a.kick(u.conn)
	case a.s.is(RefusedLoginEndsSession):
		a.kick(u.conn)
		return nil, a.s.error("ALREADY_LOGGED_IN")
	default:
		return nil, a.s.error("ALREADY_LOGGED_IN")
	}
	if !a.s.is(TokenSurvivesLogin) {
		a.endToken(u)
	}
	a.newToken(u)
	return a.enter(c, u, m), nil
}

func (a *chat) endToken(u *user) {
	if u.token != "" {
		a.ended[u.token] = u
	}
	delete(a.tokens, u.token)
	u.token = ""
}

func (a *chat) newToken(u *user) {
	if a.s.is(TokenEmpty) || !a.s.features["RESUME"] {
		return
	}
	b := make([]byte, a.s.style.Token)
	if !a.s.is(TokensEqual) {
		rand.Read(b)
	}
	u.token = string(b)
	a.tokens[u.token] = u
}

func (a *chat) resume(c *Conn, m *dynamic.Message) (*dynamic.Message, *spec.Error) {
	token := text(m, "token")
	u := a.tokens[token]
	for t, other := range a.tokens {
		if a.s.is(TokenHeadOnly) && len(token) >= 8 && strings.HasPrefix(t, token[:8]) {
			u = other
		}
	}
	if u == nil && a.s.is(AnyToken) && len(a.created) > 0 {
		u = a.created[len(a.created)-1]
	}
	switch {
	case u == nil, u.conn != nil && a.s.is(TakeoverRefused):
		return nil, a.s.error("BAD_TOKEN")
	case a.s.is(TakeoverOfAll):
		for other := range a.s.conns {
			if other.user != nil {
				a.kick(other)
			}
		}
	case u.conn != nil && !a.s.is(TakeoverKeepsOld):
		a.kick(u.conn)
	}
	switch {
	case a.s.is(TokenWorksOnce):
		delete(a.tokens, token)
	case a.s.is(ResumeChangesToken):
		a.endToken(u)
		a.newToken(u)
	case a.s.is(ResumeForgets):
		u.inbox = unshown(u.inbox)
	}
	return a.enter(c, u, m), nil
}

// unshown leaves those that were never delivered.
func unshown(list []*sent) (rest []*sent) {
	for _, m := range list {
		if !m.shown {
			rest = append(rest, m)
		}
	}
	return rest
}

// kick ends a session that another takes over.
func (a *chat) kick(old *Conn) {
	old.leave()
	reason := uint64(2)
	if a.s.is(TakeoverReason) {
		reason = 1
	}
	if !a.s.is(TakeoverSilent) {
		old.out.put(a.s.c.AppendIllegal(nil, a.reply("GOODBYE", "reason", reason, "text", a.s.style.GoodbyeText)))
	}
	if !a.s.is(TakeoverLeavesOpen) {
		old.retire()
	}
}

func (a *chat) enter(c *Conn, u *user, m *dynamic.Message) *dynamic.Message {
	u.conn, u.known = c, true
	window := int(number(m, "window"))
	if a.s.is(WindowIsSigned) {
		window = int(int16(window))
	}
	if !a.s.is(WindowOverMaximum) {
		window = min(window, int(a.s.style.Window))
	}
	c.member = member{user: u, window: window, keepalive: c.keepalive}
	name, epoch, waiting := u.name, u.epoch, uint64(len(u.inbox))
	switch {
	case a.s.is(NameAsTyped) && text(m, "name") != "":
		name = text(m, "name")
	case a.s.is(EpochChanges):
		epoch = a.number()
	case a.s.is(WaitingIsZero):
		waiting = 0
	case a.s.is(WaitingOneMore):
		waiting++
	case a.s.is(WaitingIsNew):
		waiting = uint64(len(unshown(u.inbox)))
	}
	for _, old := range u.inbox {
		if a.s.is(RedeliveryRenumbers) && old.shown {
			old.sequence = a.number()
		}
	}
	return a.reply("LOGGED_IN", "name", name, "incarnation", u.incarnation, "epoch", epoch, "waiting", waiting, "token", []byte(u.token))
}
