package worker

import "syscall"

// attributes keep a child from outliving its parent, and out of the terminal's
// process group: Ctrl-C must drain the server, not first kill its recognisers.
// The kernel sends Pdeathsig when the *thread* that forked ends, so the forking
// goroutine stays locked to its thread for as long as the child lives.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// Yield lets everybody else go before the process pid: on a busy machine the
// sound of calls in progress is more urgent than words. Failing to is no harm.
func Yield(pid int) { _ = syscall.Setpriority(syscall.PRIO_PROCESS, pid, niceness) }

// niceness leaves a recogniser or synthesiser about a tenth of a contended core.
const niceness = 10
