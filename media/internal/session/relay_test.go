package session

import (
	"bytes"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
	"trunkline/media/tap"
)

// pair is two joined legs with one codec, of which the first one talks.
type pair struct {
	t    *testing.T
	a, b *far
	now  clock.Time
	talk func(clock.Time)
}

func newPair(t *testing.T, change func(a, b *msg.Params)) *pair {
	x := &pair{t: t, a: newFar(t, farA), b: newFar(t, farB)}
	pa, pb := x.a.params(codecs.PCMU, frame20), x.b.params(codecs.PCMU, frame20)
	if change != nil {
		change(&pa, &pb)
	}
	x.a.tone = dsp.NewTone(440, -10, rate)
	x.a.s.Start(0, pa)
	x.b.s.Start(0, pb)
	x.a.s.Join(0, x.b.s)
	x.talk = every(frame20, func(now clock.Time) { x.a.talk(now, codecs.PCMU, 160) })
	return x
}

func (x *pair) run(d time.Duration) { run(&x.now, d, x.talk, x.a.s, x.b.s) }

// relayed returns how many packets passed undecoded in d.
func (x *pair) relayed(d time.Duration) uint64 {
	before := x.a.s.Stats().Relayed
	x.run(d)
	return x.a.s.Stats().Relayed - before
}

func TestRelayPassesPayloadsAsTheyAre(t *testing.T) {
	x := newPair(t, nil)
	var said []byte
	x.talk = every(frame20, func(now clock.Time) {
		payload := make([]byte, 160)
		for i := range payload {
			payload[i] = byte(len(said) * (i + 3))
		}
		said = append(said, payload...)
		x.a.s.Receive(now, x.a.packet(0, payload, 160), x.a.addr)
	})
	x.run(time.Second)
	if got := bytesSent(x.b, 0); !bytes.Contains(got, said) {
		t.Error("what came out is not what went in")
	}
	x.b.continuous()
	st, out := x.a.s.Stats(), x.b.s.Stats()
	if st.Relayed != 50 || st.PacketsIn != 50 || st.Lost+st.Late+st.Duplicate != 0 || out.PacketsOut < 50 || out.PacketsOut > 51 {
		t.Errorf("in %+v, out %+v", st, out)
	}
	if x.a.s.jitter.Held() != 0 {
		t.Error("relayed packets were stored too")
	}
}

// What keeps a leg's sound from passing by undecoded, and that it passes again
// when that is over.
func TestWhatNeedsDecoding(t *testing.T) {
	f := func(name string, begin, end func(x *pair)) {
		t.Run(name, func(t *testing.T) {
			x := newPair(t, nil)
			if n := x.relayed(time.Second); n < 49 {
				t.Fatalf("%d of 50 packets were relayed", n)
			}
			begin(x)
			x.run(frame20)
			if n := x.relayed(time.Second); n != 0 {
				t.Errorf("%d packets were relayed", n)
			}
			end(x)
			x.run(2 * frame20)
			if n := x.relayed(time.Second); n < 49 {
				t.Errorf("afterwards %d of 50 packets were relayed", n)
			}
			x.b.continuous()
		})
	}
	tp, other := tap.New(tap.Stereo, 8000, 2000), tap.New(tap.Stereo, 8000, 2000)
	f("recording the talker", func(x *pair) { x.a.s.Tap(tp) }, func(x *pair) { x.a.s.Untap(tp) })
	f("recording the listener", func(x *pair) { x.b.s.Tap(other) }, func(x *pair) { x.b.s.Untap(other) })
	f("listening for speech", func(x *pair) { x.a.s.DetectSpeech(true) }, func(x *pair) { x.a.s.DetectSpeech(false) })
	clips := []*prompt.Clip{prompt.Tone(1000, time.Minute, -10)}
	f("a prompt", func(x *pair) { x.b.s.Play(msg.Playback{Ref: 1}, clips) }, func(x *pair) { x.b.s.Stop(1) })
	adjust := func(of func(x *pair) *Session, m msg.Member) func(*pair) {
		return func(x *pair) { of(x).Adjust(x.now, m) }
	}
	talker, hearer := func(x *pair) *Session { return x.a.s }, func(x *pair) *Session { return x.b.s }
	f("mute", adjust(talker, msg.Member{Mute: true}), adjust(talker, msg.Member{}))
	f("deafness", adjust(hearer, msg.Member{Deaf: true}), adjust(hearer, msg.Member{}))
	f("gain", adjust(talker, msg.Member{Gain: 6}), adjust(talker, msg.Member{}))
	restart := func(of func(x *pair) *Session, change func(p *msg.Params)) func(*pair) {
		return func(x *pair) { p := of(x).params; change(&p); of(x).Start(x.now, p) }
	}
	decode := func(on bool) func(p *msg.Params) { return func(p *msg.Params) { p.Decode = on } }
	f("forced", restart(talker, decode(true)), restart(talker, decode(false)))
	f("forced by the other", restart(hearer, decode(true)), restart(hearer, decode(false)))
	send := func(i int) func(p *msg.Params) { return func(p *msg.Params) { p.Send = p.Accept[i] } }
	f("another codec", restart(hearer, send(1)), restart(hearer, send(0)))
	keys := func(k msg.KeyStyle) func(p *msg.Params) { return func(p *msg.Params) { p.Keys = k } }
	f("keys as tones", restart(talker, keys(msg.KeyTones)), restart(talker, keys(msg.KeyEvents)))
}

