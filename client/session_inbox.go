package client

import (
	"context"
)

// Next returns the next delivery that was not returned before. It waits through lost connections and while nobody is logged in, until
// there is one, ctx ends, or the session does.
func (s *Session) Next(ctx context.Context) (*Delivery, error) {
	var at *seat
	for {
		last := at
		err := s.await(ctx, func() bool {
			at = s.seat
			return at != nil && at != last
		})
		if err != nil {
			return nil, err
		}
		for {
			d, err := at.client.Next(ctx)
			if ctx.Err() != nil && err != nil {
				return nil, err
			}
			if err != nil {
				break // the login has ended: wait for the next one
			}
			if s.fresh(at, d) {
				return d, nil
			}
		}
	}
}

// TryNext returns a delivery that has come already and was not returned before, or nil.
func (s *Session) TryNext() *Delivery {
	s.mu.Lock()
	at := s.seat
	s.mu.Unlock()
	if at == nil {
		return nil
	}
	for {
		d := at.client.TryNext()
		if d == nil || s.fresh(at, d) {
			return d
		}
	}
}

// fresh reports whether a delivery is new. A repeat of what the user has acknowledged is acknowledged again.
func (s *Session) fresh(at *seat, d *Delivery) bool {
	s.mu.Lock()
	first, done := s.dedup.First(d.Epoch, d.Sequence), d.Sequence <= s.taken
	s.mu.Unlock()
	if !first && done {
		at.client.Ack(d.Sequence) // if the connection is lost, it comes again
	}
	return first
}

// Ack says that the program has taken over a delivery and all before it: they will not come again. It may be called at any time; what
// cannot be told to the server now is told when the server repeats the delivery.
func (s *Session) Ack(d *Delivery) {
	s.mu.Lock()
	at, ok := s.seat, s.member != nil && s.member.Epoch == d.Epoch
	if ok {
		s.taken = max(s.taken, d.Sequence)
	}
	s.mu.Unlock()
	if ok && at != nil {
		at.client.Ack(d.Sequence)
	}
}
