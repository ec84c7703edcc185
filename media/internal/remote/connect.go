package remote

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"time"

	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/media/internal/shard"
	"trunkline/media/internal/wire"
)

// Link is a control plane's hold on a media process.
type Link struct {
	Status  Status
	Threads []Thread
	Arena   *Arena
	Clips   *Clips
	Feeds   *Feeds

	socket  shm.Socket
	memory  shm.Memory
	lent    lent
	process *os.Process
	child   bool // we started it
}

// Thread is what a control plane has of one media thread.
type Thread struct {
	Door   *shard.Door
	Bell   netio.Bell
	Sender *Sender
	rope   *netio.Rope
}

// Starter says how to start a media process: the program, which runs Serve on
// descriptor 3.
type Starter struct {
	Args []string // with the program's path first
	Env  []string
}

// patience is how long the handshake may take.
const patience = 5 * time.Second

// Spawn starts a media process and connects to it.
func Spawn(with Starter, s Settings) (*Link, error) {
	ours, theirs, err := shm.Pair()
	if err != nil {
		return nil, fmt.Errorf("start media process: %w", err)
	}
	child, err := with.start(theirs)
	if err != nil {
		ours.Close()
		return nil, fmt.Errorf("start media process: %w", err)
	}
	l := &Link{socket: ours, process: child, child: true}
	if err := l.shake(s); err != nil {
		child.Kill()
		child.Wait()
		return nil, fmt.Errorf("start media process: %w", err)
	}
	return l, nil
}

// start starts the program with its end of the connection, which is closed here.
func (with Starter) start(theirs shm.Socket) (*os.Process, error) {
	file := os.NewFile(uintptr(theirs), "control plane")
	defer file.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return nil, err
	}
	defer null.Close()
	args := slices.Clone(with.Args)
	args[0] = filepath.Base(os.Args[0]) // for those who list processes
	return os.StartProcess(with.Args[0], args, &os.ProcAttr{
		Env:   with.Env,
		Files: []*os.File{null, os.Stderr, os.Stderr, file},
		Sys:   &syscall.SysProcAttr{Setpgid: true}, // a Ctrl-C for us is not for it
	})
}

// Attach connects to the media process that listens at path, whose control
// plane has died. The error is fs.ErrNotExist or syscall.ECONNREFUSED when there
// is none, ErrTaken or ErrForeign when it will not have us.
func Attach(path string) (*Link, error) {
	s, err := shm.Dial(path)
	if err != nil {
		return nil, fmt.Errorf("attach to media process: %w", err)
	}
	if !s.OfOurUser() {
		s.Close()
		return nil, errors.New("attach to media process: it is another user's")
	}
	l := &Link{socket: s}
	if err := l.shake(Settings{}); err != nil {
		return nil, fmt.Errorf("attach to media process: %w", err)
	}
	l.process, _ = os.FindProcess(l.Status.PID) // never fails; one that has gone cannot be killed
	return l, nil
}

// shake says hello and takes in what comes back. When it fails everything is
// given back.
func (l *Link) shake(s Settings) (err error) {
	defer func() {
		if err != nil {
			l.Close()
		}
	}()
	l.socket.SetTimeout(patience)
	h := hello{settings: s}
	if h.build, err = Build(); err != nil {
		return err
	}
	if err := send(l.socket, h.fields); err != nil {
		return err
	}
	var w welcome
	files, err := receive(l.socket, w.fields)
	if err != nil {
		return err
	}
	defer shm.CloseAll(files)
	switch {
	case w.verdict == taken:
		return ErrTaken
	case w.verdict == foreign || w.verdict == granted && w.build != h.build:
		return ErrForeign
	case w.verdict != granted:
		return errors.New(w.why)
	case len(files) != 1 || w.status.Shards < 1:
		return errors.New("the other side talks nonsense")
	}
	l.Status = w.status
	if l.memory, err = shm.Map(files[0]); err != nil {
		return err
	}
	if l.Arena, err = NewArena(arenaLen); err != nil {
		return err
	}
	l.lent = newLent()
	l.Feeds = NewFeeds(l.Arena)
	l.Clips = NewClips(l.Arena, w.status.Shards)
	for i := range w.status.Shards {
		if err := l.thread(i); err != nil {
			return err
		}
	}
	l.socket.SetTimeout(0)
	return nil
}

// thread takes in what belongs to thread i.
func (l *Link) thread(i int) error {
	files, err := receive(l.socket, func(x *wire.Coder) { wire.Num(x, &i) })
	if err != nil {
		return err
	}
	if len(files) != 3 {
		shm.CloseAll(files)
		return errors.New("the other side talks nonsense")
	}
	t := Thread{
		rope: netio.NewRope(files[0]), Bell: netio.BellOn(files[1]),
		Sender: newSender(shm.Socket(files[2]), l.Arena, l.Clips, l.Feeds, l.lent),
	}
	m, err := pane(l.memory, i)
	if err != nil {
		return err
	}
	t.Door = shard.NewDoor(m, t.rope.Ring, t.Bell, t.Sender)
	l.Threads = append(l.Threads, t)
	return nil
}

// LastSession is the name of the session that was opened last, by whichever
// control plane.
func (l *Link) LastSession() *atomic.Uint64 { return l.memory.Word(wordLastSession) }

// RSS returns how many bytes of memory the process holds, shared ones included;
// 0 when it cannot be known.
func (l *Link) RSS() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", l.Status.PID))
	if err != nil {
		return 0
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}

// Wait returns when the media process has gone, for whatever reason.
func (l *Link) Wait() {
	var buf [64]byte
	for {
		n, files, err := l.socket.Receive(buf[:])
		shm.CloseAll(files)
		if n == 0 || err != nil {
			break
		}
	}
	if l.child {
		l.process.Wait() // it has closed its socket: it is gone, or about to be
	} else {
		l.process.Release()
	}
}

// Kill ends the media process at once.
func (l *Link) Kill() {
	l.process.Kill() // an error says that it has gone
	l.socket.Hangup()
}

// Close gives back all descriptors but the bells. The media process is orphaned
// by that, if it still runs.
func (l *Link) Close() error {
	errs := []error{l.socket.Close()}
	if l.Arena != nil {
		errs = append(errs, l.Arena.Close())
	}
	for _, t := range l.Threads {
		errs = append(errs, t.rope.Close(), t.Sender.Close())
	}
	return errors.Join(errs...)
}
