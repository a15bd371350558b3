package target

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// start starts a command that the system kills when this program has ended, in whatever way; what the command has started itself is not
// killed then. Linux binds that to the thread that has started the command (golang.org/issue/27505): a single one starts them all, and
// never ends.
func start(cmd *exec.Cmd) error {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	done := make(chan error)
	starter() <- func() { done <- cmd.Start() }
	return <-done
}

var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range work {
			f()
		}
	}()
	return work
})
