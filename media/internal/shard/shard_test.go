package shard

import (
	"context"
	"io"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/codecs"
	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/internal/simnet"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
	"trunkline/media/tap"
)

// rig is a shard on a simulated network, lapped by the test itself, with one
// far phone.
type rig struct {
	t      testing.TB
	net    *simnet.Net
	host   *simnet.Host
	sh     *Shard
	door   *Door
	taps   map[*tap.Tap]uint64
	phone  *simnet.Phone
	events []msg.Event
	count  Counters
	failed []Failure
	others []Notice
}

// take is what the control plane would do with a notice.
func (r *rig) take(n *Notice) {
	switch n.Kind {
	case Happened:
		r.events = append(r.events, n.Event)
	case Counted:
		r.count = n.Counters
	case Failed:
		r.failed = append(r.failed, n.Failure)
	case Awaited, LetGo:
		for t, number := range r.taps {
			if number == n.Number {
				t.Wake()
			}
		}
	case Moved, ClipDone, Present, Rolled:
		r.others = append(r.others, *n)
	}
}

// tap wishes for a tap.
func (r *rig) tap(id msg.Session, t *tap.Tap) {
	r.t.Helper()
	r.taps[t] = uint64(len(r.taps) + 1)
	r.post(&Tap{Session: id, Number: r.taps[t], Tap: t})
}

func newRig(t testing.TB) *rig {
	n := simnet.New(1, simnet.Link{Delay: 3 * time.Millisecond})
	r := &rig{t: t, net: n, host: n.Host(), taps: map[*tap.Tap]uint64{}}
	r.sh, r.door = connected(World{Packets: r.host, Pacer: r.host, Bell: simnet.NewBell()})
	var err error
	if r.phone, err = n.Phone(netip.MustParseAddrPort("10.0.0.9:9000")); err != nil {
		t.Fatal(err)
	}
	return r
}

// connected makes a shard in w and the door to it.
func connected(w World) (*Shard, *Door) {
	bag := wire.NewBeside()
	w.Memory, w.Bag = shm.Heap(PaneLen), bag
	return New(w), NewDoor(w.Memory, w.Pacer.Wake, w.Bell, bag)
}

// open opens session id on port 4000+2*id.
func (r *rig) open(id msg.Session) {
	r.t.Helper()
	ports, err := r.net.Bind(netip.MustParseAddr("10.0.0.1"), 4000+2*uint16(id))
	if err != nil {
		r.t.Fatal(err)
	}
	r.post(&Open{Session: id, Seed: uint64(id) * 0x9e3779b97f4a7c15, Ports: ports})
}

// start lets session id talk PCMU with the phone.
func (r *rig) start(id msg.Session) { r.post(&Start{Session: id, Params: pcmu(r.phone.Addr())}) }

// clips are what Play carries.
func clips(list ...*prompt.Clip) (c []wire.Clip) {
	for _, clip := range list {
		c = append(c, wire.Clip{Clip: clip})
	}
	return c
}

func pcmu(to netip.AddrPort) msg.Params {
	p := msg.Payload{Type: 0, Codec: codecs.PCMU}
	return msg.Params{Remote: to, Send: p, Accept: []msg.Payload{p}, SendEvents: 101, AcceptEvents: 101, Ptime: 20 * time.Millisecond}
}

func (r *rig) post(c Command) {
	r.t.Helper()
	if !r.door.Post(c) {
		r.t.Fatalf("the shard does not take %+v", c)
	}
}

// run laps for d of simulated time, and at least once.
func (r *rig) run(d time.Duration) {
	for end := r.net.Now().Add(d); ; {
		before := r.net.Now()
		r.sh.lap()
		if r.net.Now() == before { // it slept: time passes all the same
			r.net.Advance(time.Millisecond)
		}
		r.door.Collect(r.take)
		if r.net.Now() >= end {
			return
		}
	}
}

// kinds returns what was reported about session id, in order.
func (r *rig) kinds(id msg.Session) []msg.Kind {
	var k []msg.Kind
	for _, e := range r.events {
		if e.Session == id {
			k = append(k, e.Kind)
		}
	}
	return k
}

// heard empties the phone and returns how many RTP packets there were.
func (r *rig) heard() (n int) {
	buf := make([]byte, netio.MaxDatagram)
	for {
		k, _, ok := r.phone.Receive(buf)
		if !ok {
			return n
		}
		if _, _, drop := rtp.Parse(buf[:k]); drop != 0 {
			r.t.Fatalf("the phone got something that is not RTP: %v", drop)
		}
		n++
	}
}

