// Package hold keeps who holds which account's session, for stores whose
// sessions live in one process.
package hold

import "github.com/wirelaw/wirelaw/server/store"

// A Hold is the part of a session that says whether it still stands. End is
// called under the lock of the store that owns it; the rest needs no lock.
type Hold struct {
	woken chan struct{}
	lost  chan struct{}
	cause error // written before lost is closed, read after
}

// Woken is store.Session's.
func (h *Hold) Woken() <-chan struct{} { return h.woken }

// Lost is store.Session's.
func (h *Hold) Lost() <-chan struct{} { return h.lost }

// Ended reports whether the session has ended.
func (h *Hold) Ended() bool {
	select {
	case <-h.lost:
		return true
	default:
		return false
	}
}

// Cause is store.Session's.
func (h *Hold) Cause() error {
	if !h.Ended() {
		return nil
	}
	return h.cause
}

// Wake leaves a signal, unless there is one already.
func (h *Hold) Wake() {
	select {
	case h.woken <- struct{}{}:
	default:
	}
}

// A Table has the hold that stands for each account whose session is held. The
// lock of the store that owns it guards it.
type Table map[store.Incarnation]*Hold

// Take makes a hold for account. One that stands is ended as replaced.
func (t Table) Take(account store.Incarnation) *Hold {
	t.End(account, store.ErrReplaced)
	h := &Hold{woken: make(chan struct{}, 1), lost: make(chan struct{})}
	t[account] = h
	return h
}

// End ends the hold that stands for account, if there is one.
func (t Table) End(account store.Incarnation, cause error) {
	h := t[account]
	if h == nil {
		return
	}
	delete(t, account)
	h.cause = cause
	close(h.lost)
}

// EndAll ends every hold.
func (t Table) EndAll(cause error) {
	for account := range t {
		t.End(account, cause)
	}
}

// Wake wakes whoever holds account.
func (t Table) Wake(account store.Incarnation) {
	if h := t[account]; h != nil {
		h.Wake()
	}
}
