package session

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// fsk is what a modem says: random bits at 600 baud, 1300 and 1700 Hz (ITU-T V.23),
// its phase never broken, for page samples, and silence for pause.
type fsk struct {
	rnd         *rand.Rand
	tones       [2]dsp.Tone
	bit, left   int
	page, pause int
	at          int
}

func newFSK(page, pause time.Duration) *fsk {
	f := &fsk{rnd: rand.New(rand.NewPCG(6, 7)), page: int(page * rate / time.Second), pause: int(pause * rate / time.Second)}
	f.tones = [2]dsp.Tone{dsp.MakeTone(1300, -15, rate), dsp.MakeTone(1700, -15, rate)}
	return f
}

func (f *fsk) fill(pcm []int16) {
	var both [2][1]int16
	for i := range pcm {
		if f.left--; f.left <= 0 {
			f.bit, f.left = f.rnd.IntN(2), rate/600
		}
		for k := range f.tones {
			f.tones[k].Fill(both[k][:])
		}
		pcm[i] = both[f.bit][0]
		if f.at++; f.at%(f.page+f.pause) >= f.page {
			pcm[i] = 0
		}
	}
}

// fax is a modem on one leg of a bridge from PCMU to PCMA, behind a network that
// delays packets by up to 80 ms, every other 20 s by 10, and a clock that is off by ppm.
type fax struct {
	*pair
	line *link
	from *fsk
	want []byte // all that it said, as the other side ought to hear it
}

func newFax(t *testing.T, ppm int, from *fsk) *fax {
	x := &fax{from: from}
	x.pair = newPair(t, func(_, b *msg.Params) { b.Send = msg.Payload{Type: 8, Codec: codecs.PCMA} })
	x.line = &link{now: &x.now, from: farA, to: x.a.s, rnd: rand.New(rand.NewPCG(2, 3))}
	u, _ := codecs.ByID(codecs.PCMU)
	a, _ := codecs.ByID(codecs.PCMA)
	ours, theirs := u.New(rate, codecs.Format{}), a.New(rate, codecs.Format{})
	due, step := clock.Time(0), frame20-time.Duration(ppm)*frame20/1e6
	x.talk = func(now clock.Time) {
		x.line.jitter = []time.Duration{80, 10}[now/clock.Time(20*time.Second)%2] * time.Millisecond
		for ; due <= now; due = due.Add(step) {
			pcm, payload := make([]int16, 160), make([]byte, 160)
			from.fill(pcm)
			ours.Encode(payload, pcm)
			x.line.post(x.a.packet(0, payload, 160), false)
			ours.Decode(pcm, payload)
			x.want = append(x.want, make([]byte, 160)...)
			theirs.Encode(x.want[len(x.want)-160:], pcm)
		}
		x.line.step(now)
	}
	return x
}

// slips compares what was heard with what was said, once it has begun: how often
// the sound goes on at another place, and how many samples are not those said.
func (x *fax) slips() (slips, wrong int) {
	x.t.Helper()
	const sure = 400 // samples that are nowhere else
	got := bytesSent(x.b, 0)
	got = got[min(3*rate, len(got)):]
	at := bytes.Index(x.want, got[:sure])
	if at < 0 {
		x.t.Fatal("what is heard was never said")
	}
	for i := 0; i+sure < len(got); i++ { // got[i] is said at at+i
		if got[i] == x.want[at+i] {
			continue
		}
		near := x.want[max(at+i-rate, 0):min(at+i+rate, len(x.want))]
		if found := bytes.Index(near, got[i:i+sure]); found < 0 {
			wrong++
		} else if to := max(at+i-rate, 0) + found - i; to != at {
			slips++
			at = to
		}
	}
	return slips, wrong
}