func TestAPlaybackIsHeardAndReported(t *testing.T) {
	r := newRig(t)
	r.open(1)
	r.start(1)
	r.run(40 * time.Millisecond)
	r.post(&Play{Session: 1, Playback: msg.Playback{Ref: 7, Loop: 1}, Clips: clips(prompt.Tone(440, time.Second, -10))})
	r.run(1500 * time.Millisecond)
	if n := r.heard(); n < 50 || n > 80 {
		t.Errorf("the phone heard %d packets of a one-second prompt, want about 50", n)
	}
	i := slices.IndexFunc(r.events, func(e msg.Event) bool { return e.Kind == msg.PlayDone })
	if i < 0 || r.events[i].Ref != 7 || r.events[i].Outcome != msg.Finished || r.events[i].Heard != time.Second {
		t.Fatalf("reported %+v, want PlayDone of 7 with one second heard", r.events)
	}
	r.post(&Play{Session: 1, Playback: msg.Playback{Ref: 8, Loop: -1}, Clips: clips(prompt.Tone(440, time.Second, -10))})
	r.run(2500 * time.Millisecond) // for ever is longer than twice
	r.post(&Close{Session: 1})
	r.run(0)
	got := r.kinds(1)
	if want := []msg.Kind{msg.PlayDone, msg.PlayDone, msg.Closed}; !slices.Equal(got, want) {
		t.Fatalf("reported %v, want %v", got, want)
	}
	if e := r.events[len(r.events)-2]; e.Ref != 8 || e.Outcome != msg.Dropped {
		t.Fatalf("the playback that was cut off reported %+v", e)
	}
	if r.host.Legs() != 0 || len(r.sh.sessions) != 0 {
		t.Fatal("something of the closed session is left")
	}
	if r.count.Out == 0 || r.count.Commands != 5 {
		t.Fatalf("counted %+v", r.count)
	}
}

func TestWishesToSessionsThatAreGoneDoNothing(t *testing.T) {
	r := newRig(t)
	tp := tap.New(tap.Inbound, 8000, 100)
	for _, c := range []Command{
		&Start{Session: 9}, &Play{Session: 9, Clips: clips(prompt.Silence(time.Second))}, &Pause{Session: 9},
		&Resume{Session: 9}, &Stop{Session: 9}, &SendDigits{Session: 9, Digits: "1"}, &Join{Session: 9, Other: 8},
		&Leave{Session: 9}, &DetectSpeech{Session: 9, On: true}, &Tap{Session: 9, Number: 1, Tap: tp},
		&Untap{Session: 9, Number: 1}, &Label{Session: 9, Label: []byte("x")}, &Close{Session: 9},
		&Move{Session: 9, Shard: 7}, &Forget{Clip: 9}, &Fix{Session: 9, On: true},
	} {
		r.post(c)
	}
	r.run(0)
	if len(r.events) != 0 {
		t.Fatalf("nobody's session reported %+v", r.events)
	}
	if _, err := tp.Read(t.Context(), make([]int16, 10)); err != io.EOF {
		t.Fatalf("the reader of a tap nobody feeds got %v, want io.EOF", err)
	}
}

func TestFullInboxRefusesWishesButTakesClose(t *testing.T) {
	r := newRig(t)
	r.open(1)
	n := 0
	for r.door.Post(&Leave{Session: 1}) {
		n++
	}
	if n == 0 || n > commandBytes/16 {
		t.Fatalf("a ring of %d bytes took %d wishes", commandBytes, n)
	}
	r.post(&Close{Session: 1})
	r.run(100 * time.Millisecond)
	if got := r.kinds(1); !slices.Equal(got, []msg.Kind{msg.Closed}) {
		t.Fatalf("reported %v, want Closed", got)
	}
	if !r.door.Post(&Leave{Session: 1}) {
		t.Fatal("an empty inbox refuses")
	}
}

func TestRTCPIsDrainedAndCounted(t *testing.T) {
	r := newRig(t)
	r.open(1)
	r.run(5 * time.Millisecond)
	for range 3 {
		r.phone.Send(netip.MustParseAddrPort("10.0.0.1:4003"), []byte{0x80, 200, 0, 1, 0, 0, 0, 1})
	}
	r.run(2 * time.Second)
	if r.count.RTCP != 3 || r.count.In != 3 {
		t.Fatalf("counted %d RTCP of %d packets, want 3 of 3", r.count.RTCP, r.count.In)
	}
}

