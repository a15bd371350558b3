package script

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/wirelaw/wirelaw/conformance"
)

// Run runs s once. vars are variables that are set from the start (the parts of a pool's thing, for its clean script). It
// returns when the script has ended and its connections are closed; ctx calls it off.
func (s *Script) Run(ctx context.Context, env *Env, fresh *Fresh, vars map[string]string) *Outcome {
	out := &Outcome{Verdict: conformance.Pass, Transcript: conformance.NewTranscript(), Sent: map[string]bool{}}
	se := &session{
		env: env, script: s, fresh: fresh, ctx: ctx, log: out.Transcript, conns: map[string]*conn{},
		vars: map[string]string{}, leased: map[string]*Item{}, guards: map[string]bool{}, out: out,
	}
	if env.Client != nil {
		se.led = newLed(se)
		defer se.led.close()
	}
	dir, err := os.MkdirTemp(env.Dir, "wirecheck-")
	if err != nil {
		out.Verdict, out.Reason = conformance.Error, err.Error()
		return out
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "t.txtar")
	if err := os.WriteFile(file, s.compile(), 0o600); err != nil {
		out.Verdict, out.Reason = conformance.Error, err.Error()
		return out
	}
	r := &runner{}
	r.Run("", func(t testscript.T) {
		testscript.RunT(t, testscript.Params{
			Files:       []string{file},
			WorkdirRoot: dir,
			Cmds:        se.commands(),
			Condition:   se.condition,
			Setup: func(e *testscript.Env) error {
				e.Vars = []string{"WORK=" + e.WorkDir}
				for k, v := range vars {
					e.Setenv(k, v)
					se.vars[k] = v
				}
				return nil
			},
		})
	})
	if (r.failed || r.broken != "") && out.Verdict == conformance.Pass {
		out.Verdict, out.Reason = conformance.Error, "the engine refused the script: "+strings.TrimSpace(r.broken+r.log)
	}
	if env.Leave && out.Verdict == conformance.Pass {
		out.Left = se.leave()
	}
	se.closeAll()
	se.collectItems()
	out.Vars = se.vars
	return out
}

// compile writes the script for the engine: every command carries the number of its step.
func (s *Script) compile() []byte {
	var b strings.Builder
	for i := range s.steps {
		st := &s.steps[i]
		for _, c := range st.conds {
			b.WriteString(string(c) + " ")
		}
		fmt.Fprintf(&b, "%s %d %s\n", st.cmd, i, joinWords(st.args))
	}
	return []byte(b.String())
}

// commands binds the commands to the session.
func (se *session) commands() map[string]func(*testscript.TestScript, bool, []string) {
	bound := map[string]func(*testscript.TestScript, bool, []string){}
	for name, c := range commandsOf(se.script.judged) {
		bound[name] = func(ts *testscript.TestScript, _ bool, args []string) {
			se.ts = ts
			i, err := strconv.Atoi(args[0])
			ts.Check(err)
			se.cur = &se.script.steps[i]
			se.aborted()
			c.run(se, args[1:])
		}
	}
	return bound
}

func (se *session) condition(cond string) (bool, error) {
	if cond == "shortcut" {
		return se.env.Shortcut, nil
	}
	if f := se.env.Codec.Protocol().Feature(cond); f != nil {
		return se.env.Announced(f), nil
	}
	left, right, _ := strings.Cut(cond, ":")
	if left == "got" {
		name, demand, _ := strings.Cut(right, ":")
		k := se.conns[name]
		m, ok := parseMatch(demand)
		if k == nil || k.last == nil || !ok {
			return false, nil
		}
		bad, err := m.holds(se.env.Codec, k.last.msg, k.header(k.last))
		return bad == nil, err
	}
	if left == "open" {
		k := se.conns[right]
		return k != nil && len(k.open) > 0, nil
	}
	if left == "set" {
		_, ok := se.vars[right]
		return ok, nil
	}
	if left == "guard" {
		return se.guards[right], nil
	}
	if left == "sent" {
		return se.env.Before == nil || se.env.Before(right), nil
	}
	if left == "lacks" {
		return se.env.Lacks != nil && se.env.Lacks(right), nil
	}
	k := se.conns[left]
	if k == nil {
		return false, nil
	}
	return k.state != nil && k.state.Name == right, nil // as of what was waited for last: a guarded macro must not change its mind
}

// runner is a testing.T for the engine: it lives as long as one script, and on its goroutine.
type runner struct {
	failed bool
	broken string
	log    string
}

var (
	errFailed  = errors.New("failed")
	errSkipped = errors.New("skipped")
)

func (r *runner) Skip(...any) { panic(errSkipped) }

func (r *runner) Fatal(args ...any) {
	r.broken = fmt.Sprint(args...)
	panic(errFailed)
}

func (r *runner) Parallel()       {}
func (r *runner) Log(args ...any) { r.log += fmt.Sprintln(args...) }
func (r *runner) FailNow()        { panic(errFailed) }
func (r *runner) Verbose() bool   { return false }

func (r *runner) Run(_ string, f func(testscript.T)) {
	defer func() {
		switch e := recover(); e {
		case nil, errSkipped:
		case errFailed:
			r.failed = true
		default:
			r.broken = fmt.Sprintf("panic: %v", e)
		}
	}()
	f(r)
}
