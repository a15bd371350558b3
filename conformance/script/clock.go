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
	answered map[[2]string]bool
}

const (
	unmeasured = 5 * time.Second
	shortest   = 4 * time.Second
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

// For returns how long to wait for the reply to a request, or for a push.
func (c *Clock) For(request string) time.Duration {
	c.mu.Lock()
	took, measured := c.longest[request]
	c.mu.Unlock()
	d := unmeasured
	if measured {
		d = min(max(shortest, margin*took), longest)
	}
	return c.scale(d)
}

func (c *Clock) scale(d time.Duration) time.Duration {
	if c.Patience > 0 {
		return time.Duration(float64(d) * c.Patience)
	}
	return d
}
