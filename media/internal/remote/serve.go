package remote

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/media/internal/shard"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
)

// inherited is the descriptor on which the process that started us says hello.
const inherited = shm.Socket(3)

// host is a media process.
type host struct {
	build    string
	settings Settings
	begun    time.Time
	status   Status
	rested   int // how often in a row nothing played when tidy looked

	file    int // of memory
	memory  shm.Memory
	threads []*thread
	done    chan struct{} // closed when all threads have ended
	running sync.WaitGroup

	control  shm.Socket // to the control plane; -1: orphaned
	listener shm.Socket // -1: nobody may attach
	term     chan os.Signal
}

// thread is one media thread with our copies of what its control plane gets.
type thread struct {
	shard *shard.Shard
	door  *shard.Door // for us, while there is no control plane

	wake, bell, socket int
}

// Serve is the whole life of a media process: it runs media threads for the
// process that started it and for those that come after it, and returns when
// the threads have ended. The process must do nothing else.
//
// It has as few goroutines as it can, and none that the runtime's network
// poller would have to wake: threads that all have real-time priority must not
// wait for one another.
func Serve() error {
	syscall.CloseOnExec(int(inherited))
	h := &host{begun: time.Now(), control: inherited, listener: -1, done: make(chan struct{}), term: make(chan os.Signal, 1)}
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP, syscall.SIGPIPE) // the control plane decides
	signal.Notify(h.term, syscall.SIGTERM)
	if err := h.start(); err != nil {
		send(h.control, (&welcome{verdict: unable, why: err.Error()}).fields)
		return fmt.Errorf("serve media: %w", err)
	}
	if err := h.give(); err != nil {
		return fmt.Errorf("serve media: %w", err)
	}
	return h.watch()
}

// start hears the settings and starts the threads.
func (h *host) start() (err error) {
	if h.build, err = Build(); err != nil {
		return err
	}
	h.control.SetTimeout(patience)
	var first hello
	files, err := receive(h.control, first.fields)
	if err != nil {
		return err
	}
	shm.CloseAll(files)
	h.control.SetTimeout(0)
	if h.settings = first.settings; h.settings.Shards < 1 {
		return fmt.Errorf("%d media threads", h.settings.Shards)
	}
	if h.file, h.memory, err = shm.Create("trunkline-rings", memoryLen(h.settings.Shards)); err != nil {
		return err
	}
	if h.settings.Path != "" {
		if h.listener, err = shm.Listen(h.settings.Path); err != nil {
			return err
		}
	}
	source, yard := clock.NewSource(), shard.NewYard(h.settings.Shards)
	for i := range h.settings.Shards {
		if err := h.thread(i, source, yard); err != nil {
			return err
		}
	}
	h.behave()
	for _, t := range h.threads {
		h.running.Go(func() {
			runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
			t.shard.Run()
		})
	}
	go func() { // ends with the threads
		h.running.Wait()
		close(h.done)
	}()
	return nil
}

// thread makes thread i.
func (h *host) thread(i int, source clock.Source, yard *shard.Yard) error {
	t := &thread{}
	m, err := pane(h.memory, i)
	if err != nil {
		return err
	}
	if t.wake, err = netio.NewEvent(); err != nil {
		return err
	}
	if t.bell, err = netio.NewEvent(); err != nil {
		return err
	}
	ours, theirs, err := shm.Pair()
	if err != nil {
		return err
	}
	t.socket = int(theirs) // kept, so that what a control plane sent outlives it
	packets, tier, err := netio.Open(h.settings.Tier)
	if err != nil {
		return err
	}
	h.status.Tier = tier.String()
	pacer, err := netio.MetronomeOn(source, t.wake)
	if err != nil {
		return err
	}
	if h.settings.Shards < h.processors() {
		pacer.Keep()
	}
	taker := NewTaker(ours)
	t.shard = shard.New(shard.World{
		Packets: packets, Pacer: pacer, Bell: netio.NewRope(t.bell), Memory: m,
		Bag: taker, Store: taker, Turn: &netio.Turn{}, Yard: yard, Index: i,
	})
	t.door = shard.NewDoor(m, pacer.Wake, nil, nil)
	h.threads = append(h.threads, t)
	return nil
}

// processors is how many the process uses: one for each thread and one for what
// little else there is, but never more than there are.
func (h *host) processors() int { return min(h.settings.Shards+1, runtime.NumCPU()) }

// behave makes the process what sound needs: no garbage collector until memory
// runs low, no more threads than processors, first in every queue.
func (h *host) behave() {
	const defaultMemory = 1 << 30
	spacious()
	debug.SetGCPercent(-1)
	limit := h.settings.Memory
	if limit <= 0 {
		limit = defaultMemory
	}
	debug.SetMemoryLimit(limit)
	runtime.GOMAXPROCS(h.processors())
	netio.MoreFiles(1 << 20)
	h.status.PID, h.status.Shards, h.status.Scheduled = os.Getpid(), h.settings.Shards, "normal"
	if h.settings.Normal {
		return
	}
	h.status.Locked = netio.LockMemory()
	switch {
	case netio.Realtime():
		h.status.Scheduled = "real-time"
	case netio.Nice():
		h.status.Scheduled = "nice"
	}
}

