package remote

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/media/feed"
	"trunkline/media/internal/wire"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// ends are both ends of a connection, in one process.
type ends struct {
	arena  *Arena
	clips  *Clips
	feeds  *Feeds
	sender *Sender
	taker  *Taker
}

func connected(t testing.TB, pages int) *ends {
	t.Helper()
	a, b, err := shm.Pair()
	if err != nil {
		t.Fatal(err)
	}
	e := &ends{arena: arena(t, pages), taker: NewTaker(b)}
	e.clips = NewClips(e.arena, 1)
	e.feeds = NewFeeds(e.arena)
	e.sender = newSender(a, e.arena, e.clips, e.feeds, newLent())
	t.Cleanup(func() { e.sender.Close(); b.Close() })
	if !e.carry(func(x *wire.Coder) { x.Bag.Memory(x) }) {
		t.Fatal("the arena was not handed over")
	}
	return e
}

// carry writes a record and reads it on the other side.
func (e *ends) carry(fields func(*wire.Coder)) bool {
	x := wire.Writer(nil, e.sender)
	if fields(&x); !x.OK() {
		return false
	}
	y := wire.Reader(x.Written(), e.taker)
	fields(&y)
	return y.OK()
}

// play carries a clip.
func (e *ends) play(t *testing.T, c *prompt.Clip) wire.Clip {
	t.Helper()
	if err := e.clips.Load(c); err != nil {
		t.Fatal(err)
	}
	clip := wire.Clip{Clip: c}
	if !e.carry(func(x *wire.Coder) { x.Bag.Clip(x, &clip) }) {
		t.Fatal("the clip was not handed over")
	}
	return clip
}

func TestAClipSoundsTheSameThere(t *testing.T) {
	e := connected(t, 100)
	c := prompt.Tone(440, time.Second, -10)
	got := e.play(t, c)
	again := e.play(t, c)
	if got.Clip == c || again.Clip != got.Clip || got.Playing.Load() != 2 {
		t.Fatalf("played twice: %p, %p of %p, counted %d", got.Clip, again.Clip, c, got.Playing.Load())
	}
	same := func(a, b *prompt.Clip) bool {
		fa, fb := slices.Collect(a.Forms()), slices.Collect(b.Forms())
		return slices.EqualFunc(fa, fb, func(a, b prompt.Form) bool {
			return a.Codec == b.Codec && a.Rate == b.Rate && slices.Equal(a.PCM, b.PCM) && bytes.Equal(a.Bytes, b.Bytes) &&
				slices.Equal(a.Ends, b.Ends)
		})
	}
	if !same(c, got.Clip) {
		t.Fatal("it sounds different there")
	}
	if err := c.Prepare(codecs.G722); err != nil {
		t.Fatal(err)
	}
	more := e.play(t, c)
	if !same(c, more.Clip) || more.Clip.Frames(codecs.G722) == nil {
		t.Fatal("a form that was made later is not there")
	}
	if dead := e.clips.Dead(); !slices.Equal(dead, []uint64{1}) {
		t.Fatalf("the copy without it is not given up: %v", dead)
	}
	if none := e.play(t, nil); none.Clip != nil {
		t.Fatal("no clip became one")
	}
	if silence := e.play(t, prompt.Silence(0)); silence.Clip.Samples() != 0 {
		t.Fatal("nothing became something")
	}
}

func TestAClipIsFreeWhenNobodyHasItAndNobodyPlaysIt(t *testing.T) {
	e := connected(t, 100)
	var done []uint64
	sweep := func() { e.taker.Sweep(func(n uint64) { done = append(done, n); e.clips.Done(n) }) }
	there := e.play(t, prompt.Tone(440, time.Second, -10))
	var dead []uint64
	collected(func() bool { dead = append(dead, e.clips.Dead()...); return len(dead) > 0 })
	if !slices.Equal(dead, []uint64{1}) {
		t.Fatalf("nobody has clip 1, and dead are %v", dead)
	}
	e.taker.Forget(1)
	sweep()
	if len(done) != 0 || e.arena.Used() == 0 {
		t.Fatal("it still plays")
	}
	there.Release()
	sweep()
	sweep()
	if !slices.Equal(done, []uint64{1}) || e.arena.Used() != 0 {
		t.Fatalf("done with %v, used %d", done, e.arena.Used())
	}
	e.taker.Forget(99) // never heard of
	sweep()
	if !slices.Equal(done, []uint64{1, 99}) {
		t.Fatalf("done with %v", done)
	}
}

