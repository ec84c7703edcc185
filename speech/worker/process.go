package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"trunkline/speech"
)

// process is one child. The stream it is lent to writes to it; its own two
// goroutines read its output and wait for its end. They end when it does.
type process struct {
	cfg    *Config
	cmd    *exec.Cmd
	stdin  *os.File
	stdout *os.File
	stderr tail
	ready  chan struct{} // closed when the child said it is loaded
	heard  chan struct{} // closed when its output has ended
	done   chan struct{} // closed when it is reaped

	mu      sync.Mutex
	sink    *stream // who is told of the current utterance's lines
	id      uint64  // the current utterance
	settled bool    // the child acknowledged the cancelling of id
	wake    chan struct{}
	fault   error // why the child is of no more use; nil while it is
	key     string
}

// spawn starts a child and returns without waiting for it to load.
func spawn(cfg *Config) (*process, error) {
	childIn, stdin, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", cfg.Name, err)
	}
	stdout, childOut, err := os.Pipe()
	if err != nil {
		closeAll(childIn, stdin)
		return nil, fmt.Errorf("start %s: %w", cfg.Name, err)
	}
	p := &process{
		cfg: cfg, stdin: stdin, stdout: stdout, wake: make(chan struct{}, 1),
		ready: make(chan struct{}), heard: make(chan struct{}), done: make(chan struct{}),
	}
	p.cmd = exec.Command(cfg.Command[0], cfg.Command[1:]...)
	p.cmd.Stdin, p.cmd.Stdout, p.cmd.Stderr = childIn, childOut, &p.stderr
	p.cmd.Env = append(os.Environ(), cfg.Env...)
	p.cmd.SysProcAttr = attributes()
	p.cmd.WaitDelay = time.Second // a grandchild may hold standard error open
	started := make(chan error)
	go p.live(started)
	err = <-started
	closeAll(childIn, childOut)
	if err != nil {
		closeAll(stdin, stdout)
		return nil, fmt.Errorf("start %s: %w", cfg.Name, err)
	}
	go p.listen()
	return p, nil
}

func closeAll(files ...*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// live is the child's parent thread (see attributes): it forks, waits, reaps.
func (p *process) live(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	Yield(p.cmd.Process.Pid)
	err = p.cmd.Wait()
	p.stdout.SetReadDeadline(time.Now().Add(100 * time.Millisecond)) // as for WaitDelay
	<-p.heard
	p.fail(p.died(err))
	closeAll(p.stdin, p.stdout)
	close(p.done)
}

// died words the end of a child nobody asked to end.
func (p *process) died(err error) error {
	how := "exited"
	if err != nil {
		how = err.Error()
	}
	if said := p.stderr.String(); said != "" {
		how += ": " + said
	}
	return errors.New("worker died: " + how)
}

// listen reads the child's output until it ends.
func (p *process) listen() {
	defer close(p.heard)
	lines := bufio.NewScanner(p.stdout)
	lines.Buffer(make([]byte, 0, 4096), 64<<10)
	for lines.Scan() {
		l, err := parseLine(lines.Bytes())
		if err != nil {
			p.kill(err)
			return
		}
		p.hear(l)
	}
	if err := lines.Err(); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		p.kill(fmt.Errorf("read worker output: %w", err))
	}
}

func (p *process) hear(l Line) {
	if l.ID == 0 && l.Error != "" {
		p.kill(errors.New("worker failed: " + l.Error))
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.Ready != "" && !isClosed(p.ready) {
		close(p.ready)
		return
	}
	if l.ID == 0 || l.ID != p.id {
		return // of an utterance long given up
	}
	if l.Cancelled {
		p.settled = true
		nudge(p.wake)
	}
	if p.sink != nil {
		p.sink.hear(l)
	}
}

// fail notes the first reason why the child is of no more use.
func (p *process) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault == nil {
		p.fault = err
	}
}

func (p *process) err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

// kill ends the child at once; err becomes the reason that others are told.
func (p *process) kill(err error) {
	p.fail(err)
	p.cmd.Process.Kill() // an error means that it has ended already
}

// stop asks the child to exit by closing its input, kills it when it does not
// within patience, and returns when it is reaped.
func (p *process) stop(patience time.Duration) {
	p.fail(errStopped)
	p.stdin.Close()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-p.done:
	case <-t.C:
		p.kill(errStopped)
		<-p.done
	}
}

var errStopped = fmt.Errorf("worker stopped: %w", speech.ErrClosed)

// attach lends the child to s for one utterance and returns its number.
func (p *process) attach(s *stream) uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id++
	p.sink, p.settled = s, false
	return p.id
}

func (p *process) detach() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sink = nil
}

// send writes whole frames. A child that does not take them in time, or is
// left with part of a frame, cannot be used again and is killed.
func (p *process) send(frames []byte) error {
	if len(frames) == 0 {
		return nil
	}
	p.stdin.SetWriteDeadline(time.Now().Add(p.cfg.WriteTimeout))
	_, err := p.stdin.Write(frames)
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = fmt.Errorf("worker hung: took no audio for %v", p.cfg.WriteTimeout)
		p.kill(err)
		return err
	}
	p.cmd.Process.Kill() // not kill: how it ended says more than "broken pipe"
	<-p.done
	return p.err()
}

// settle makes the child forget its utterance, and kills it when it does not
// confirm: a hung child must not be lent to the next caller.
func (p *process) settle() {
	p.detach()
	if p.err() != nil || p.send(AppendFrame(nil, KindCancel, nil)) != nil {
		return
	}
	t := time.NewTimer(p.cfg.FinishTimeout)
	defer t.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-t.C:
			p.kill(fmt.Errorf("worker hung: no answer to cancel for %v", p.cfg.FinishTimeout))
			return
		case <-p.wake:
			p.mu.Lock()
			ok := p.settled
			p.mu.Unlock()
			if ok {
				return
			}
		}
	}
}

// await returns when the child is loaded, or with the reason why it is not.
func (p *process) await(ctx context.Context) error {
	t := time.NewTimer(p.cfg.LoadTimeout)
	defer t.Stop()
	select {
	case <-p.ready:
		return nil
	case <-p.done:
		return p.err()
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		err := fmt.Errorf("worker hung: not loaded after %v", p.cfg.LoadTimeout)
		p.kill(err)
		return err
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// nudge wakes who waits on c, or lets him find out by himself: c holds one.
func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