// give hands everything to the control plane that has said hello.
func (h *host) give() error {
	h.status.Age = time.Since(h.begun)
	w := welcome{verdict: granted, build: h.build, status: h.status}
	err := send(h.control, w.fields, h.file)
	for i, t := range h.threads {
		t.door.Alone(0)
		if err == nil {
			err = send(h.control, func(x *wire.Coder) { wire.Num(x, &i) }, t.wake, t.bell, t.socket)
		}
	}
	return err
}

// watch waits for the end of the control plane, for its successor and for the
// end of the threads.
func (h *host) watch() error {
	const often = 250 * time.Millisecond
	orphaned := time.Now()
	tidied := time.Now()
	for {
		select {
		case <-h.done:
			return nil
		default:
		}
		switch which := shm.Readable(often, h.control, h.listener); {
		case which == 0 && h.gone():
			h.lose()
			orphaned = time.Now()
		case which == 1:
			if c, ok := h.listener.Accept(); ok && !h.meet(c) {
				return h.finish()
			}
		}
		if h.control < 0 && (time.Since(orphaned) >= h.settings.Orphan || h.asked()) {
			return h.finish()
		}
		tidied = h.tidy(tidied)
	}
}

// gone reads what the control plane says, which is nothing, and reports whether
// it has hung up.
func (h *host) gone() bool {
	var buf [64]byte
	n, files, err := h.control.Receive(buf[:])
	shm.CloseAll(files)
	return n == 0 || err != nil
}

// asked reports whether somebody wants the process to end. As long as there is a
// control plane, that is the one to ask.
func (h *host) asked() bool {
	select {
	case <-h.term:
		return true
	default:
		return false
	}
}

// meet hears a control plane that has connected; false when the process is to end.
func (h *host) meet(c shm.Socket) bool {
	c.SetTimeout(patience / 5)
	var first hello
	var files []int
	var err error
	if c.OfOurUser() {
		files, err = receive(c, first.fields)
		shm.CloseAll(files)
	}
	answer := welcome{verdict: taken}
	switch {
	case first.build == "" || err != nil:
		c.Close()
		return true
	case h.control >= 0 && !h.hungUp():
	case first.build != h.build:
		answer.verdict = foreign
	default:
		c.SetTimeout(0)
		h.control = c
		if h.give() != nil {
			c.Hangup() // watch sees it
		}
		return true
	}
	if answer.verdict == foreign {
		h.hide() // before it hears of it and starts a process that wants the path
	}
	send(c, answer.fields)
	c.Close()
	return answer.verdict != foreign
}

// hungUp reports whether the control plane we know of has gone this moment.
func (h *host) hungUp() bool {
	if shm.Readable(0, h.control) != 0 || !h.gone() {
		return false
	}
	h.lose()
	return true
}

// lose notes that there is no control plane any more.
func (h *host) lose() {
	h.control.Close()
	h.control = -1
	for _, t := range h.threads {
		t.door.Alone(1)
	}
}

// hide lets nobody attach any more.
func (h *host) hide() {
	if h.listener >= 0 {
		os.Remove(h.settings.Path)
		h.listener.Close()
		h.listener = -1
	}
}

// finish ends all sessions and the process, which nobody conducts any more. What
// does not end in time is left to the system.
func (h *host) finish() error {
	h.hide()
	deadline := time.After(2 * time.Second)
	asked := 0
	for {
		for asked < len(h.threads) && h.threads[asked].door.QuitFor(msg.Orphaned) {
			asked++
		}
		select {
		case <-h.done:
			return nil
		case <-deadline:
			return fmt.Errorf("serve media: the threads do not end")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// tidy collects garbage when it hurts nobody: while nothing plays. When that has
// been so for a while, what calls have taken goes back to the system. It returns
// when it looked last.
func (h *host) tidy(last time.Time) time.Time {
	const seldom, much, little, awhile = 5 * time.Second, 64 << 20, 4 << 20, 3
	if time.Since(last) < seldom {
		return last
	}
	if !h.idle() {
		h.rested = 0
		return time.Now()
	}
	var m runtime.MemStats // even asking stops the world
	switch runtime.ReadMemStats(&m); {
	case m.HeapAlloc > much:
		runtime.GC()
	case h.rested == awhile && m.HeapAlloc > little:
		debug.FreeOSMemory()
	}
	h.rested++
	return time.Now()
}

// idle reports whether every thread sleeps.
func (h *host) idle() bool {
	for _, t := range h.threads {
		if !t.door.Asleep() {
			return false
		}
	}
	return true
}

// spacious lets the heap begin in huge pages, where the system gives them: each
// packet touches memory of another session, and for thousands of sessions the
// processor cannot remember where all their small pages are.
func spacious() {
	b := make([]byte, 64<<20) // never touched; the heap grows into it
	netio.HugePages(b)
	runtime.KeepAlive(b)
	runtime.GC()
}
