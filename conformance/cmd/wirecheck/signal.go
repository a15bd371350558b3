package main

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"
)

// sameWish is how long after the first signal a second one wishes nothing more: timeout(1) signals its child, and at once the group that
// the child belongs to.
const sameWish = time.Second

// obey follows the signals that end a program. The first one calls the run off, which then tells what it knows and writes its reports. A
// second one that comes later than sameWish, or a third, ends the program at once.
func obey(signals <-chan os.Signal, off context.CancelCauseFunc, end func(os.Signal)) {
	s := <-signals
	off(fmt.Errorf("%v signal received", s))
	first := time.Now()
	if s = <-signals; time.Since(first) < sameWish {
		s = <-signals
	}
	end(s)
}

// byShell is the exit status that shells give a program which a signal has ended.
func byShell(s os.Signal) int {
	n, _ := s.(syscall.Signal)
	return 128 + int(n)
}
