package fuzz

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// Bounds of one session.
const (
	maxSteps   = 24
	maxSession = 512 << 10 // bytes
)

// A generator makes sessions of typed steps and raw damage from bytes. It is for one goroutine.
type generator struct {
	c      *dynamic.Codec
	p      *spec.Protocol
	v      *values
	src    *source
	runID  string
	states []*spec.State // those that a session can begin in, the simplest first
	client []*spec.Message

	// Of the session that is being made.
	number int
	id     uint64
	made   int
	thrift bool        // no step may be dear
	at     *spec.State // where the connection will be if all goes as it should
	frames [][]byte    // typed frames so far, to be replayed
	held   []byte      // bytes to be joined with the next write
	out    *session
	size   int
}

func newGenerator(c *dynamic.Codec, runID string) *generator {
	g := &generator{c: c, p: c.Protocol(), v: newValues(c), runID: runID}
	g.src = g.v.f.src
	for _, s := range g.p.States {
		if s.Start || len(s.Enter) > 0 {
			g.states = append(g.states, s)
		}
	}
	slices.SortStableFunc(g.states, func(a, b *spec.State) int { return len(a.Enter) - len(b.Enter) })
	for _, m := range g.p.Messages {
		if m.SentBy(spec.FromClient) {
			g.client = append(g.client, m)
		}
	}
	g.v.fresh = func() string {
		g.made++
		return fmt.Sprintf("f%sn%dx%d", g.runID, g.number, g.made)
	}
	return g
}

// session makes session number n from data. names are the accounts that it may know, the actor first.
func (g *generator) session(n int, data []byte, names []string) *session {
	g.v.f.feed(data)
	g.v.names = names
	g.number, g.id, g.made, g.size = n, 0, 0, 0
	g.frames, g.held = nil, nil
	// Deep states have most to say, but each must be met.
	weight := 0
	for i := range g.states {
		weight += i*i + 1
	}
	state, w := g.states[0], g.src.pick(weight)
	for i, s := range g.states {
		state = s
		if w -= i*i + 1; w < 0 {
			break
		}
	}
	g.at = state
	g.thrift = !g.src.chance(24)
	g.out = &session{number: n, state: state, actor: names[0], others: names[1:]}
	for range 1 + g.src.pick(maxSteps) {
		if !g.step() || g.at.End || g.size > maxSession {
			break
		}
	}
	g.end()
	return g.out
}

// step adds one step. It is false if the session should come to its end, because the stream may be out of step.
func (g *generator) step() bool {
	switch g.src.pick(16) {
	case 0, 1, 2, 3, 4, 5, 6, 7:
		frame, m := g.typed()
		g.send(frame)
		g.follow(m)
	case 8, 9, 10:
		frame, sync := g.lying()
		g.send(frame)
		return sync || g.src.chance(100)
	case 11, 12:
		frame, _ := g.typed()
		damaged, sync := g.damage(frame)
		g.send(damaged)
		return sync || g.src.chance(100)
	case 13:
		g.replay()
	case 14:
		g.flush()
		g.out.steps = append(g.out.steps, step{op: opSettle})
	case 15:
		g.send(g.v.f.blob())
		return g.src.chance(100)
	}
	return true
}

// typed makes a frame of a message, most often one that is legal here, with values in some mood.
func (g *generator) typed() ([]byte, *dynamic.Message) {
	m := g.message()
	b := g.c.AppendIllegal(nil, m)
	if len(b) < 4096 {
		g.frames = append(g.frames, b)
	}
	return b, m
}

func (g *generator) message() *dynamic.Message {
	m := &dynamic.Message{Spec: g.choose(), ID: g.nextID()}
	odd := -1 // the one field that is not right
	mood := moodRight
	switch k := g.src.pick(8); {
	case k >= 6:
		mood = moodLegal
	case k >= 4 && len(m.Spec.Fields) > 0:
		odd = g.src.pick(len(m.Spec.Fields))
	}
	for _, f := range m.Spec.Head {
		if f.IsValue() && !f.Type.Ignore && g.src.chance(32) {
			s := slot{field: f, typ: f.Type, mood: moodLegal}
			g.v.f.slot(&s)
			m.Set(f.Name, s.value)
		}
	}
	for i, f := range m.Spec.Fields {
		if f.Type.Ignore && !g.src.chance(32) {
			continue
		}
		s := slot{field: f, typ: f.Type, mood: mood}
		if i == odd {
			s.mood = moodWild
		}
		if same := f.SameAs; same != nil && same.Message == m.Spec && s.mood != moodWild && !g.src.chance(24) {
			s.value, _ = m.Get(same.Field.Name)
		} else {
			g.v.f.slot(&s)
		}
		m.Set(f.Name, s.value)
	}
	if odd < 0 || m.Spec.Fields[odd].If == nil { // a field that should not be there is odd enough
		g.c.Complete(m, func(string) bool { return false })
	}
	if g.thrift && m.Spec.LegalIn(g.at) && (g.v.dear(m) || g.leaves(m)) {
		m.Trailing = append(m.Trailing, 0) // so near, and yet malformed
	}
	return m
}

