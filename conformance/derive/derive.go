// Package derive makes the cases that follow from a table alone, for any table: lengths, truncation, opcodes, states, ids, limits,
// segments. Each has one fault or none. What is right comes from the checks of the table, their order, and the reactions of
// its errors; where these leave several answers, all of them pass. Cases are transcripts as people write them.
//
// A case begins with a connection a in a state of the table. If the macros of the protocol have one named
// enter-STATE (with the name of the connection as its parameter), it leads there; else the table's own way does.
package derive

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/codec/dynamic"
	"github.com/wirelaw/wirelaw/spec"
)

// A Case is a case as a transcript.
type Case struct {
	ID     string   // chat/send/derived/text.max+1
	Title  string   // what is tried, and the right answer
	Rules  []string // that it judges; none if the table does not say which
	Family string   // cases of one family try one thing on one message
	Uses   []string // the message that it is about, if a server must know that one to be judged by it

	Require []string // the words of require, if any
	Opening []string // lines that bring the connection a to where the case begins
	Lines   []string // lines of the case
	Shared  bool     // it leaves a as its opening left it: another case may follow on the same connection
}

// Source returns the transcript.
func (c *Case) Source() []byte { return Join(c) }

// Join returns one transcript for cases that have the same Require and Opening and are Shared, one after the other. The lines of case i are
// Span(cases, i) of the transcript.
func Join(cases ...*Case) []byte {
	var b bytes.Buffer
	c := cases[0]
	if len(c.Rules) > 0 {
		fmt.Fprintf(&b, "# %s: %s\n", strings.Join(c.Rules, ", "), c.Title)
	} else {
		fmt.Fprintf(&b, "# %s\n", c.Title)
	}
	if len(c.Require) > 0 {
		fmt.Fprintf(&b, "require %s\n", strings.Join(c.Require, " "))
	}
	for _, line := range c.Opening {
		fmt.Fprintln(&b, line)
	}
	for _, c := range cases {
		for _, line := range c.Lines {
			fmt.Fprintln(&b, line)
		}
	}
	return b.Bytes()
}

// Span returns the first and the last line, counted from 1, that case i has in Join(cases).
func Span(cases []*Case, i int) (first, last int) {
	first = 2 + len(cases[0].Opening)
	if len(cases[0].Require) > 0 {
		first++
	}
	for _, c := range cases[:i] {
		first += len(c.Lines)
	}
	return first, first + len(cases[i].Lines) - 1
}

// Options tell what a table does not know of its protocol. The zero value works.
type Options struct {
	Macro func(name string) bool // whether there is a macro of that name; nil: there is none
	Dear  []string               // names of messages that cost a server much: few of them are sent that it has to carry out
}

// Cases returns the cases for p, sorted by id. The same table and options give the same cases.
func Cases(p *spec.Protocol, o Options) []*Case {
	d := &deriver{p: p, c: dynamic.New(p), o: o, all: p.RulesFor(spec.FromServer), ids: map[string]bool{}, openings: map[*spec.State][]string{}}
	if d.o.Macro == nil {
		d.o.Macro = func(string) bool { return false }
	}
	for _, s := range p.States {
		if !s.End {
			d.states = append(d.states, s)
			d.openings[s] = d.opening("a", s)
		}
	}
	d.opcodes()
	d.stateCells()
	d.headers()
	d.varints()
	d.innerLengths()
	d.cutBodies()
	d.cutFrames()
	d.trailing()
	d.values()
	d.equals()
	d.correlations()
	d.segments()
	d.joins()
	d.pipelines()
	d.halfCloses()
	d.neighbours()
	d.both()
	slices.SortFunc(d.cases, func(a, b *Case) int { return strings.Compare(a.ID, b.ID) })
	// Two limits of a table may lead to one case: then its first name stands.
	seen := map[string]bool{}
	return slices.DeleteFunc(d.cases, func(c *Case) bool {
		text := strings.Join(slices.Concat(c.Require, c.Opening, c.Lines), "\n")
		twice := seen[text]
		seen[text] = true
		return twice
	})
}

// A deriver collects cases.
type deriver struct {
	p        *spec.Protocol
	c        *dynamic.Codec
	o        Options
	all      []*spec.RuleRef // the rules for servers
	states   []*spec.State   // but those at the end
	openings map[*spec.State][]string
	cases    []*Case
	ids      map[string]bool
}

// A draft is a case in the making.
type draft struct {
	folder, name string          // of the id
	what         string          // is tried
	right        string          // is the answer
	about        *spec.Message   // nil: no message in particular
	uses         []*spec.Message // further messages that the server must know
	derive       spec.Derive
	of           *spec.Type  // the type of the value that is tried, if it is one
	state        *spec.State // of the connection a; nil: it is not opened
	require      []string
	lines        []string
	shared       bool
	narrow       bool // the connection a takes in little while nobody reads
}

// add makes a case of a draft, unless there is one of its name: then the first one stands.
func (d *deriver) add(x draft) {
	if !x.shared && (x.about == nil || x.about != d.p.Fence.Send) {
		if f := d.shortcut(x.state); f != nil && !slices.Contains(x.require, f.Name) {
			x.require = append(slices.Clone(x.require), f.Name)
		}
	}
	id := fmt.Sprintf("%s/%s/derived/%s", d.p.ID, strings.ToLower(x.folder), x.name)
	if d.ids[id] {
		return
	}
	d.ids[id] = true
	c := &Case{
		ID: id, Title: x.what, Require: x.require, Lines: x.lines, Shared: x.shared,
		Rules: d.rules(x), Family: strings.ToLower(x.folder) + "/" + string(x.derive),
	}
	if x.right != "" {
		c.Title += ": " + x.right
	}
	if x.state != nil {
		c.Opening = d.openings[x.state]
	}
	if x.narrow {
		c.Opening = append([]string{c.Opening[0] + " @narrow"}, c.Opening[1:]...)
	}
	for _, m := range append(x.uses, x.about, d.p.Fence.Send) {
		if m != nil && m.SentBy(spec.FromClient) && !slices.Contains(c.Uses, m.Name) {
			c.Uses = append(c.Uses, m.Name)
		}
	}
	slices.Sort(c.Uses)
	d.cases = append(d.cases, c)
}

// rules finds those that the table says such a case judges: those about its type of value first, then those of its message,
// then those of topics.
func (d *deriver) rules(x draft) (ids []string) {
	var topics, own, typed []string
	for _, r := range d.all {
		switch {
		case r.Derive != x.derive || r.Derive == "":
		case r.Of != nil && (x.of == nil || x.of.Name != r.Of.Name):
		case d.p.Message(r.Owner) != nil && d.p.Message(r.Owner) != x.about:
		case r.Of != nil:
			typed = append(typed, r.ID)
		case d.p.Message(r.Owner) != nil:
			own = append(own, r.ID)
		default:
			topics = append(topics, r.ID)
		}
	}
	return slices.Concat(typed, own, topics)
}

// requests returns the messages of a client, and for each the state in which it is tried: the first in which it is legal.
func (d *deriver) requests(f func(m *spec.Message, s *spec.State)) {
	for _, m := range d.p.Messages {
		if m.SentBy(spec.FromClient) && len(m.In) > 0 {
			f(m, m.In[0])
		}
	}
}

func (d *deriver) dear(m *spec.Message) bool { return slices.Contains(d.o.Dear, m.Name) }
