package target

import (
	"errors"
	"os/exec"
	"sync"
)

// living are the process groups that were started here and are not gone.
var living = struct {
	mu     sync.Mutex
	groups map[*running]bool
	over   bool // nothing is started any more
}{groups: map[*running]bool{}}

// KillAll kills all that was started here and lives, and lets nothing be started any more. It is for a program that is about to end
// without closing its targets.
func KillAll() {
	living.mu.Lock()
	defer living.mu.Unlock()
	living.over = true
	for r := range living.groups {
		killGroup(r.cmd)
	}
}

// startGroup starts a command as the leader of a new process group.
func startGroup(cmd *exec.Cmd) (*running, error) {
	living.mu.Lock()
	defer living.mu.Unlock()
	if living.over {
		return nil, errors.New("the run was called off")
	}
	ownGroup(cmd)
	if err := start(cmd); err != nil {
		return nil, err
	}
	r := &running{cmd: cmd, gone: make(chan struct{})}
	living.groups[r] = true
	return r, nil
}

// ended notes how the leader ended, when all of the group has gone.
func (r *running) ended(err error) {
	living.mu.Lock()
	delete(living.groups, r)
	living.mu.Unlock()
	r.err = err
	close(r.gone)
}
