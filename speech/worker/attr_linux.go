package worker

import "syscall"

// attributes keep a child from outliving its parent, and out of the terminal's
// process group: Ctrl-C must drain the server, not first kill its recognisers.
// The kernel sends Pdeathsig when the *thread* that forked ends, so the forking
// goroutine stays locked to its thread for as long as the child lives.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
