package run

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wirelaw/wirelaw/conformance"
	"github.com/wirelaw/wirelaw/spec"
)

// The shared target may die manyDeaths times. From then on it is started again only while worthDeath cases are judged for each death: one
// that dies now and then is judged to the end, one that dies of everything is not.
const (
	manyDeaths = 30
	worthDeath = 20
)

// LivesID is the id of the result that tells of deaths that no case alone brings about.
const LivesID = "target/lives"

// A death is an end of the shared target. The lock of the judge guards what may change.
type death struct {
	how     string
	output  string                  // the last that was printed by then
	said    *conformance.Transcript // the last that was said by then
	frames  int                     // that it had been sent
	culprit string                  // the case that kills it alone, "" if none is known
}

// note takes down the end of a bench's target, once; nil if it lives.
func (j *judge) note(b *bench) *death {
	err := b.dead()
	if err == nil {
		return nil
	}
	b.lost.mu.Lock()
	defer b.lost.mu.Unlock()
	return j.take(b, err)
}

// take is note for who holds the lock of the grave.
func (j *judge) take(b *bench, err error) *death {
	if b.lost.death == nil {
		d := &death{how: err.Error(), output: b.target.Output()}
		d.said, d.frames = b.said.last()
		b.lost.death = d
		if b.process == nil {
			j.mu.Lock()
			j.shared.deaths = append(j.shared.deaths, d)
			j.mu.Unlock()
		}
	}
	return b.lost.death
}

// convict notes that a case kills the target alone.
func (j *judge) convict(d *death, c *Case) {
	j.mu.Lock()
	defer j.mu.Unlock()
	d.culprit = c.ID
}

// known reports whether it is known which case has killed the target.
func (j *judge) known(d *death) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return d.culprit != ""
}

// enough reports whether the target has died so often that it is not worth while to start it again.
func (j *judge) enough() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := len(j.shared.deaths)
	return n >= manyDeaths && j.done < worthDeath*n
}

// often says how often the target has died, and whether there is a pattern in it.
func (j *judge) often() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return often(j.shared.deaths)
}

func often(deaths []*death) string {
	text := "once"
	if len(deaths) > 1 {
		text = fmt.Sprintf("%d times", len(deaths))
	}
	if n := recurs(deaths); n > 0 {
		text += fmt.Sprintf(": it dies after about %d frames", n)
	}
	return text
}

// recurs returns after how many frames the target dies again and again, to two digits; 0 if there is no such number, near which most are.
// Deaths of which a case is guilty say nothing about that.
func recurs(deaths []*death) int {
	var frames []int
	for _, d := range deaths {
		if d.culprit == "" {
			frames = append(frames, d.frames)
		}
	}
	if len(frames) < 3 {
		return 0
	}
	slices.Sort(frames)
	n, unit, near := frames[len(frames)/2], 1, 0
	for _, f := range frames {
		near += btoi(5*f >= 4*n && 5*f <= 6*n)
	}
	if 4*near < 3*len(frames) {
		return 0
	}
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// died says how the shared target died, and the last that it printed; "" if it did not.
func (j *judge) died() (how, output string) {
	deaths := j.shared.deaths
	if len(deaths) == 0 {
		return "", ""
	}
	how = deaths[0].how
	if len(deaths) > 1 {
		how += fmt.Sprintf(" (it died %s)", often(deaths))
	}
	if j.shared.over != nil {
		how += "; it was given up"
	}
	return how, deaths[0].output
}

// obituary makes a failure of its own of the deaths that no case has to answer for.
func (j *judge) obituary() []*conformance.Result {
	var open []*death
	for _, d := range j.shared.deaths {
		if d.culprit == "" {
			open = append(open, d)
		}
	}
	if len(open) == 0 {
		return nil
	}
	d := open[0]
	f := &conformance.Finding{Kind: conformance.KindDeath, Frame: -1, Expected: "a target that lives through all that it is told", Got: d.how}
	f.Got += fmt.Sprintf(" when it had been sent %d frames", d.frames)
	if line := lastLine(d.output); line != "" {
		f.Got += "; the last it printed: " + line
	}
	r := &conformance.Result{
		Case:    &conformance.Case{ID: LivesID, Title: "the target lives to the end of the run", Level: spec.Must},
		Verdict: conformance.Fail, Finding: f, Transcript: d.said,
	}
	switch {
	case j.shared.over != nil:
		r.Reason = "the target is dead: " + j.shared.over.Error() // as what was not judged says
	case j.o.Spawn == nil:
		r.Reason = "the target is dead: " + d.how
	default:
		r.Reason = fmt.Sprintf("the target died %s; no case alone kills it", often(open))
	}
	return []*conformance.Result{r}
}

// lastLine is the last line of a text that says anything.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndex(text, "\n")+1:])
}
