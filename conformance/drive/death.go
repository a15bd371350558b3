package drive

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"time"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/conformance/script"
)

// lastGasp is how long a client that has gone silent may take to end, if it is about to.
const lastGasp = 300 * time.Millisecond

// maxPrinted is how many lines are shown of what a client has printed on its standard error output.
const maxPrinted = 16

// inquest looks for the end of the client behind a failure. If the client has died, that is the failure, and how it died is told; what it
// has printed is told in any case.
func (c *client) inquest(ctx context.Context, out *script.Outcome, patience float64) {
	f := out.Finding
	if out.Verdict != conformance.Fail || ctx.Err() != nil {
		return
	}
	noted := c.Ended() != nil // the script knows of it, then
	if f.Kind == conformance.KindClosed || f.Kind == conformance.KindTimeout {
		c.settle(time.Duration(float64(lastGasp) * patience))
	}
	if why := c.death(); why != nil && f.Kind != conformance.KindDeath {
		f.Kind = conformance.KindDeath
		f.Got += ": the client has died, " + why.Error()
		if !noted {
			out.Transcript.Add(conformance.Event{Note: "the client has died: " + why.Error()})
		}
	}
	printed := strings.TrimSpace(c.running.Errors())
	if printed == "" {
		return
	}
	lines := strings.Split(printed, "\n")
	for _, line := range lines[max(0, len(lines)-maxPrinted):] {
		out.Transcript.Add(conformance.Event{Note: "the client has printed " + strings.TrimRight(line, "\r")})
	}
}

// settle waits until the client has ended, at most d. One that connects again lives, unless it has told that it ends.
func (c *client) settle(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		c.mu.Lock()
		lives := len(c.conns) > 0 && !c.parted
		c.mu.Unlock()
		if lives {
			return
		}
		select {
		case <-c.gone:
			return
		case <-c.wake:
		case <-timer.C:
			return
		}
	}
}

// death says how the client has died, nil if it lives or has ended as a client may: after it was told to, or has told that it ends. One
// that is driven by phrases has no other way to tell than its exit status.
func (c *client) death() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, phrases := c.dialect.(*speaker)
	switch {
	case c.ended == nil:
		return nil
	case killed(c.exit):
		return c.ended
	case c.leaving, c.parted && !phrases, c.exit == nil && phrases:
		return nil
	}
	return c.ended
}

// killed reports whether a signal has ended a program, or one that it was waiting for: shells tell that by a status above 128.
func killed(err error) bool {
	exit := (*exec.ExitError)(nil)
	return errors.As(err, &exit) && (exit.ExitCode() < 0 || exit.ExitCode() > 128 && exit.ExitCode() <= 192)
}