// Whatever a leg goes through, what the other side hears has no hole and no
// click: the tone is one sine, but for the moments when something is put in.
func TestMovingBetweenWaysHasNoSeam(t *testing.T) {
	x := newPair(t, nil)
	tp := tap.New(tap.Stereo, 8000, 2000)
	clip := []*prompt.Clip{prompt.Tone(1000, 300*time.Millisecond, -30)}
	steps := []func(){
		func() {}, func() { x.a.s.Tap(tp) }, func() {}, func() { x.a.s.Untap(tp) },
		func() { x.b.s.Play(msg.Playback{Ref: 1, Over: true}, clip) }, func() {},
		func() { x.a.s.DetectSpeech(true) }, func() { x.a.s.DetectSpeech(false) },
		func() { x.b.s.Play(msg.Playback{Ref: 2, Over: true}, clip) }, func() { x.b.s.Stop(0) },
	}
	for _, step := range steps {
		x.run(333 * time.Millisecond)
		step()
	}
	x.run(time.Second)
	x.b.continuous()
	pcm := x.b.listen(0)
	for len(pcm) > 0 && pcm[0] > -100 && pcm[0] < 100 {
		pcm = pcm[1:] // before the first packet
	}
	for i := 1; i < len(pcm); i++ {
		// 440 Hz at −10 dBov move by 5064 at most from sample to sample, and
		// 1000 Hz at −30 dBov by 1150.
		if d := int(pcm[i]) - int(pcm[i-1]); d > 6600 || d < -6600 {
			t.Fatalf("%d ms in, the sound jumps by %d", i, d)
		}
	}
	for i := 0; i+160 <= len(pcm); i += 40 {
		if l := dsp.Level(pcm[i : i+160]); l < -22 {
			t.Fatalf("%d ms in, 20 ms of sound have only %.1f dBov", i/8, l)
		}
	}
}

// A far side that falls silent leaves no silence on the other wire, and comes
// back in step.
func TestRelayGivesWayToSilence(t *testing.T) {
	x := newPair(t, nil)
	x.run(time.Second)
	n := len(x.b.sent)
	run(&x.now, time.Second, nil, x.a.s, x.b.s)
	if got := len(x.b.sent) - n; got < 38 || got > 45 {
		t.Errorf("%d packets in a second of silence", got)
	}
	last := x.b.sent[len(x.b.sent)-1].h
	x.a.say.Timestamp += 8000 // its clock went on
	x.a.say.Marker = true
	x.talk(x.now)
	back := x.b.sent[len(x.b.sent)-1].h
	if d := back.Timestamp - last.Timestamp; d != 160 || back.Sequence != last.Sequence+1 {
		t.Errorf("back after %d samples, %d packets", d, back.Sequence-last.Sequence)
	}
	x.a.say.Marker = false
	if n := x.relayed(time.Second); n < 49 {
		t.Errorf("%d packets relayed", n)
	}
}

