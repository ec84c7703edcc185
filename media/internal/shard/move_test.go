package shard

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/internal/simnet"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
	"trunkline/media/tap"
)

// twins are two shards of one process on one network, lapped in turn.
type twins struct {
	*rig // the first
	two  *rig
}

func newTwins(t testing.TB) *twins {
	r, yard := newRig(t), NewYard(2)
	other := &rig{t: t, net: r.net, host: r.net.Host(), phone: r.phone, taps: r.taps}
	for i, r := range []*rig{r, other} {
		r.sh, r.door = connected(World{
			Packets: r.host, Pacer: still{r.net}, Bell: simnet.NewBell(), Yard: yard, Index: i,
		})
	}
	return &twins{r, other}
}

// still is a Pacer whose time the test moves.
type still struct{ net *simnet.Net }

func (s still) Now() clock.Time   { return s.net.Now() }
func (s still) Tick() clock.Time  { return s.net.Now() }
func (s still) Sleep() clock.Time { return s.net.Now() }
func (s still) Wake()             {}
func (s still) Close() error      { return nil }

// run lets both lap for d; between their laps nothing happens.
func (w *twins) run(d time.Duration) {
	for end := w.net.Now().Add(d); w.net.Now() < end; {
		w.net.Advance(time.Millisecond)
		for _, r := range []*rig{w.rig, w.two} {
			r.sh.lap()
			r.door.Collect(r.take)
		}
	}
}

// move does what the control plane does.
func (w *twins) move(id msg.Session, from, to *rig) {
	w.t.Helper()
	to.post(&Expect{Session: id})
	from.post(&Move{Session: id, Shard: to.sh.index})
}

func TestASessionMovesWithoutASeam(t *testing.T) {
	w := newTwins(t)
	w.open(1)
	w.start(1)
	w.post(&Play{Session: 1, Playback: msg.Playback{Ref: 7, Loop: -1}, Clips: clips(prompt.Tone(440, time.Second, -10))})
	tp := tap.New(tap.Inbound, 8000, 5000)
	w.tap(1, tp)
	w.run(100 * time.Millisecond)
	here, there := w.rig, w.two
	var last rtp.Header
	buf := make([]byte, netio.MaxDatagram)
	pkt := make([]byte, 172)
	for i := range uint16(100) { // 20 ms each; moved every fifth
		if i%5 == 0 {
			w.move(1, here, there)
			here, there = there, here
		}
		n := rtp.Put(pkt, rtp.Header{Sequence: i, Timestamp: 160 * uint32(i), SSRC: 5})
		w.phone.Send(netip.MustParseAddrPort("10.0.0.1:4002"), pkt[:n+160])
		w.run(20 * time.Millisecond)
		got := 0
		for k, _, ok := w.phone.Receive(buf); ok; k, _, ok = w.phone.Receive(buf) {
			h, _, _ := rtp.Parse(buf[:k])
			if last.SSRC != 0 && (h.Sequence != last.Sequence+1 || h.Timestamp != last.Timestamp+160 || h.SSRC != last.SSRC || h.Marker) {
				t.Fatalf("packet %+v after %+v", h, last)
			}
			last = h
			got++
		}
		if i > 0 && got != 1 {
			t.Fatalf("%d packets in frame %d, want one", got, i)
		}
	}
	here.post(&Close{Session: 1})
	w.run(5 * time.Millisecond)
	events := here.events
	if len(events) < 2 || events[len(events)-1].Kind != msg.Closed || events[len(events)-2].Ref != 7 {
		t.Fatalf("the end was reported as %+v", events)
	}
	if st := events[len(events)-1].Stats; st.PacketsIn != 100 || st.Lost != 0 || st.Late != 0 {
		t.Errorf("of 100 packets in: %+v", st)
	}
	if heard, err := readNow(t, tp); err != nil || heard < 100*160-400 {
		t.Errorf("the tap that moved along heard %d samples, %v", heard, err)
	}
	if w.host.Legs()+w.two.host.Legs() != 0 || len(w.sh.sessions)+len(w.two.sh.sessions) != 0 {
		t.Error("something of the session is left")
	}
	w.run(2 * time.Second)
	if n := w.count.Moved + w.two.count.Moved; n != 20 {
		t.Errorf("%d moves were counted", n)
	}
}

// readNow reads all there is in a tap.
func readNow(t *testing.T, tp *tap.Tap) (int, error) {
	t.Helper()
	return tp.Read(t.Context(), make([]int16, 100000))
}

