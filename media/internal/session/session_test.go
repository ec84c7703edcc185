package session

import (
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// An hour of silence: real time without time.
func TestSilenceKeepsPaceForAnHour(t *testing.T) {
	f := newFar(t, farA)
	f.s.Start(0, f.params(codecs.PCMU, 20*time.Millisecond))
	const hour = clock.Time(time.Hour)
	for now := clock.Time(0); now < hour; {
		now = f.s.Tick(now)
	}
	if len(f.sent) != 180000 {
		t.Fatalf("sent %d packets in an hour, want 180000", len(f.sent))
	}
	f.continuous()
	if !f.sent[0].h.Marker || f.sent[1].h.Marker {
		t.Error("the marker belongs on the first packet and no other")
	}
	if p := f.sent[99]; len(p.payload) != 160 || p.payload[0] != 0xff || p.to != farA {
		t.Errorf("silence is %d bytes of %#x to %v", len(p.payload), p.payload[0], p.to)
	}
	if st := f.s.Stats(); st.PacketsOut != 180000 || st.BytesOut != 180000*160 {
		t.Errorf("stats: %+v", st)
	}
}

func TestSeedsDecideTheStart(t *testing.T) {
	a, b, c := New(1, 1, nil, nil), New(1, 2, nil, nil), New(2, 1, nil, nil)
	if a.header == b.header {
		t.Error("two seeds, one SSRC")
	}
	if a.header != c.header {
		t.Error("one seed, two SSRCs")
	}
}

func TestNothingIsSentBeforeStart(t *testing.T) {
	f := newFar(t, farA)
	now := clock.Time(0)
	run(&now, time.Second, every(20*time.Millisecond, func(now clock.Time) { f.talk(now, codecs.PCMU, 160) }), f.s)
	if len(f.sent) != 0 {
		t.Errorf("sent %d packets", len(f.sent))
	}
	if st := f.s.Stats(); st.PacketsIn != 0 || st.Foreign != 50 {
		t.Errorf("packets from nowhere: %+v", st)
	}
}

// Packets must never go where no single host wants them.
func TestNeverSendsNowhere(t *testing.T) {
	for _, to := range []string{
		"0.0.0.0:4000", "[::]:4000", "192.0.2.1:0", "224.0.0.1:4000", "[ff02::1]:4000", "255.255.255.255:4000",
		"[::ffff:224.0.0.1]:4000", "[::ffff:0.0.0.0]:9",
	} {
		f := newFar(t, farA)
		p := f.params(codecs.PCMU, 20*time.Millisecond)
		p.Remote = netip.MustParseAddrPort(to)
		f.s.Start(0, p)
		now := clock.Time(0)
		run(&now, 100*time.Millisecond, nil, f.s)
		p.Remote = netip.AddrPort{}
		f.s.Start(now, p)
		run(&now, 100*time.Millisecond, nil, f.s)
		if len(f.sent) != 0 {
			t.Errorf("sent %d packets to %s", len(f.sent), to)
		}
	}
}

// The bridge of the first call: tones both ways, µ-law on one side and A-law
// on the other, 20 ms against 30.
func TestJoinedLegsHearEachOther(t *testing.T) {
	f := func(name string, idA, idB codecs.ID, ptimeA, ptimeB time.Duration) {
		t.Run(name, func(t *testing.T) {
			a, b := newFar(t, farA), newFar(t, farB)
			a.tone, b.tone = dsp.NewTone(440, -10, rate), dsp.NewTone(1000, -10, rate)
			a.s.Start(0, a.params(idA, ptimeA))
			b.s.Start(0, b.params(idB, ptimeB))
			a.s.Join(0, b.s)
			now := clock.Time(0)
			talkA := every(ptimeA, func(now clock.Time) { a.talk(now, idA, int(ptimeA*rate/time.Second)) })
			talkB := every(ptimeB, func(now clock.Time) { b.talk(now, idB, int(ptimeB*rate/time.Second)) })
			both := func(now clock.Time) { talkA(now); talkB(now) }
			run(&now, 5*time.Second, both, a.s, b.s)
			hears(t, a.listen(10), 1000, 440)
			hears(t, b.listen(10), 440, 1000)
			a.continuous()
			b.continuous()
			if a.s.ear.Held() > rate/8 || b.s.ear.Held() > rate/8 {
				t.Errorf("backlog of %d and %d samples", a.s.ear.Held(), b.s.ear.Held())
			}

			a.s.Leave(0)
			na, nb := len(a.sent)+1, len(b.sent)+1 // the first fades out
			run(&now, time.Second, both, a.s, b.s)
			if l := dsp.Level(a.listen(na)); l > -70 {
				t.Errorf("parted, a still hears %.1f dBov", l)
			}
			if l := dsp.Level(b.listen(nb)); l > -70 {
				t.Errorf("parted, b still hears %.1f dBov", l)
			}
		})
	}
	f("ulaw 20 alaw 30", codecs.PCMU, codecs.PCMA, 20*time.Millisecond, 30*time.Millisecond)
	f("alaw 20 ulaw 20", codecs.PCMA, codecs.PCMU, 20*time.Millisecond, 20*time.Millisecond)
	f("ulaw 10 alaw 60", codecs.PCMU, codecs.PCMA, 10*time.Millisecond, 60*time.Millisecond)
}

// Once the two sides have found their depth, nothing is missing any more: the
// tone comes out as one unbroken sine.
func TestTheBridgeIsSeamless(t *testing.T) {
	a, b := newFar(t, farA), newFar(t, farB)
	a.tone = dsp.NewTone(440, -10, rate)
	a.s.Start(0, a.params(codecs.PCMU, 20*time.Millisecond))
	b.s.Start(0, b.params(codecs.PCMA, 30*time.Millisecond))
	a.s.Join(0, b.s)
	now := clock.Time(0)
	run(&now, time.Minute, every(20*time.Millisecond, func(now clock.Time) { a.talk(now, codecs.PCMU, 160) }), a.s, b.s)
	pcm := b.listen(20)
	want := dsp.Level(pcm)
	for i := 0; i+400 <= len(pcm); i += 80 {
		if l := dsp.Level(pcm[i : i+400]); l < want-1 || l > want+1 {
			t.Fatalf("%d ms in: level %.1f dBov among %.1f", i/8, l, want)
		}
	}
}

// Two sessions wired straight to each other: what one plays the other hears,
// in packets of its own making.
func TestTwoSessionsTalk(t *testing.T) {
	a, b := newFar(t, farA), newFar(t, farB)
	a.s.Start(0, a.params(codecs.PCMU, 20*time.Millisecond))
	b.s.Start(0, b.params(codecs.PCMA, 30*time.Millisecond))
	ta, tb := &tapped{}, &tapped{}
	now := clock.Time(0)
	a.s.Play(msg.Playback{Ref: 1, Loop: 1}, []*prompt.Clip{prompt.Tone(440, 3*time.Second, -10)})
	b.s.Play(msg.Playback{Ref: 2, Loop: 1}, []*prompt.Clip{prompt.Tone(1000, 3*time.Second, -10)})
	na, nb := 0, 0
	run(&now, 2*time.Second, func(now clock.Time) {
		for ; na < len(a.sent); na++ {
			deliver(now, a.sent[na], b)
		}
		for ; nb < len(b.sent); nb++ {
			deliver(now, b.sent[nb], a)
		}
		ta.note(a.s)
		tb.note(b.s)
	}, a.s, b.s)
	hears(t, ta.pcm[rate/2:], 1000, 440)
	hears(t, tb.pcm[rate/2:], 440, 1000)
	for _, x := range []*far{a, b} {
		if st := x.s.Stats(); st.Lost+st.Late+st.Duplicate+st.Foreign+st.Malformed != 0 || st.PacketsIn == 0 {
			t.Errorf("a clean line left marks: %+v", st)
		}
	}
}

// tapped collects what a session heard, frame by frame.
type tapped struct {
	pcm []int16
	due clock.Time
}

func (x *tapped) note(s *Session) {
	if s.due != x.due {
		x.due = s.due
		x.pcm = append(x.pcm, s.heard[:s.samples]...)
	}
}

func deliver(now clock.Time, p sent, to *far) {
	to.say.Sequence, to.say.Timestamp, to.say.Marker = p.h.Sequence, p.h.Timestamp, p.h.Marker
	to.s.Receive(now, to.packet(p.h.Type, p.payload, 0), to.addr)
}

func TestALateTickCatchesUp(t *testing.T) {
	f := newFar(t, farA)
	f.s.Start(0, f.params(codecs.PCMU, 20*time.Millisecond))
	next := f.s.Tick(0)
	if f.s.Tick(next-1) != next || len(f.sent) != 1 {
		t.Fatal("an early tick did something")
	}
	late := func(by time.Duration) { // ticks as a shard does that comes late
		for now := next.Add(by); next <= now; {
			next = f.s.Tick(now)
		}
	}
	late(41 * time.Millisecond) // two frames late
	if len(f.sent) != 4 || next != clock.Time(80*time.Millisecond) {
		t.Fatalf("sent %d packets, next at %v; want 4, 80ms", len(f.sent), time.Duration(next))
	}
	f.continuous()

	// After a second of standstill the lost time is a gap, not a burst.
	late(time.Second)
	next = f.s.Tick(next)
	n := len(f.sent)
	if n != 4+maxCatchUp+1 {
		t.Fatalf("sent %d packets at once", n-4)
	}
	p, q := f.sent[3], f.sent[4]
	if gap := q.h.Timestamp - p.h.Timestamp; gap != 160*47 || !q.h.Marker || q.h.Sequence != p.h.Sequence+1 {
		t.Errorf("after the gap: %d samples later, marker %v", gap, q.h.Marker)
	}
	if want := clock.Time(80*time.Millisecond + time.Second + 40*time.Millisecond); next != want {
		t.Errorf("next frame at %v, want %v", time.Duration(next), time.Duration(want))
	}
}

func TestReInviteIsContinuous(t *testing.T) {
	f := newFar(t, farA)
	now := clock.Time(0)
	f.s.Start(now, f.params(codecs.PCMU, 20*time.Millisecond))
	run(&now, time.Second, nil, f.s)
	p := f.params(codecs.PCMA, 30*time.Millisecond)
	p.Remote = farB
	f.s.Start(now, p)
	run(&now, time.Second, nil, f.s)
	f.continuous()
	last := f.sent[len(f.sent)-1]
	if last.h.Type != 8 || len(last.payload) != 240 || last.to != farB {
		t.Errorf("after the change: type %d, %d bytes, to %v", last.h.Type, len(last.payload), last.to)
	}
}

func TestHold(t *testing.T) {
	f := newFar(t, farA)
	f.tone = dsp.NewTone(440, -10, rate)
	now, heard := clock.Time(0), &tapped{}
	phase := func(d msg.Direction) (out int, in dsp.DB) {
		p := f.params(codecs.PCMU, 20*time.Millisecond)
		p.Direction = d
		f.s.Start(now, p)
		talk := every(20*time.Millisecond, func(now clock.Time) { f.talk(now, codecs.PCMU, 160); heard.note(f.s) })
		run(&now, 500*time.Millisecond, talk, f.s) // what is under way runs dry
		n := len(f.sent)
		heard.pcm = nil
		run(&now, time.Second, talk, f.s)
		return len(f.sent) - n, dsp.Level(heard.pcm)
	}
	f2 := func(d msg.Direction, sends, receives bool) {
		t.Helper()
		out, in := phase(d)
		if (out == 50) != sends || (out == 0) == sends {
			t.Errorf("direction %d: sent %d packets", d, out)
		}
		if (in > -20) != receives {
			t.Errorf("direction %d: heard %.1f dBov", d, in)
		}
	}
	f2(msg.SendRecv, true, true)
	f2(msg.SendOnly, true, false)
	f2(msg.RecvOnly, false, true)
	f2(msg.Inactive, false, false)
	f2(msg.SendRecv, true, true)
	gap := 0
	for i := 1; i < len(f.sent); i++ {
		if f.sent[i].h.Marker {
			gap++
		}
	}
	if gap != 1 {
		t.Errorf("%d talk spurts after the first, want 1", gap)
	}
	if st := f.s.Stats(); st.Lost != 0 || st.Late != 0 {
		t.Errorf("holding cost packets: %+v", st)
	}
}

func TestMediaLost(t *testing.T) {
	f := newFar(t, farA)
	f.s.SetTimeout(2 * time.Second)
	now := clock.Time(0)
	lost := func(want int) {
		t.Helper()
		if got := len(f.only(msg.MediaLost)); got != want {
			t.Fatalf("after %v: lost %d times, want %d", time.Duration(now), got, want)
		}
	}
	talk := every(20*time.Millisecond, func(now clock.Time) { f.talk(now, codecs.PCMU, 160) })
	run(&now, 5*time.Second, nil, f.s)
	lost(0) // not started
	f.s.Start(now, f.params(codecs.PCMU, 20*time.Millisecond))
	run(&now, 1900*time.Millisecond, nil, f.s)
	lost(0)
	run(&now, 200*time.Millisecond, nil, f.s)
	lost(1) // nothing ever came
	run(&now, 10*time.Second, nil, f.s)
	lost(1)
	run(&now, 10*time.Second, talk, f.s)
	lost(1)
	run(&now, 3*time.Second, nil, f.s)
	lost(2) // it stopped
	for _, d := range []msg.Direction{msg.SendOnly, msg.RecvOnly, msg.Inactive} {
		hold := f.params(codecs.PCMU, 20*time.Millisecond)
		hold.Direction = d
		f.s.Start(now, hold)
		run(&now, 10*time.Second, nil, f.s)
		lost(2) // who holds need not send
	}
	f.s.Start(now, f.params(codecs.PCMU, 20*time.Millisecond))
	run(&now, 3*time.Second, nil, f.s)
	lost(3) // back, and silent
	if got := len(f.only(msg.FirstPacket)); got != 1 {
		t.Errorf("%d first packets", got)
	}
}

func TestCloseIsFinal(t *testing.T) {
	a, b := newFar(t, farA), newFar(t, farB)
	now := clock.Time(0)
	a.s.Start(now, a.params(codecs.PCMU, 20*time.Millisecond))
	a.s.Join(0, b.s)
	a.s.Play(msg.Playback{Ref: 5, Loop: 1}, []*prompt.Clip{prompt.Silence(time.Second)})
	run(&now, 100*time.Millisecond, nil, a.s)
	a.s.Close(now)
	n := len(a.events)
	if n < 2 || a.events[n-2].Kind != msg.PlayDone || a.events[n-2].Outcome != msg.Dropped || a.events[n-1].Kind != msg.Closed {
		t.Fatalf("last words: %+v", a.events)
	}
	if got := a.events[n-1].Stats.PacketsOut; got != uint64(len(a.sent)) {
		t.Errorf("final stats say %d packets of %d", got, len(a.sent))
	}
	if b.s.peer != nil {
		t.Error("the peer still hears the closed session")
	}
	sent := len(a.sent)
	a.s.Start(now, a.params(codecs.PCMU, 20*time.Millisecond))
	a.s.Play(msg.Playback{Ref: 6, Loop: 1}, []*prompt.Clip{prompt.Silence(time.Second)})
	a.s.SendDigits(7, "1")
	a.s.Join(0, b.s)
	a.talk(now, codecs.PCMU, 160)
	a.s.Tick(now.Add(time.Second))
	a.s.Close(now)
	if len(a.events) != n || len(a.sent) != sent || b.s.peer != nil {
		t.Error("a closed session goes on")
	}
}