// Loss, reorder and doubles on the way in.
func TestRelayKeepsDistances(t *testing.T) {
	x := newPair(t, nil)
	x.run(time.Second)
	n, base := len(x.b.sent), x.b.sent[len(x.b.sent)-1].h
	send := func(seq int) {
		h := x.a.say
		h.Sequence += uint16(seq)
		h.Timestamp += uint32(160 * seq)
		b := make([]byte, rtp.HeaderSize+160)
		rtp.Put(b, h)
		x.a.s.Receive(x.now, b, x.a.addr)
	}
	for _, seq := range []int{0, 1, 3, 2, 2, 6, -5} {
		send(seq)
	}
	var got []int
	for _, p := range x.b.sent[n:] {
		d := int(int16(p.h.Sequence - base.Sequence))
		if p.h.Timestamp != base.Timestamp+uint32(160*d) {
			t.Errorf("packet %d has a timestamp of its own", d)
		}
		got = append(got, d)
	}
	if want := []int{1, 2, 4, 3, 7}; len(got) != len(want) || got[2] != 4 || got[3] != 3 || got[4] != 7 {
		t.Errorf("passed on %v, want %v", got, want)
	}
}

// Another source and another clock on the far side are not seen on this one.
func TestRelayHidesTheFarClock(t *testing.T) {
	x := newPair(t, nil)
	x.run(time.Second)
	x.a.say.SSRC, x.a.say.Sequence, x.a.say.Timestamp = 77, 9, 123456
	x.run(time.Second)
	x.a.say.Timestamp += 1 << 30
	x.run(time.Second)
	for i, p := range x.b.sent[1:] {
		before := x.b.sent[i].h
		if d := int32(p.h.Timestamp - before.Timestamp); p.h.Sequence != before.Sequence+1 || d < 160 || d > 1000 {
			t.Fatalf("packet %d: %d later, sequence %d after %d", i+1, d, p.h.Sequence, before.Sequence)
		}
	}
}

func TestKeysCrossWithTheRelay(t *testing.T) {
	f := func(name string, change func(a, b *msg.Params), crossed bool) {
		t.Run(name, func(t *testing.T) {
			x := newPair(t, change)
			x.run(time.Second)
			n := len(x.b.sent)
			ts := x.a.say.Timestamp
			for i := range 5 {
				h := x.a.say
				h.Type, h.Timestamp, h.Marker = 101, ts, i == 0
				b := make([]byte, rtp.HeaderSize+rtp.EventSize)
				rtp.Put(b, h)
				rtp.PutEvent(b[rtp.HeaderSize:], rtp.Event{Code: 7, Duration: uint16(160 * (i + 1)), End: i > 2, Volume: 10})
				x.a.say.Sequence++
				x.a.s.Receive(x.now, b, x.a.addr)
			}
			x.a.say.Timestamp += 800
			if got := x.a.only(msg.Digit); len(got) != 1 || got[0].Digit != '7' || got[0].Crossed != crossed {
				t.Fatalf("keys reported: %+v", got)
			}
			var events int
			for _, p := range x.b.sent[n:] {
				if p.h.Type == x.b.s.params.SendEvents && len(p.payload) == rtp.EventSize {
					events++
				}
			}
			if (events == 5) != crossed || (events == 0) == crossed {
				t.Errorf("%d packets of the key were passed on", events)
			}
			x.run(time.Second)
			x.b.inStep()
		})
	}
	f("as they are", nil, true)
	f("with another type", func(_, b *msg.Params) { b.SendEvents = 96 }, true)
	f("to a far side without", func(_, b *msg.Params) { b.SendEvents = 0 }, false)
	f("to one that wants INFO", func(_, b *msg.Params) { b.Keys = msg.KeySignal }, false)
	f("with sound decoded", func(a, _ *msg.Params) { a.Decode = true }, false)
	f("of another clock", func(a, _ *msg.Params) { a.EventClock = 48000 }, false)
	f("of one clock that is not the sound's", func(a, b *msg.Params) { a.EventClock, b.EventClock = 48000, 48000 }, true)
}

// inStep is continuous with pauses allowed: sequence numbers follow each other,
// and no packet of sound begins before the one before has ended.
func (f *far) inStep() {
	f.t.Helper()
	var last sent
	for i, p := range f.sent {
		if i > 0 && p.h.Sequence != f.sent[i-1].h.Sequence+1 {
			f.t.Fatalf("packet %d has sequence number %d after %d", i, p.h.Sequence, f.sent[i-1].h.Sequence)
		}
		if p.h.Type >= 64 {
			continue
		}
		if last.payload != nil && int32(p.h.Timestamp-last.h.Timestamp) < int32(len(last.payload)) {
			f.t.Fatalf("packet %d begins %d samples after the one before", i, p.h.Timestamp-last.h.Timestamp)
		}
		last = p
	}
}
