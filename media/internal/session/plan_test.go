package session

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/ear"
	"trunkline/media/mix"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// plan is a life of two joined phones that goes everywhere in random order:
// relayed, decoded, over a prompt, on hold, in a room, in packets of other lengths.
type plan struct {
	t     *testing.T
	rnd   *rand.Rand
	name  string
	p     [2]*phone
	codec []codecs.ID // re-INVITEs choose among them
	room  *mix.Room
	tap   *tap.Tap
	clips []*prompt.Clip
	now   clock.Time
	did   []string
	wires [2]*wire
}

// wire is the network from a phone to its session.
type wire struct {
	p      *phone
	rnd    *rand.Rand
	loss   float64
	jitter time.Duration
	due    clock.Time
	way    []transit
	last   int16
	turned bool // the tone begins anew
}

func (w *wire) step(now clock.Time) {
	p := w.p
	for ; w.due <= now; w.due = w.due.Add(p.ptime) {
		n := int(p.ptime * time.Duration(p.rate) / time.Second)
		pcm, payload := make([]int16, n), make([]byte, 4000)
		p.tone.Fill(pcm)
		if w.turned { // it is another tone now, which must not click either
			ear.Ease(pcm, w.last, p.rate)
			w.turned = false
		}
		w.last = last(pcm)
		payload = payload[:p.coder.Encode(payload, pcm)]
		pkt := p.packet(p.codec.PayloadType, payload, uint32(p.ptime*time.Duration(p.codec.ClockRate)/time.Second))
		if w.rnd.Float64() < w.loss {
			continue
		}
		w.way = append(w.way, transit{w.due.Add(time.Duration(w.rnd.Int64N(int64(w.jitter) + 1))), pkt})
	}
	kept := w.way[:0]
	for _, x := range w.way {
		if x.at > now {
			kept = append(kept, x)
			continue
		}
		p.s.Receive(now, x.pkt, p.addr)
	}
	w.way = kept
}

func newPlan(t *testing.T, seed uint64, loss float64, jitter time.Duration, ids ...codecs.ID) *plan {
	rnd := rand.New(rand.NewPCG(seed, 99))
	x := &plan{
		t: t, rnd: rnd, name: fmt.Sprintf("seed %d", seed), codec: ids, room: mix.New(8000),
		tap: tap.New(tap.Stereo, 8000, 100), clips: []*prompt.Clip{prompt.Tone(150, 300*time.Millisecond, -15)},
	}
	x.p[0], x.p[1] = newPhone(t, farA, ids[0], frame20, 200), newPhone(t, farB, ids[0], frame20, 300)
	for i, p := range x.p {
		p.tone = dsp.NewTone([]float64{200, 300}[i], -15, p.rate)
		p.s.Start(0, p.params())
		x.wires[i] = &wire{p: p, rnd: rnd, loss: loss, jitter: jitter}
	}
	x.p[0].s.Join(0, x.p[1].s)
	return x
}

func (x *plan) run(d time.Duration) {
	run(&x.now, d, func(now clock.Time) { x.wires[0].step(now); x.wires[1].step(now) }, x.p[0].s, x.p[1].s)
	for _, p := range x.p {
		x.smooth(p)
	}
}

// step does something to one of the two.
func (x *plan) step() {
	p := x.p[x.rnd.IntN(2)]
	s := p.s
	m := s.params
	steps := []struct {
		name string
		do   func()
	}{
		{"tap", func() { s.Tap(x.tap) }},
		{"untap", func() { s.Untap(x.tap); x.tap = tap.New(tap.Stereo, 8000, 100) }},
		{"speech", func() { s.DetectSpeech(!s.detect) }},
		{"modem", func() { s.Fix(!s.modem.wished) }},
		{"prompt", func() { s.Play(msg.Playback{Ref: 1}, x.clips) }},
		{"prompt over", func() { s.Play(msg.Playback{Ref: 2, Over: true}, x.clips) }},
		{"stop", func() { s.Stop(0) }},
		{"pause", func() { s.Pause(0) }},
		{"decode", func() { m.Decode = !m.Decode; s.Start(x.now, m) }},
		{"mute", func() { s.Adjust(x.now, msg.Member{Mute: true}) }},
		{"deaf", func() { s.Adjust(x.now, msg.Member{Deaf: true}) }},
		{"plain", func() { s.Adjust(x.now, msg.Member{}) }},
		{"room", func() { s.Enter(x.now, x.room, msg.Member{}) }},
		{"room", func() { s.Enter(x.now, x.room, msg.Member{}) }},
		{"join", func() { x.p[0].s.Join(x.now, x.p[1].s) }},
		{"join", func() { x.p[0].s.Join(x.now, x.p[1].s) }},
		{"echo", func() { s.Echo(x.now, true) }},
		{"leave", func() { s.Leave(x.now) }},
		{"codec", func() { x.reinvite(p) }},
		{"hold", func() { x.hold(p, []msg.Direction{msg.SendOnly, msg.RecvOnly, msg.Inactive}[x.rnd.IntN(3)]) }},
		{"resume", func() { x.hold(p, msg.SendRecv) }},
		{"resume", func() { x.hold(p, msg.SendRecv) }},
		{"packet time", func() { m.Ptime = time.Duration(1+x.rnd.IntN(6)) * 10 * time.Millisecond; s.Start(x.now, m) }},
	}
	choice := steps[x.rnd.IntN(len(steps))]
	x.did = append(x.did, fmt.Sprintf("%v %s %d", time.Duration(x.now), choice.name, p.addr.Port()))
	choice.do()
}