// Four minutes of modem without a pause, through PCMU to PCMA: what is fixed slips
// only where a clock has run away, what is not fixed all the time.
func TestAModemIsPassedOnWhole(t *testing.T) {
	f := func(name string, ppm int, loss float64, fix bool, least, most int) {
		t.Run(name, func(t *testing.T) {
			x := newFax(t, ppm, newFSK(time.Hour, 0))
			x.a.s.Fix(fix)
			x.line.loss = loss
			x.run(4 * time.Minute)
			slips, wrong := x.slips()
			st := x.a.s.Stats()
			if slips < least || slips > most {
				t.Errorf("%d slips, want %d to %d", slips, least, most)
			}
			if fix && (st.Late > 0 || wrong > int(st.Lost)*160+slips*160) {
				t.Errorf("%d samples are not what was said; %+v", wrong, st)
			}
			x.b.continuous()
		})
	}
	f("even", 0, 0, true, 0, 0)
	f("fast", 300, 0, true, 0, 1)
	f("slow", -300, 0, true, 0, 1)
	f("lossy", 0, 0.005, true, 0, 0)
	f("adaptive", 0, 0, false, 20, 1000)
	f("adaptive, fast", 300, 0, false, 20, 1000)
}

// A fax machine is silent between its pages: no clock is so far off that a page is
// not whole.
func TestPagesAreWhole(t *testing.T) {
	const page, pause = 20 * time.Second, 2 * time.Second
	for _, ppm := range []int{300, 1000, -300, -500} {
		x := newFax(t, ppm, newFSK(page, pause))
		x.a.s.Fix(true)
		x.run(5 * time.Minute)
		got, one := bytesSent(x.b, 0), int(page*rate/time.Second)
		for i := range len(x.want)/(one+2*rate) - 1 {
			said := x.want[i*(one+2*rate):][:one]
			if !bytes.Contains(got, said) {
				t.Errorf("%d ppm: page %d is not whole", ppm, i+1)
			}
		}
	}
}

// Whoever finds out amid a call that there is a modem has one seam, and no other;
// whoever takes it back has a call like others.
func TestAModemIsFoundOutLater(t *testing.T) {
	x := newFax(t, 0, newFSK(time.Hour, 0))
	x.run(10 * time.Second)
	x.a.s.Fix(true)
	x.run(10 * time.Second)
	x.a.s.Fix(true)
	m := x.a.s.params
	x.a.s.Start(x.now, m) // says nothing new
	x.run(time.Minute)
	if now, target := x.a.s.jitter.Delay(); target < steadyDelay || now < target-frame20 {
		t.Errorf("held for %v, want %v", now, target)
	}
	x.b.sent, x.want = nil, x.want[10*rate:]
	x.run(2 * time.Minute)
	if slips, wrong := x.slips(); slips+wrong > 0 {
		t.Errorf("%d slips, %d samples wrong", slips, wrong)
	}
	x.b.sent = nil
	x.a.s.Fix(false)
	x.run(2 * time.Minute)
	if slips, _ := x.slips(); slips == 0 {
		t.Error("taken back, and still fixed")
	}
	x.a.s.Fix(true)
	m.Send = msg.Payload{Type: 9, Codec: codecs.G722}
	if x.a.s.Start(x.now, m); x.a.s.modem.on() {
		t.Error("a modem through G.722")
	}
}

// What is held too long because a thread was late for once is not made up for.
func TestAModemWaitsForALateThread(t *testing.T) {
	x := newFax(t, 0, newFSK(time.Hour, 0))
	x.a.s.Fix(true)
	x.run(5 * time.Second)
	run(&x.now, 200*time.Millisecond, x.talk, x.a.s)
	x.run(time.Second)
	x.b.sent = nil
	x.run(time.Minute)
	if slips, wrong := x.slips(); slips+wrong > 0 {
		t.Errorf("%d slips, %d samples wrong", slips, wrong)
	}
}

