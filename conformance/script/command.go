package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/spec"
)

// A command is one word of the language. check holds a step against the table before anything runs; run does it.
type command struct {
	check func(*expander, *step) error
	run   func(*session, []string)
}

// commands are all of them. The table is filled below, because macros are read with its help.
var commands map[string]*command

// hostCommands are those of transcripts that judge a client.
var hostCommands map[string]*command

// commandsOf returns the commands of the transcripts that judge one side.
func commandsOf(judged spec.Direction) map[string]*command {
	if judged == spec.FromClient {
		return hostCommands
	}
	return commands
}

// Commands that cannot be written: what a line of a pool becomes, and what judges the conditions of a macro.
const (
	leaseCommand = "lease"
	guardCommand = "guard"
)

func init() {
	commands = map[string]*command{
		"fresh":        {checkFresh, runFresh},
		"let":          {checkLet, runLet},
		"unset":        {checkUnset, runUnset},
		"capture":      {checkCapture, runCapture},
		"require":      {checkRequire, runRequire},
		"connect":      {checkConnect, runConnect},
		"close":        {checkConns(1, 0), runClose},
		"half-close":   {checkConns(1, 1), runHalfClose},
		"reset":        {checkConns(1, 1), runReset},
		"stall":        {checkStall, runStall},
		"restart":      {checkRestart, runRestart},
		"send":         {checkSend, runSend},
		"sendraw":      {checkSendraw, runSendraw},
		"flush":        {checkFlush, runFlush},
		"expect":       {checkExpect, runExpect},
		"expect-error": {checkExpectError, runExpectError},
		"expect-oneof": {checkExpectOneof, runExpectOneof},
		"expect-close": {checkExpectClose, runExpectClose},
		"fence":        {checkFence, runFence},
		"drain":        {checkDrain, runDrain},
		"collect":      {checkCollect, runCollect},
		leaseCommand:   {nil, runLease},
		guardCommand:   {nil, func(s *session, args []string) { s.guards[args[0]] = true }},
	}
	hostCommands = map[string]*command{}
	for _, shared := range []string{"fresh", "let", "unset", "capture", "close", "half-close", "reset", "stall", guardCommand} {
		hostCommands[shared] = commands[shared]
	}
	for name, c := range map[string]*command{
		"require":       {checkRequire, runRequire},
		"accept":        {checkAccept, runAccept},
		"receive":       {checkReceive, runReceive},
		"reply":         {checkReply, runReply},
		"reply-error":   {checkReplyError, runReplyError},
		"push":          {checkPush, runPush},
		"sendraw":       {checkSendraw, runHostRaw},
		"expect-close":  {checkConns(1, 1), runHostClose},
		"do":            {checkDo, runDo},
		"expect-result": {checkResult, runResult},
		"expect-event":  {checkEvent, runEvent},
		"sync":          {checkSync, runSync},
	} {
		hostCommands[name] = c
	}
}

// try passes an error of the script on.
func try[T any](s *session) func(T, error) T {
	return func(v T, err error) T {
		if err != nil {
			s.wrong("%v", err)
		}
		return v
	}
}

// samples are words as far as they are known before they run: those without variables are their text. A variable in a word becomes a text that no name has.
func samples(words []word) []string {
	out := make([]string, len(words))
	for i, w := range words {
		if text, known := w.literal(); known {
			out[i] = text
			continue
		}
		out[i] = string(w.outside(func(s string) string { return replaceReferences(s, func(_, _ string) string { return unknown }) }))
	}
	return out
}

// unknown stands for the value of a variable in samples.
const unknown = "\x01"

func (x *expander) needConn(name string) error {
	if strings.Contains(name, unknown) {
		return fmt.Errorf("the name of a connection is written plainly")
	}
	if !x.known.conns[name] {
		return near(spec.Nearest(name, x.conns()), "the connection %q was not opened above", name)
	}
	return nil
}

// firstConn checks that the first word is a connection, and returns the others.
func (x *expander) firstConn(st *step) (conn string, rest []string, err error) {
	args := samples(st.args)
	if len(args) == 0 {
		return "", nil, fmt.Errorf("%s needs a connection", st.cmd)
	}
	return args[0], args[1:], x.needConn(args[0])
}

// checkConns is the check of a command that takes connections, at most most if that is not 0.
func checkConns(least, most int) func(*expander, *step) error {
	return func(x *expander, st *step) error {
		args := samples(st.args)
		if len(args) < least || most > 0 && len(args) > most {
			return fmt.Errorf("%s takes the names of connections", st.cmd)
		}
		for _, a := range args {
			if err := x.needConn(a); err != nil {
				return err
			}
		}
		return nil
	}
}

func checkRequire(x *expander, st *step) error {
	if len(st.args) == 0 {
		return fmt.Errorf("require what?")
	}
	var names []string
	for _, f := range x.r.Protocol.Features {
		names = append(names, f.Name)
	}
	for _, a := range samples(st.args) {
		name, absent := strings.CutPrefix(a, "!")
		switch {
		case a == "restart":
			x.script.Restart = true
		case a == "slow":
			x.script.Slow = true
		case x.r.Protocol.Feature(name) == nil:
			return near(spec.Nearest(name, append(names, "restart", "slow")), "the table has no feature %q", name)
		case absent:
			x.script.Absent = append(x.script.Absent, name)
		case !slices.Contains(x.script.Features, name):
			x.script.Features = append(x.script.Features, name)
		}
	}
	return nil
}

// runRequire skips what the runner did not skip before.
func runRequire(s *session, args []string) {
	skip := func(reason string) {
		s.out.Verdict, s.out.Reason = "SKIP", reason
		s.ts.Fatalf("%s", reason)
	}
	for _, a := range args {
		name, absent := strings.CutPrefix(a, "!")
		f := s.env.Codec.Protocol().Feature(name)
		switch {
		case a == "restart" && s.env.Restart == nil:
			skip("needs a server that can be restarted: --exec")
		case a == "slow" && !s.env.Slow:
			skip("waits: --slow")
		case f != nil && s.env.Announced(f) == absent:
			if absent {
				skip("the server announces " + name)
			}
			skip("the server does not announce " + name)
		}
	}
}
