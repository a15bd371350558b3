//go:build !linux

package target

import "os/exec"

// start starts a command. This system has no way to let it end with this program if that is killed.
func start(cmd *exec.Cmd) error { return cmd.Start() }
