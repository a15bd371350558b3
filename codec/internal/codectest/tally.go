package codectest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/wirelaw/wirelaw/codec"
)

// A tally counts what became of the frames of a run.
type tally map[string]int

func (c tally) note(err error) {
	if e, ok := errors.AsType[*codec.Error](err); ok {
		c[e.Because]++
	} else {
		c["right"]++
	}
}

// report tells the counts. A run in which hardly a frame is right, or in which they are wrong for few reasons, shows little.
func (c tally) report(t *testing.T) {
	t.Helper()
	sum := 0
	var all []string
	for why, n := range c {
		sum += n
		all = append(all, fmt.Sprintf("%s %d", why, n))
	}
	slices.Sort(all)
	t.Logf("%d frames: %s", sum, strings.Join(all, ", "))
	if sum >= 1000 && (c["right"] < sum/20 || len(c) < 5) {
		t.Error("the frames are badly chosen")
	}
}
