package store

// A Pending is an append on its way to the disk. Stores make and resolve it;
// callers wait for Done and then ask for the Result.
type Pending struct {
	done    chan struct{}
	receipt Receipt
	err     error
}

// NewPending returns a Pending that is not done.
func NewPending() *Pending { return &Pending{done: make(chan struct{})} }

// Resolved returns a Pending that is done with this result.
func Resolved(r Receipt, err error) *Pending {
	return &Pending{done: alreadyDone, receipt: r, err: err}
}

var alreadyDone = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Resolve sets the result and closes Done. A store calls it exactly once, and
// only on what NewPending returned.
func (p *Pending) Resolve(r Receipt, err error) {
	p.receipt, p.err = r, err
	close(p.done)
}

// Done is closed when the message is durable and can be read, or was refused.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Result waits for Done and returns the receipt, or why there is none:
// ErrKeyConflict, ErrNoSuchUser, ErrInboxFull, ErrClosed, ErrFailed or the error
// of the context that was given to Append.
func (p *Pending) Result() (Receipt, error) {
	<-p.done
	return p.receipt, p.err
}
