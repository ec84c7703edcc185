package media

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"trunkline/internal/netio"
	"trunkline/media/feed"
	"trunkline/media/internal/remote"
	"trunkline/media/internal/shard"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// Process says how the media threads run in a process of their own. The zero
// value of a field means its default.
type Process struct {
	Args   []string      // how to start it: a program that calls Serve; default this one with the argument "media"
	Env    []string      // its environment; default ours
	Path   string        // of the socket through which the next control plane attaches; default none
	Orphan time.Duration // how long sound goes on without a control plane; default a minute
	Memory int64         // bytes of heap before its garbage collector runs; default 1 GiB
	Normal bool          // schedule it like any process, although more may be permitted

	// Crashed is told when the process has died and a new one was started, or
	// could not be, and is tried again. It must not block.
	Crashed func(err error)
	// GivesWay is told when a thread has far too much to do and lets others go
	// first, and when it goes first again; busy is what part of the last second it
	// worked. It must not block.
	GivesWay func(thread int, gives bool, busy float64)
}

// Status is what a media process says of itself.
type Status = remote.Status

// The refusals of Launch.
var (
	// ErrTaken says that another control plane works with the media process at
	// the same path.
	ErrTaken = remote.ErrTaken
)

// Serve is the whole life of a media process; its parent called Launch. It
// returns when there is nothing left to do.
func Serve() error { return remote.Serve() }

// process is an Engine's media process.
type process struct {
	with   Process
	kernel *kernel
	ended  chan struct{} // closed by Engine.Close
	watch  sync.WaitGroup

	// Guarded by Engine.mu.
	link      *remote.Link              // nil while a new one starts
	begun     time.Time                 // the present one
	unnamed   int                       // threads that have not said yet who is there
	named     chan struct{}             // closed when they have
	early     map[msg.Session][]told    // events of sessions that were not named yet
	survivors map[msg.Session]*Survivor // not adopted yet
	retry     map[*lane][]uint64        // clips a thread is still to be told to forget
}

// Launch starts the media threads in a process of their own, or attaches to one
// that lives on after its control plane has died: Survivors says what it plays.
func Launch(cfg Config, with Process) (*Engine, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	if with, err = with.withDefaults(); err != nil {
		return nil, err
	}
	k := new(kernel)
	e := newEngine(cfg, k)
	e.process = &process{with: with, kernel: k, ended: make(chan struct{})}
	link, err := with.connect(cfg)
	if err != nil {
		return nil, fmt.Errorf("start media: %w", err)
	}
	named, gone, _ := e.attach(link)
	select {
	case <-named:
		return e, nil
	case <-gone:
		err = errors.New("start media: the media process died at once")
	case <-time.After(rollPatience):
		err = errors.New("start media: the media process does not answer")
		link.Kill()
	}
	e.Close()
	return nil, err
}

// rollPatience is how long a media process may take to name its sessions.
const rollPatience = 10 * time.Second

func (p Process) withDefaults() (Process, error) {
	if p.Args == nil {
		p.Args = []string{"/proc/self/exe", "media"}
	}
	if p.Env == nil {
		p.Env = os.Environ()
	}
	if p.Orphan == 0 {
		p.Orphan = time.Minute
	}
	if p.Crashed == nil {
		p.Crashed = func(error) {}
	}
	if p.GivesWay == nil {
		p.GivesWay = func(int, bool, float64) {}
	}
	if p.Orphan < 0 || p.Memory < 0 {
		return p, errors.New("start media: negative duration or memory")
	}
	return p, nil
}

// connect attaches to a process that is there, or starts one.
func (p Process) connect(cfg Config) (*remote.Link, error) {
	if p.Path != "" {
		link, err := remote.Attach(p.Path)
		if err == nil || errors.Is(err, remote.ErrTaken) {
			return link, err
		}
	}
	return p.spawn(cfg)
}

func (p Process) spawn(cfg Config) (*remote.Link, error) {
	return remote.Spawn(remote.Starter{Args: p.Args, Env: p.Env}, remote.Settings{
		Shards: cfg.Shards, Orphan: p.Orphan, Path: p.Path, Memory: p.Memory, Normal: p.Normal, Tier: cfg.Tier,
	})
}