// reinvite changes the codec of a phone, after what it heard was checked.
func (x *plan) reinvite(p *phone) {
	x.smooth(p)
	p.sent = nil
	p.use(x.codec[x.rnd.IntN(len(x.codec))], frame20)
	freq, i := 200.0, 0
	if p == x.p[1] {
		freq, i = 300, 1
	}
	x.wires[i].turned = true
	p.tone = dsp.NewTone(freq, -15, p.rate)
	m := p.params()
	m.Decode = p.s.params.Decode
	p.s.Start(x.now, m)
}

// hold changes who sends. Where sound stops amid a wave it is nobody's click, but
// where it begins it would be one.
func (x *plan) hold(p *phone, d msg.Direction) {
	m := p.s.params
	if !m.Direction.Sends() && d.Sends() {
		x.smooth(p)
		p.heard, p.smooth = []int16{0}, 0
	}
	m.Direction = d
	p.s.Start(x.now, m)
}

// smooth checks what a phone has heard until now.
func (x *plan) smooth(p *phone) {
	x.t.Helper()
	// Three tones at −15 dBov, the highest of 300 Hz, at a rate of 8 kHz or more,
	// move by less than this from sample to sample.
	most := 4500
	if p.codec.ID == codecs.Opus { // packets of two encoders in turn are no sine
		most = 14000
	}
	pcm := p.heard
	for i := max(p.smooth, 1); i < len(pcm); i++ {
		if d := int(pcm[i]) - int(pcm[i-1]); d > most || d < -most {
			x.fail("%d hears a jump by %d, %v ago", p.addr.Port(), d, time.Duration(len(pcm)-i)*time.Second/time.Duration(p.rate))
		}
	}
	p.smooth = len(pcm)
}

// check checks the packets a phone got.
func (x *plan) check(p *phone, lossy bool) {
	x.t.Helper()
	x.smooth(p)
	for i := 1; i < len(p.sent); i++ {
		a, b := p.sent[i-1], p.sent[i]
		if b.h.Type != p.codec.PayloadType || a.h.Type != b.h.Type {
			continue
		}
		length := uint32(p.codec.Length(a.payload))
		gap := int32(b.h.Timestamp - a.h.Timestamp - length)
		if d := b.h.Sequence - a.h.Sequence; d != 1 && !lossy {
			x.fail("to %d, packet %d: sequence number %d after %d", p.addr.Port(), i, b.h.Sequence, a.h.Sequence)
		}
		if int16(b.h.Sequence-a.h.Sequence) < 0 { // reordered on the way in, and passed on so
			continue
		}
		if gap < 0 && !lossy || gap > int32(length) && !lossy && !b.h.Marker {
			x.fail("to %d, packet %d: a gap of %d in the timestamps", p.addr.Port(), i, gap)
		}
	}
}

func (x *plan) fail(format string, args ...any) {
	x.t.Helper()
	x.t.Fatalf("%s: %s; at %v did %q", x.name, fmt.Sprintf(format, args...), time.Duration(x.now), x.did)
}

// Whatever happens to a call, and in whatever order: sequence numbers and
// timestamps go on, and nothing clicks.
func TestAnyLifeIsSmooth(t *testing.T) {
	f := func(name string, seeds int, loss float64, jitter time.Duration, ids ...codecs.ID) {
		t.Run(name, func(t *testing.T) {
			for seed := range seeds {
				x := newPlan(t, uint64(seed), loss, jitter, ids...)
				for range 40 {
					x.run(time.Duration(5+x.rnd.IntN(300)) * time.Millisecond)
					x.step()
					if len(x.did) > 8 {
						x.did = x.did[1:]
					}
				}
				for _, p := range x.p {
					x.check(p, loss > 0 || jitter > 0)
				}
			}
		})
	}
	f("G.711", 20, 0, 0, codecs.PCMU)
	f("G.711 of two kinds", 40, 0, 0, codecs.PCMU, codecs.PCMA)
	f("linear", 10, 0, 0, codecs.L16, codecs.L16Wide)
	f("Opus", 5, 0, 0, codecs.Opus)
	f("Opus and G.711", 5, 0, 0, codecs.Opus, codecs.PCMU)
	f("all", 5, 0, 0, codecs.Opus, codecs.PCMU, codecs.G722, codecs.L16)
	f("jitter", 10, 0, 30*time.Millisecond, codecs.PCMU)
	f("loss", 10, 0.05, 0, codecs.PCMU)
	f("bad", 10, 0.05, 40*time.Millisecond, codecs.PCMU, codecs.PCMA)
}
