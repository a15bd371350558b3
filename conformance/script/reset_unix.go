//go:build !windows

package script

import (
	"errors"
	"syscall"
)

// isReset reports whether the other side has reset the connection.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// isTorn reports whether the other side has reset the connection without having ended its stream before.
func isTorn(err error) bool { return errors.Is(err, syscall.ECONNRESET) }