// attach works with a media process from now on; false when the Engine was
// closed meanwhile. named is closed when it has said who is there, gone when it
// has died.
func (e *Engine) attach(link *remote.Link) (named, gone <-chan struct{}, ok bool) {
	p, n, g := e.process, make(chan struct{}), make(chan struct{})
	pl := &plane{
		lend:  func(ports netio.Ports) { ports.Close() }, // the sockets are the other process's now
		load:  link.Clips.Load,
		feed:  link.Feeds.New,
		ended: g,
		kill:  link.Kill,
		parts: []io.Closer{link},
	}
	for i, t := range link.Threads {
		pl.lanes = append(pl.lanes, &lane{plane: pl, index: i, door: t.Door, bell: t.Bell, sender: t.Sender})
	}
	e.mu.Lock()
	p.link, p.named, p.unnamed, p.begun = link, n, len(pl.lanes), time.Now()
	p.kernel.opened, _ = netio.ParseTier(link.Status.Tier) // T0 when it is a name we do not know
	p.early, p.survivors, p.retry = map[msg.Session][]told{}, map[msg.Session]*Survivor{}, map[*lane][]uint64{}
	e.nextID = max(e.nextID, msg.Session(link.LastSession().Load()))
	for _, l := range pl.lanes {
		l.door.Post(&shard.Roll{}) // one that is too busy even for that does not answer, and is ended
	}
	e.mu.Unlock()
	if !e.begin(pl) {
		link.Kill()
		link.Wait()
		pl.dismantle()
		return nil, nil, false
	}
	p.watch.Go(func() {
		link.Wait()
		close(g)
		e.crashed(pl)
	})
	p.watch.Go(func() { e.guard(pl) })
	return n, g, true
}

// hangs is how long a thread with sessions may say nothing.
const hangs = 10 * time.Second

// guard ends a media process of which a thread hangs: its calls are silent, and
// what comes after it can at least say so.
func (e *Engine) guard(pl *plane) {
	for {
		select {
		case <-pl.ended:
			return
		case <-time.After(hangs / 10):
		}
		e.mu.Lock()
		for _, l := range pl.lanes {
			if l.silent(time.Now()) > hangs {
				pl.kill()
			}
		}
		e.mu.Unlock()
	}
}

// crashed ends all sessions of a media process that has died, and starts a new
// one, unless the Engine was closed.
func (e *Engine) crashed(pl *plane) {
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		return
	}
	p := e.process
	lived := time.Since(p.begun)
	e.plane, p.link = nil, nil
	e.mu.Unlock()
	pl.dismantle() // hands out what was reported before
	e.bury(pl)
	const breather = 100 * time.Millisecond
	wait := time.Duration(0)
	if lived < time.Second {
		wait = breather
	}
	for ; ; wait = breather {
		select {
		case <-p.ended:
			return
		case <-time.After(wait):
		}
		link, err := p.with.spawn(e.cfg)
		if err == nil {
			e.attach(link)
		}
		p.with.Crashed(err)
		if err == nil {
			return
		}
	}
}

// bury tells everybody that the sound of a media process is no more.
func (e *Engine) bury(pl *plane) {
	e.sinks.Lock()
	defer e.sinks.Unlock()
	e.mu.Lock()
	for _, l := range pl.lanes {
		e.past.Add(l.counters)
	}
	e.past.Sessions, e.past.GivingWay = 0, 0
	legs, used := e.legs, e.things
	e.legs, e.things = map[msg.Session]*leg{}, newThings()
	e.things.last = used.last
	for _, l := range legs {
		e.ports.give(l.local, e.clock.Now())
	}
	e.mu.Unlock()
	for _, t := range used.byNumber {
		switch t := t.(type) { // the other side is dead
		case *tap.Tap:
			t.End()
		case *feed.Feed:
			t.Leave()
		}
		t.Wake()
	}
	for id, l := range legs {
		if l.sink == nil {
			continue
		}
		last := msg.Event{Kind: msg.Closed, Session: id, Reason: msg.Crashed}
		for _, h := range l.held { // a move was under way
			switch {
			case h.moved:
			case h.event.Kind == msg.Closed:
				last = h.event
			default:
				l.sink(h.event)
			}
		}
		l.sink(last)
	}
}

// close ends what serves the media process, which was told to end. Sessions that
// died with it before they could be ended are told of.
func (p *process) close(e *Engine) {
	close(p.ended)
	p.watch.Wait()
	e.bury(&plane{})
}

// Status says where and how the media threads run; false while there are none,
// since a new media process starts.
func (e *Engine) Status() (Status, bool) {
	if e.process == nil {
		return e.here, true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.process.link == nil {
		return Status{}, false
	}
	s := e.process.link.Status
	s.RSS = e.process.link.RSS()
	return s, true
}