func TestJoinedSessionsHearEachOther(t *testing.T) {
	r := newRig(t)
	other, err := r.net.Phone(netip.MustParseAddrPort("10.0.0.8:8000"))
	if err != nil {
		t.Fatal(err)
	}
	r.open(1)
	r.open(2)
	r.start(1)
	r.post(&Start{Session: 2, Params: pcmu(other.Addr())})
	r.post(&Join{Session: 1, Other: 2})
	pkt := make([]byte, 172)
	for i := range 50 {
		n := rtp.Put(pkt, rtp.Header{Sequence: uint16(i), Timestamp: uint32(160 * i), SSRC: 5})
		for k := range pkt[n:] {
			pkt[n+k] = 0x00 // the loudest negative sample of PCMU
		}
		r.phone.Send(netip.MustParseAddrPort("10.0.0.1:4002"), pkt[:n+160])
		r.run(20 * time.Millisecond)
	}
	loud, buf := 0, make([]byte, netio.MaxDatagram)
	for {
		k, _, ok := other.Receive(buf)
		if !ok {
			break
		}
		if k == 172 && buf[100] == 0x00 {
			loud++
		}
	}
	if loud < 40 {
		t.Fatalf("the far side heard %d of 50 loud packets", loud)
	}
}

func TestTapReaderIsServedAndEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t)
		r.open(1)
		r.start(1)
		taps := make([]*tap.Tap, 6) // two more than a session takes
		ends := make(chan error, len(taps))
		for i := range taps {
			taps[i] = tap.New(tap.Stereo, 8000, 200)
			r.tap(1, taps[i])
			go func() { ends <- readAll(t.Context(), taps[i]) }()
		}
		step := func(n int) {
			for range n {
				r.run(5 * time.Millisecond)
				synctest.Wait()
			}
		}
		step(10)
		for range 2 {
			if err := <-ends; err != io.EOF {
				t.Fatalf("a tap too many reads %v", err)
			}
		}
		r.post(&Untap{Session: 1, Number: r.taps[taps[2]]})
		step(1)
		if err := <-ends; err != io.EOF || !taps[2].Ended() {
			t.Fatalf("untapped: %v", err)
		}
		r.tap(1, tap.New(tap.Inbound, 8000, 100)) // the place is free again
		r.post(&Close{Session: 1})
		step(1)
		for range 3 {
			if err := <-ends; err != io.EOF {
				t.Fatalf("closed: %v", err)
			}
		}
	})
}

// readAll reads a tap to its end.
func readAll(ctx context.Context, tp *tap.Tap) error {
	buf := make([]int16, 320)
	for {
		if _, err := tp.Read(ctx, buf); err != nil {
			return err
		}
	}
}

func TestALapDoesNotAllocate(t *testing.T) {
	r := newRig(t)
	clip := prompt.Tone(440, time.Second, -10)
	for id := range msg.Session(10) {
		r.open(id + 1)
		r.start(id + 1)
		r.post(&Play{Session: id + 1, Playback: msg.Playback{Loop: -1}, Clips: clips(clip)})
	}
	r.post(&Join{Session: 1, Other: 2})
	r.tap(1, tap.New(tap.Stereo, 8000, 100)) // nobody reads it: full soon
	pkt, buf := make([]byte, 172), make([]byte, netio.MaxDatagram)
	var seq uint16
	second := func() { // a tenth, to be exact: 100 laps
		for i := range 100 {
			if i%20 == 0 {
				seq++
				n := rtp.Put(pkt, rtp.Header{Sequence: seq, Timestamp: uint32(seq) * 160, SSRC: 5})
				for id := range uint16(10) {
					r.phone.Send(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, 1}), 4002+2*id), pkt[:n+160])
				}
			}
			r.sh.lap()
			r.door.Collect(nobody)
			for _, _, ok := r.phone.Receive(buf); ok; _, _, ok = r.phone.Receive(buf) {
			}
		}
	}
	second()
	if n := testing.AllocsPerRun(20, second); n != 0 {
		t.Fatalf("100 laps with 10 sessions cost %v allocations, want 0", n)
	}
	if r.sh.count.Out == 0 && r.host.Counters().Out == 0 {
		t.Fatal("and nothing was sent")
	}
}

// BenchmarkLap is one packet time of 100 sessions that play a prompt: 20 laps.
func BenchmarkLap(b *testing.B) {
	r := newRig(b)
	clip := prompt.Tone(440, time.Second, -10)
	for id := range msg.Session(100) {
		r.open(id + 1)
		r.start(id + 1)
		r.post(&Play{Session: id + 1, Playback: msg.Playback{Loop: -1}, Clips: clips(clip)})
	}
	buf := make([]byte, netio.MaxDatagram)
	lap := func() {
		for range 20 {
			r.sh.lap()
			for _, _, ok := r.phone.Receive(buf); ok; _, _, ok = r.phone.Receive(buf) {
			}
		}
	}
	lap()
	b.ReportAllocs()
	for b.Loop() {
		lap()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/packet")
}
