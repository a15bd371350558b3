package script

import (
	"sync"
	"time"
)

// A Clock sets deadlines. They are backstops: long for what was never measured, then scaled from what a reply to the
// same request took at most. It is safe for use by many goroutines.
type Clock struct {
	Patience float64 // multiplies every deadline; 0 is 1

	mu       sync.Mutex
	longest  map[string]time.Duration
	hurry    bool
	answered map[[2]string]bool
	came     map[string]bool
	answers  map[[2]string]bool // by request and what answered it
}

const (
	unmeasured = 5 * time.Second
	shortest   = 4 * time.Second
	hurried    = time.Second // both, in a hurry
	longest    = 15 * time.Second
	margin     = 20 // times the longest that was measured
)

// note records how long a reply took.
func (c *Clock) note(request string, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.longest == nil {
		c.longest = map[string]time.Duration{}
	}
	c.longest[request] = max(c.longest[request], took)
}

// answer records that a request was answered in a state.
func (c *Clock) answer(request, state string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered == nil {
		c.answered = map[[2]string]bool{}
	}
	c.answered[[2]string{request, state}] = true
}

// Answered reports whether a request was ever answered in a state, rightly or not.
func (c *Clock) Answered(request, state string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answered[[2]string{request, state}]
}

// answeredBy records what a request was answered with.
func (c *Clock) answeredBy(request, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answers == nil {
		c.answers = map[[2]string]bool{}
	}
	c.answers[[2]string{request, what}] = true
}

// Answers returns what a request was ever answered with, as Script.Expects names it, in no order.
func (c *Clock) Answers(request string) (list []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for a := range c.answers {
		if a[0] == request {
			list = append(list, a[1])
		}
	}
	return list
}

// come records that a message came, or an error of it: then what is the message, a blank and the error.
func (c *Clock) come(what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.came == nil {
		c.came = map[string]bool{}
	}
	c.came[what] = true
}

// Came reports whether a message or an error ever came, as Script.Expects names them.
func (c *Clock) Came(what string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.came[what]
}

// For returns how long to wait for the reply to a request, or for a push.
func (c *Clock) For(request string) time.Duration {
	c.mu.Lock()
	took, measured := c.longest[request]
	hurry := c.hurry
	c.mu.Unlock()
	d, least := unmeasured, shortest
	if hurry {
		d, least = hurried, hurried
	}
	if measured {
		d = min(max(least, margin*took), longest)
	}
	return c.scale(d)
}

// Hurry makes deadlines shorter, as far as what was measured allows: a server has shown that it leaves requests without an answer, and
// time is not to be wasted on every case that sees it.
func (c *Clock) Hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.hurry = true
}

func (c *Clock) scale(d time.Duration) time.Duration {
	if c.Patience > 0 {
		return time.Duration(float64(d) * c.Patience)
	}
	return d
}
