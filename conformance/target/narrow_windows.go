package target

import "syscall"

// narrow makes a socket, before it connects, one that takes in little while nobody reads.
func narrow(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { // what the system refuses stays as it is
		_ = syscall.SetsockoptInt(syscall.Handle(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10)
	})
}