// choose prefers messages that are legal in the state.
func (g *generator) choose() *spec.Message {
	if g.src.chance(200) {
		var legal []*spec.Message
		for _, m := range g.client {
			if m.LegalIn(g.at) && !(g.ends(m) && g.src.chance(220)) {
				legal = append(legal, m)
			}
		}
		if len(legal) > 0 {
			return legal[g.src.pick(len(legal))]
		}
	}
	if g.src.spent() {
		return g.p.Fence.Send
	}
	return g.client[g.src.pick(len(g.client))]
}

// ends reports whether m leads to an end state.
func (g *generator) ends(m *spec.Message) bool {
	return g.at.After(m).End
}

// leaves reports whether m, if it succeeds, undoes what is dear to do again. A name that it has to give and that is not the
// actor's keeps it from succeeding.
func (g *generator) leaves(m *dynamic.Message) bool {
	to := g.at.After(m.Spec)
	if to == g.at || to.End || len(to.Enter) >= len(g.at.Enter) {
		return false
	}
	for _, f := range m.Spec.Fields {
		if o := g.v.origin[f]; o.Type.Fresh {
			if name, ok := m.Get(f.Name); ok && name != nil {
				s, _ := name.(string)
				return strings.EqualFold(s, g.out.actor)
			}
		}
	}
	return true
}

// follow takes the step in the state machine that m should take.
func (g *generator) follow(m *dynamic.Message) {
	if !m.Spec.LegalIn(g.at) || len(m.Trailing) > 0 || m.ID == 0 {
		return
	}
	for _, f := range m.Spec.Fields {
		if v, ok := m.Get(f.Name); ok {
			if because, _ := g.c.Judge(f.Type, v, nil); because != "" {
				return
			}
		}
	}
	g.at = g.at.After(m.Spec)
}

func (g *generator) nextID() uint64 {
	g.id++
	if g.src.chance(8) {
		return []uint64{0xffffffff, 1, 0x80000000, 0}[g.src.pick(4)]
	}
	return g.id
}

// send writes b: alone, split, or joined with what comes next.
func (g *generator) send(b []byte) {
	g.size += len(b)
	b = append(g.held, b...)
	g.held = nil
	switch k := g.src.pick(16); {
	case k < 9:
		g.write(b)
	case k < 13:
		g.held = b
	case k < 15:
		g.split(b, 1+g.src.pick(64))
	default:
		g.split(b, 1)
	}
}

func (g *generator) write(b []byte) {
	if len(b) > 0 {
		g.out.steps = append(g.out.steps, step{op: opWrite, bytes: b})
	}
}

// split writes b in a few pieces of n bytes, and what is left in one.
func (g *generator) split(b []byte, n int) {
	for i := 0; i < 40 && len(b) > n; i++ {
		g.write(b[:n:n])
		b = b[n:]
	}
	g.write(b)
}

func (g *generator) flush() {
	g.write(g.held)
	g.held = nil
}

// end closes the session: mostly with a fence, so that the connection has to be alive, and the end of our stream.
func (g *generator) end() {
	kind := g.src.pick(10)
	if kind < 8 && g.p.FencedIn(g.at) {
		g.id++
		g.send(g.c.AppendIllegal(nil, &dynamic.Message{Spec: g.p.Fence.Send, ID: g.id}))
	}
	g.flush()
	switch {
	case kind < 6:
		g.out.steps = append(g.out.steps, step{op: opSettle}, step{op: opHalfClose})
	case kind < 8:
		g.out.steps = append(g.out.steps, step{op: opHalfClose})
	case kind == 8:
		g.out.steps = append(g.out.steps, step{op: opReset})
	default:
		g.out.steps = append(g.out.steps, step{op: opClose})
	}
}
