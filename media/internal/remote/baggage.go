package remote

import (
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"sync/atomic"

	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/media/feed"
	"trunkline/media/internal/wire"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// Sender is the control plane's Baggage for one media thread: descriptors go
// through a socket, clips and taps lie in the Arena. Guarded by the Engine.
type Sender struct {
	socket shm.Socket
	arena  *Arena
	clips  *Clips
	feeds  *Feeds
	lent   // shared with all threads of the process, since sessions move with what is theirs
}

// lent are the blocks that threads use.
type lent struct {
	taps map[*tap.Tap]*Block
	fed  map[*feed.Feed]*Block
}

func newLent() lent { return lent{map[*tap.Tap]*Block{}, map[*feed.Feed]*Block{}} }

var _ wire.Baggage = (*Sender)(nil)

// newSender makes the Sender of a thread that listens on the other end of socket.
func newSender(socket shm.Socket, a *Arena, c *Clips, f *Feeds, l lent) *Sender {
	return &Sender{socket: socket, arena: a, clips: c, feeds: f, lent: l}
}

// passed is what goes with descriptors.
type passed struct {
	session uint64 // 0: the descriptor is an arena's
	addr    netip.AddrPort
	files   []int // received
}

func (p *passed) fields(x *wire.Coder) {
	wire.Num(x, &p.session)
	x.Addr(&p.addr)
}

// pass sends descriptors; the other side gets copies.
func (s *Sender) pass(x *wire.Coder, p passed, files ...int) {
	head := wire.Writer(nil, nil)
	p.fields(&head)
	if s.socket.Send(head.Written(), files...) != nil {
		x.Spoil()
	}
}

// Ports sends the sockets of a pair.
func (s *Sender) Ports(x *wire.Coder, session uint64, p *netio.Ports) {
	pair, ok := (*p).(interface{ Files() []int })
	if !ok {
		x.Spoil()
		return
	}
	s.pass(x, passed{session: session, addr: (*p).Addr()}, pair.Files()...)
}

// Memory sends the arena.
func (s *Sender) Memory(x *wire.Coder) { s.pass(x, passed{}, s.arena.file) }

// Clip writes where a clip lies; it must have been loaded.
func (s *Sender) Clip(x *wire.Coder, c *wire.Clip) { s.clips.write(x, c.Clip) }

// Tap binds a tap to the arena and writes where. Its memory is free when the
// thread has let go of it (LetGo) and the reader too.
func (s *Sender) Tap(x *wire.Coder, t **tap.Tap) {
	b, err := s.arena.Take((*t).Len(), 2)
	if err != nil {
		x.Spoil()
		return
	}
	release := sync.OnceFunc(b.Drop)
	if !(*t).Bind(b.Memory, release) {
		b.Drop()
		b.Drop()
		x.Spoil()
		return
	}
	runtime.AddCleanup(*t, func(release func()) { release() }, release)
	s.taps[*t] = b
	d := described{(*t).Mode(), (*t).Rate(), (*t).Values(), b.At, b.Memory.Len()}
	d.fields(x)
}

// described is a tap in an arena.
type described struct {
	mode         tap.Mode
	rate, values int
	at, size     int // bytes
}

func (d *described) fields(x *wire.Coder) {
	wire.Byte(x, &d.mode)
	wire.Num(x, &d.rate)
	wire.Num(x, &d.values)
	wire.Num(x, &d.at)
	wire.Num(x, &d.size)
}

// LetGo says that no thread uses a tap or feed any more.
func (s *Sender) LetGo(what any) {
	switch t := what.(type) {
	case *tap.Tap:
		if b := s.taps[t]; b != nil {
			delete(s.taps, t)
			b.Drop()
		}
	case *feed.Feed:
		if b := s.fed[t]; b != nil {
			delete(s.fed, t)
			b.Drop()
		}
	}
}

// Close hangs up.
func (s *Sender) Close() error { return s.socket.Close() }

// Taker is the other end: the Baggage of a media thread, and the store of its
// clips. The thread only.
type Taker struct {
	socket shm.Socket
	memory shm.Memory // the arena of the present control plane; empty before the first
	clips  map[uint64]*laid
	next   *passed // received too early
	going  []*laid // forgotten, or of an arena before: perhaps still played
}

// laid is a clip over shared memory.
type laid struct {
	number  uint64 // 0 when nobody waits for the end of it
	clip    *prompt.Clip
	playing atomic.Int64
	memory  shm.Memory // held while somebody may play it
}

var _ wire.Baggage = (*Taker)(nil)

// NewTaker makes a Taker that listens on socket.
func NewTaker(socket shm.Socket) *Taker {
	return &Taker{socket: socket, clips: map[uint64]*laid{}}
}

// take receives the descriptors that go with session. Those of sessions before
// it were sent by a control plane that died before it said what for.
func (t *Taker) take(session uint64) (netip.AddrPort, []int, error) {
	for {
		if t.next == nil {
			p, err := t.receive()
			if err != nil {
				return netip.AddrPort{}, nil, err
			}
			t.next = p
		}
		if session != 0 && t.next.session > session {
			return netip.AddrPort{}, nil, fmt.Errorf("receive sockets of session %d: there are none", session)
		}
		p := t.next
		t.next = nil
		if p.session == session {
			return p.addr, p.files, nil
		}
		shm.CloseAll(p.files)
	}
}

func (t *Taker) receive() (*passed, error) {
	var buf [256]byte
	n, files, err := t.socket.TryReceive(buf[:])
	if err != nil {
		return nil, err
	}
	p := &passed{files: files}
	x := wire.Reader(buf[:n], nil)
	if p.fields(&x); !x.OK() {
		shm.CloseAll(files)
		return nil, fmt.Errorf("receive descriptors: %d bytes make no sense", n)
	}
	return p, nil
}

// Ports receives the sockets of a session. When they have not come p stays nil.
func (t *Taker) Ports(_ *wire.Coder, session uint64, p *netio.Ports) {
	addr, files, err := t.take(session)
	if err != nil {
		return
	}
	if pair, err := netio.PairOf(addr, files); err == nil {
		*p = pair
	}
}

// Memory receives the arena of a new control plane. What lies in the one before
// is kept while it is played.
func (t *Taker) Memory(x *wire.Coder) {
	_, files, err := t.take(0)
	if err != nil || len(files) != 1 {
		shm.CloseAll(files)
		x.Spoil()
		return
	}
	defer shm.CloseAll(files)
	m, err := shm.Map(files[0])
	if err != nil {
		x.Spoil()
		return
	}
	for _, l := range t.clips {
		t.going = append(t.going, l)
	}
	for _, l := range t.going {
		l.number = 0
	}
	clear(t.clips)
	t.memory = m
}

// Clip finds a clip, or lays it over the arena.
func (t *Taker) Clip(x *wire.Coder, c *wire.Clip) {
	var number uint64
	var forms []form
	wire.Num(x, &number)
	wire.List(x, &forms, func(x *wire.Coder, f *form) { f.fields(x) })
	if number == 0 || !x.Good() {
		return
	}
	l := t.clips[number]
	if l == nil {
		clip, err := lay(t.memory, forms)
		if err != nil {
			x.Spoil()
			return
		}
		l = &laid{number: number, clip: clip, memory: t.memory}
		t.clips[number] = l
	}
	l.playing.Add(1)
	c.Clip, c.Playing = l.clip, &l.playing
}

// Tap makes the writer's side of a tap.
func (t *Taker) Tap(x *wire.Coder, to **tap.Tap) {
	var d described
	if d.fields(x); !x.Good() {
		return
	}
	m, ok := t.memory.Part(d.at, d.size)
	if ok && d.at%align == 0 {
		*to = tap.Over(d.mode, d.rate, d.values, m)
	}
	if *to == nil {
		x.Spoil()
	}
}

// Forget says that a clip will not be played again.
func (t *Taker) Forget(number uint64) {
	l := t.clips[number]
	if l == nil { // never played by this thread
		l = &laid{number: number}
	}
	delete(t.clips, number)
	t.going = append(t.going, l)
}

// Sweep lets go of what is played no more.
func (t *Taker) Sweep(gone func(number uint64)) {
	keep := t.going[:0]
	for _, l := range t.going {
		if l.playing.Load() > 0 {
			keep = append(keep, l)
			continue
		}
		if l.number != 0 {
			gone(l.number)
		}
	}
	clear(t.going[len(keep):])
	t.going = keep
}