func TestWishesFollowASession(t *testing.T) {
	f := func(name string, first, second func(*twins)) {
		t.Helper()
		w := newTwins(t)
		w.open(1)
		w.start(1)
		w.run(5 * time.Millisecond)
		w.move(1, w.rig, w.two)
		for ref := msg.Ref(1); ref <= 3; ref++ { // each replaces the one before
			w.two.post(&Play{Session: 1, Playback: msg.Playback{Ref: ref}, Clips: clips(prompt.Silence(time.Second))})
		}
		w.two.post(&Close{Session: 1})
		first(w)
		second(w)
		w.run(10 * time.Millisecond)
		want := []msg.Kind{msg.PlayDone, msg.PlayDone, msg.PlayDone, msg.Closed}
		if got := w.two.kinds(1); !slices.Equal(got, want) || len(w.kinds(1)) != 0 {
			t.Errorf("%s: the new shard reported %v, the old one %v", name, got, w.kinds(1))
		}
		if len(w.sh.expected)+len(w.two.sh.expected) != 0 {
			t.Errorf("%s: an expectation is left", name)
		}
	}
	old := func(w *twins) { w.sh.lap() }
	young := func(w *twins) { w.two.sh.lap() }
	greets := func(w *twins) { w.sh.lap(); w.two.sh.greet() }
	f("expected first", young, old)
	f("moved first", old, young)
	f("there before it is expected", greets, young)
}

// TestMovesQueueUp: all is posted before either shard looks.
func TestMovesQueueUp(t *testing.T) {
	w := newTwins(t)
	w.open(1)
	w.start(1)
	here, there := w.rig, w.two
	for ref := msg.Ref(1); ref <= 50; ref++ {
		w.move(1, here, there)
		here, there = there, here
		here.post(&Play{Session: 1, Playback: msg.Playback{Ref: ref}, Clips: clips(prompt.Silence(time.Second))})
	}
	here.post(&Close{Session: 1})
	w.run(200 * time.Millisecond)
	var got []msg.Ref
	for _, e := range append(w.events, w.two.events...) {
		if e.Kind == msg.PlayDone {
			got = append(got, e.Ref)
		}
	}
	slices.Sort(got)
	if len(got) != 50 || got[0] != 1 || got[49] != 50 || len(w.sh.sessions)+len(w.two.sh.sessions) != 0 {
		t.Fatalf("%d playbacks were replaced or dropped: %v", len(got), got)
	}
}

func TestASessionThatIsGoneDoesNotCome(t *testing.T) {
	for _, early := range []bool{false, true} {
		w := newTwins(t)
		w.move(9, w.rig, w.two)
		w.two.post(&Leave{Session: 9})
		if early {
			w.sh.lap()
			w.two.sh.greet()
		}
		w.run(10 * time.Millisecond)
		if len(w.two.sh.expected) != 0 || len(w.two.events)+len(w.events) != 0 {
			t.Errorf("early %v: still expected: %v; reported %v", early, w.two.sh.expected, w.two.events)
		}
	}
}

func TestJoinWaitsForBoth(t *testing.T) {
	w := newTwins(t)
	w.open(1)
	w.open(2)
	w.run(5 * time.Millisecond)
	w.move(1, w.rig, w.two)
	w.move(2, w.rig, w.two)
	w.two.post(&Join{Session: 1, Other: 2})
	w.two.sh.lap()
	w.run(5 * time.Millisecond)
	if l := w.two.sh.sessions[1]; l == nil || l.peer == nil || l.peer.id != 2 {
		t.Fatalf("session 1 is %+v", l)
	}
	w.move(2, w.two, w.rig) // and leaves whom it is joined with
	w.run(5 * time.Millisecond)
	if l := w.two.sh.sessions[1]; l.peer != nil {
		t.Fatal("joined with a session of another shard")
	}
	moved := 0
	for _, n := range append(w.others, w.two.others...) {
		if n.Kind == Moved {
			moved++
		}
	}
	if moved != 3 {
		t.Errorf("%d moves were reported", moved)
	}
}

func TestNonsenseMovesAreNothing(t *testing.T) {
	w := newTwins(t)
	w.open(1)
	for _, to := range []int{-1, 0, 2, 1 << 40} {
		w.post(&Move{Session: 1, Shard: to})
	}
	w.run(5 * time.Millisecond)
	if w.sh.sessions[1] == nil {
		t.Fatal("the session went nowhere")
	}
}
