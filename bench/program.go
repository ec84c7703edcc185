package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"trunkline/bench/process"
)

// Processors: the generator has one, what is measured the other. A control plane
// whose media process is measured shares the generator's, behind it: on the other
// one a media process with too much to do would leave it no time to say so.
const (
	generatorCPU = 0
	measuredCPU  = 1
	controlCPU   = 2
	productCPU   = 3 // the measured one, without priority: the product asks for its own
	anyCPU       = -1
	aheadCPU     = -2 // any, ahead of those that are not real-time
)

// placed puts a command line on a processor, ahead of everybody who is not
// real-time, as far as that is permitted.
func (r rights) placed(cpu int, args []string) []string {
	priority := "20"
	if cpu == controlCPU {
		cpu, priority = generatorCPU, "10"
	}
	if cpu == anyCPU {
		return args
	}
	if cpu == productCPU {
		cpu, priority = measuredCPU, ""
	}
	if r.Pinned && cpu != aheadCPU {
		args = append([]string{"taskset", "-c", strconv.Itoa(cpu)}, args...)
	}
	if r.Realtime && priority != "" {
		args = append([]string{"chrt", "-f", priority}, args...)
	}
	return args
}

// program is something that we started.
type program struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	lines  *bufio.Scanner
	cancel context.CancelFunc
	pids   []int // whose processor time and memory count
	deaf   bool  // it does not notice the end of its input
}

// start starts a program on a processor, ahead of all others where that is
// permitted. It is killed after patience.
func (b *bench) start(cpu int, patience time.Duration, args ...string) (*program, error) {
	args = b.rights.placed(cpu, args)
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stderr = b.log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, errIn := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	cmd.Cancel = func() error { // a child that lives on would keep the output open
		process.KillFamily(cmd.Process.Pid)
		return out.Close()
	}
	if err := errors.Join(errIn, errOut, cmd.Start()); err != nil {
		cancel()
		return nil, fmt.Errorf("start %s: %w", strings.Join(args, " "), err)
	}
	p := &program{cmd: cmd, in: in, lines: bufio.NewScanner(out), cancel: cancel, pids: []int{cmd.Process.Pid}}
	p.lines.Buffer(nil, 1<<20)
	return p, nil
}

// until reads lines until one that begins with word, and returns its rest; the
// lines before it go to each.
func (p *program) until(word string, each func(line string)) (string, error) {
	for p.lines.Scan() {
		line := p.lines.Text()
		if rest, ok := strings.CutPrefix(line, word); ok {
			return strings.TrimSpace(rest), nil
		}
		each(line)
	}
	return "", fmt.Errorf("%s ended before %q", filepath.Base(p.cmd.Path), word)
}

// end lets the program end by itself, or kills it.
func (p *program) end() {
	p.in.Close()
	if p.deaf {
		p.cmd.Process.Signal(syscall.SIGTERM)
	}
	gone := make(chan struct{})
	go func() {
		p.cmd.Wait()
		close(gone)
	}()
	select {
	case <-gone:
	case <-time.After(time.Second):
		p.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-gone:
		case <-time.After(3 * time.Second):
			process.KillFamily(p.cmd.Process.Pid)
			<-gone
		}
	}
	p.cancel()
}

// used returns the processor time the program has used, of all its threads.
func (p *program) used() time.Duration {
	var sum time.Duration
	for _, pid := range p.pids {
		sum += process.Used(pid)
	}
	return sum
}

// resident returns the memory the program has, bytes.
func (p *program) resident() (sum int64) {
	for _, pid := range p.pids {
		sum += process.Resident(pid)
	}
	return sum
}