// Keys are neither looked for in a modem's sound nor cut out of it.
func TestAModemPressesNoKeys(t *testing.T) {
	p, peer := newPhone(t, farA, codecs.PCMU, frame20, 440), newPhone(t, farB, codecs.PCMU, frame20, 440)
	d := &dialler{phone: p, pad: dsp.MakeKeypad(dsp.KeySound{}, rate), voice: murmur(rate)}
	m := p.params()
	m.Keys = msg.KeyTones
	p.s.Start(0, m)
	peer.s.Start(0, peer.params())
	p.s.Join(0, peer.s)
	p.s.Tap(tap.New(tap.Inbound, rate, 100)) // somebody listens
	p.s.Fix(true)
	now, talk := clock.Time(0), every(frame20, d.speak)
	d.pad.Dial(fifty)
	run(&now, 12*time.Second, talk, p.s, peer.s)
	if got := keysIn(peer.heard, rate); got != fifty || p.digits() != "" || p.s.Stats().Relayed > 0 {
		t.Errorf("over there %q is heard, reported is %q, %d relayed", got, p.digits(), p.s.Stats().Relayed)
	}
	p.s.Fix(false)
	d.pad.Dial("42#")
	run(&now, 2*time.Second, talk, p.s, peer.s)
	if p.digits() != "42#" {
		t.Errorf("taken back: reported is %q", p.digits())
	}
}

// With one codec on both sides a modem passes by as it came, whatever the network,
// also where keys were listened for.
func TestAModemIsRelayed(t *testing.T) {
	x := newPair(t, func(a, _ *msg.Params) { a.Keys = msg.KeyTones })
	x.a.s.Fix(true)
	line := &link{now: &x.now, from: farA, to: x.a.s, rnd: rand.New(rand.NewPCG(2, 3)), jitter: 80 * time.Millisecond}
	source := rand.New(rand.NewPCG(4, 5))
	var said [][]byte
	talk := every(frame20, func(clock.Time) {
		payload := make([]byte, 160)
		for i := range payload {
			payload[i] = byte(source.Uint32())
		}
		said = append(said, payload)
		line.post(x.a.packet(0, payload, 160), false)
	})
	x.talk = func(now clock.Time) { talk(now); line.step(now) }
	x.run(time.Second)
	x.b.sent, said = nil, said[:0]
	x.run(time.Minute)
	at := map[uint16][]byte{}
	for _, p := range x.b.sent {
		at[p.h.Sequence] = p.payload
	}
	first := x.b.sent[len(x.b.sent)-1].h.Sequence
	for !bytes.Equal(at[first], said[10]) {
		if first--; at[first] == nil && first == x.b.sent[len(x.b.sent)-1].h.Sequence {
			t.Fatal("what was said did not pass by")
		}
	}
	for i, payload := range said[10 : len(said)-10] {
		if !bytes.Equal(at[first+uint16(i)], payload) {
			t.Fatalf("packet %d is not what was said", i)
		}
	}
	if st := x.a.s.Stats(); st.Relayed < uint64(len(said)) {
		t.Errorf("%+v", st)
	}
}

// The tone of a modem that answers is enough, where the sound is listened to; that
// of others is not.
func TestAnAnsweringModemIsHeard(t *testing.T) {
	f := func(name string, freq float64, turns time.Duration, tapped, want bool) {
		t.Helper()
		x := newPair(t, nil)
		if tapped {
			x.a.s.Tap(tap.New(tap.Stereo, rate, 100))
		}
		x.a.tone = dsp.NewTone(freq, -20, rate)
		for range int(2600 * time.Millisecond / turns) {
			x.run(turns)
			x.a.talk(x.now, codecs.PCMU, 0)
			half := make([]int16, int(rate/freq/2+0.5)) // ANSam turns its phase
			x.a.tone.Fill(half)
		}
		if x.a.s.modem.on() != want || x.b.s.modem.on() != want {
			t.Errorf("%s: noticed %v and %v, want %v", name, x.a.s.modem.on(), x.b.s.modem.on(), want)
		}
		if x.a.s.Leave(x.now); x.a.s.modem.on() || x.b.s.modem.on() {
			t.Errorf("%s: they have parted, and it is still a modem's call", name)
		}
	}
	const whole, turning = 2600 * time.Millisecond, 450 * time.Millisecond
	f("CED", 2100, whole, true, true)
	f("CED, low", 2085, whole, true, true)
	f("CED, high", 2115, whole, true, true)
	f("ANSam", 2100, turning, true, true)
	f("in passing", 2100, whole, false, false)
	f("another tone", 2000, whole, true, false)
	f("and another", 2225, whole, true, false)
	f("a voice", 440, whole, true, false)
}