func TestANewArenaLeavesTheOldOneToItsPlayers(t *testing.T) {
	e := connected(t, 100)
	c := prompt.Tone(440, time.Second, -10)
	old := e.play(t, c)
	next := arena(t, 100) // of the next control plane
	e.arena, e.clips = next, NewClips(next, 1)
	e.sender = newSender(e.sender.socket, next, e.clips, NewFeeds(next), newLent())
	if !e.carry(func(x *wire.Coder) { x.Bag.Memory(x) }) {
		t.Fatal("the new arena was not handed over")
	}
	fresh := e.play(t, c)
	if fresh.Clip == old.Clip || !slices.Equal(fresh.Clip.PCM(), old.Clip.PCM()) {
		t.Fatal("the clip was not laid over the new arena")
	}
	e.taker.Sweep(func(n uint64) { t.Errorf("told of clip %d, whose owner is dead", n) })
	old.Release()
	e.taker.Sweep(func(n uint64) { t.Errorf("told of clip %d, whose owner is dead", n) })
	if len(e.taker.going) != 0 {
		t.Fatal("the old clip is kept")
	}
}

func TestAFullArenaRefuses(t *testing.T) {
	e := connected(t, 4)
	if err := e.clips.Load(prompt.Silence(time.Second)); !errors.Is(err, errNoRoom) {
		t.Errorf("a clip that does not fit: %v", err)
	}
	clip := wire.Clip{Clip: prompt.Silence(time.Second)}
	if e.carry(func(x *wire.Coder) { x.Bag.Clip(x, &clip) }) {
		t.Error("a clip that is not there was handed over")
	}
	big := tap.New(tap.Stereo, 48000, 1000)
	if e.carry(func(x *wire.Coder) { x.Bag.Tap(x, &big) }) {
		t.Error("a tap that does not fit was handed over")
	}
}

func TestATapReachesAcross(t *testing.T) {
	e := connected(t, 40)
	reader := tap.New(tap.Outbound, 16000, 200)
	there := reader
	if !e.carry(func(x *wire.Coder) { x.Bag.Tap(x, &there) }) {
		t.Fatal("the tap was not handed over")
	}
	if there == reader || there.Mode() != tap.Outbound || there.Rate() != 16000 {
		t.Fatalf("there it is %+v", there)
	}
	there.Write([]int16{1, 2, 3})
	there.End()
	buf := make([]int16, 10)
	if n, err := reader.Read(t.Context(), buf); n != 3 || err != nil || buf[2] != 3 {
		t.Fatalf("read %v, %v", buf[:n], err)
	}
	reader.Read(t.Context(), buf) // io.EOF: the reader needs it no more
	if e.arena.Used() == 0 {
		t.Fatal("the thread still has it")
	}
	e.sender.LetGo(reader)
	e.sender.LetGo(reader)
	if e.arena.Used() != 0 {
		t.Fatal("nobody has it, and it is not free")
	}
	again := reader
	if e.carry(func(x *wire.Coder) { x.Bag.Tap(x, &again) }) {
		t.Error("a tap was bound twice")
	}

	abandoned := tap.New(tap.Inbound, 8000, 20) // nobody ever reads it
	there = abandoned
	e.carry(func(x *wire.Coder) { x.Bag.Tap(x, &there) })
	e.sender.LetGo(abandoned)
	abandoned = nil
	collected(func() bool { return e.arena.Used() == 0 })
}

func TestAFeedReachesAcross(t *testing.T) {
	e := connected(t, 40)
	writer, err := e.feeds.New(16000, 100)
	if err != nil {
		t.Fatal(err)
	}
	writer.Write([]int16{1, 2, 3})
	writer.Mark(7)
	there := wire.Feed{Feed: writer}
	if !e.carry(func(x *wire.Coder) { x.Bag.Feed(x, &there) }) || there.Feed == writer || there.Rate() != 16000 {
		t.Fatalf("handed over: %+v", there)
	}
	pcm := make([]int16, 3)
	n := there.Pull(pcm)
	if m, ok := there.Reached(); n != 3 || pcm[2] != 3 || !ok || m.ID != 7 || m.Dropped {
		t.Fatalf("pulled %v, reached %+v, %v", pcm, m, ok)
	}
	there.Leave()
	if writer.Write(pcm) != 0 || writer.Played() != 3 {
		t.Error("the writer does not know that the player has left")
	}
	e.sender.LetGo(writer)
	e.sender.LetGo(writer)
	if e.arena.Used() == 0 {
		t.Error("the writer may still look at it")
	}
	runtime.KeepAlive(writer)
	writer = nil
	collected(func() bool { return e.arena.Used() == 0 })

	stranger := wire.Feed{Feed: feed.New(8000, 100)}
	if e.carry(func(x *wire.Coder) { x.Bag.Feed(x, &stranger) }) {
		t.Error("a feed that lies elsewhere was handed over")
	}
	if _, err := e.feeds.New(48000, 60000); !errors.Is(err, errNoRoom) {
		t.Errorf("a feed that does not fit: %v", err)
	}
}

