//go:build !windows

package main

import "syscall"

const stopSignal = syscall.SIGTERM
