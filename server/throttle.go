package server

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	throttleBurst  = 20              // wrong passwords that are free
	throttleEvery  = 3 * time.Second // after that, one in this time
	throttleForget = 4096            // addresses that are remembered before old ones are dropped
)

// A throttle counts wrong passwords by address. Loopback is spared: whoever is
// there is on this machine already.
type throttle struct {
	now func() time.Time

	mu sync.Mutex // guards all below

	// When all failures of an address are forgotten: one adds throttleEvery.
	full map[netip.Prefix]time.Time
}

func newThrottle(now func() time.Time) *throttle {
	return &throttle{now: now, full: map[netip.Prefix]time.Time{}}
}

// allow reports whether a password from addr may be checked.
func (t *throttle) allow(addr net.Addr) bool {
	p, ok := throttled(addr)
	if !ok {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.full[p].Sub(t.now()) <= (throttleBurst-1)*throttleEvery
}

// add counts a wrong password from addr.
func (t *throttle) add(addr net.Addr) {
	p, ok := throttled(addr)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	full := t.full[p]
	if full.Before(now) {
		full = now
	}
	t.full[p] = full.Add(throttleEvery)
	if len(t.full) > throttleForget {
		for p, full := range t.full {
			if full.Before(now) {
				delete(t.full, p)
			}
		}
	}
}

// throttled returns what addr is counted under: itself, or its network of 64
// bits, which one host can fill.
func throttled(addr net.Addr) (netip.Prefix, bool) {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	ip := tcp.AddrPort().Addr().Unmap()
	if !ip.IsValid() || ip.IsLoopback() {
		return netip.Prefix{}, false
	}
	bits := 32
	if ip.Is6() {
		bits = 64
	}
	p, err := ip.WithZone("").Prefix(bits)
	return p, err == nil
}