// bound binds a free pair.
func bound(t *testing.T) *netio.Pair {
	t.Helper()
	for port := uint16(21000); port < 32000; port += 2 {
		p, err := netio.Bind(netip.MustParseAddr("127.0.0.1"), port)
		if err == nil {
			return p
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			t.Fatal(err)
		}
	}
	t.Fatal("no free pair")
	return nil
}

func TestPortsReachAcrossInOrder(t *testing.T) {
	e := connected(t, 1)
	before := files(t)
	send := func(session uint64, p netio.Ports) wire.Coder {
		x := wire.Writer(nil, e.sender)
		if x.Bag.Ports(&x, session, &p); !x.OK() {
			t.Fatal("the ports were not sent")
		}
		p.Close()
		return x
	}
	take := func(session uint64) netio.Ports {
		var p netio.Ports
		y := wire.Reader(nil, e.taker)
		y.Bag.Ports(&y, session, &p)
		return p
	}
	a, b, c := bound(t), bound(t), bound(t)
	addr := b.Addr()
	send(1, a) // and its sender died before it said what for
	send(2, b)
	if p := take(2); p == nil || p.Addr() != addr {
		t.Fatalf("took %v, want the ports at %v", p, addr)
	} else if _, err := netio.Bind(addr.Addr(), addr.Port()); !errors.Is(err, syscall.EADDRINUSE) {
		t.Errorf("they are not bound any more: %v", err)
	} else {
		p.Close()
	}
	send(4, c)
	if p := take(3); p != nil {
		t.Fatal("took the ports of another session")
	}
	if p := take(4); p == nil {
		t.Fatal("and they are lost")
	} else {
		p.Close()
	}
	if p := take(5); p != nil {
		t.Fatal("took what nobody sent")
	}
	if after := files(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func files(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// FuzzTaker lets a hostile control plane write records.
func FuzzTaker(f *testing.F) {
	e := connected(f, 200)
	c := prompt.Silence(20 * time.Millisecond)
	e.clips.Load(c)
	x := wire.Writer(nil, e.sender)
	x.Bag.Clip(&x, &wire.Clip{Clip: c})
	f.Add(x.Written())
	tp := tap.New(tap.Stereo, 8000, 20)
	x = wire.Writer(nil, e.sender)
	x.Bag.Tap(&x, &tp)
	f.Add(x.Written())
	fed, err := e.feeds.New(8000, 100)
	if err != nil {
		f.Fatal(err)
	}
	x = wire.Writer(nil, e.sender)
	x.Bag.Feed(&x, &wire.Feed{Feed: fed})
	f.Add(x.Written())
	f.Add(binary.NativeEndian.AppendUint64(nil, 7))
	f.Fuzz(func(t *testing.T, rec []byte) {
		taker := NewTaker(e.taker.socket)
		taker.memory = e.arena.memory
		y := wire.Reader(rec, taker)
		var clip wire.Clip
		if y.Bag.Clip(&y, &clip); y.OK() && clip.Clip != nil {
			for form := range clip.Clip.Forms() {
				for _, s := range form.PCM {
					_ = s
				}
			}
			clip.Release()
		}
		y = wire.Reader(rec, taker)
		var there *tap.Tap
		if y.Bag.Tap(&y, &there); y.OK() {
			there.Write(make([]int16, 100))
		}
		y = wire.Reader(rec, taker)
		var fed wire.Feed
		if y.Bag.Feed(&y, &fed); y.OK() {
			fed.Pull(make([]int16, 100))
			fed.Leave()
		}
		taker.Sweep(func(uint64) {})
	})
}
