package script

import (
	"errors"
	"syscall"
)

// isReset reports whether the other side has reset the connection.
func isReset(err error) bool {
	const aborted, reset = syscall.Errno(10053), syscall.Errno(10054)
	return errors.Is(err, aborted) || errors.Is(err, reset)
}

// isTorn reports whether the other side has reset the connection. Here that cannot be told from an end of its stream before that.
func isTorn(error) bool { return false }
