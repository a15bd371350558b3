//go:build !windows

package target

import "syscall"

// narrow makes a socket, before it connects, one that takes in little while nobody reads. Small segments keep the other side's buffer
// small, too, as far as systems size it by them.
func narrow(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { // what the system refuses stays as it is
		_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<10)
		_ = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_MAXSEG, 536)
	})
}
