package session

import (
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/feed"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// stream is two joined phones with a packet each way per step.
type stream struct {
	a, b    *phone
	now     clock.Time
	payload [2][]byte
	pkt     []byte
}

func newStream(idA, idB codecs.ID, change func(a, b *msg.Params)) *stream {
	x := &stream{a: newPhone(nil, farA, idA, frame20, 440), b: newPhone(nil, farB, idB, frame20, 1000), pkt: make([]byte, 4000)}
	pa, pb := x.a.params(), x.b.params()
	if change != nil {
		change(&pa, &pb)
	}
	for i, p := range []*phone{x.a, x.b} {
		p.s.wire, p.s.out = &deaf{}, &deaf{}
		pcm := make([]int16, p.rate/50)
		p.tone.Fill(pcm)
		b := make([]byte, 4000)
		x.payload[i] = b[:p.coder.Encode(b, pcm)]
	}
	x.a.s.Start(0, pa)
	x.b.s.Start(0, pb)
	x.a.s.Join(0, x.b.s)
	return x
}

func (x *stream) step() {
	for i, p := range []*phone{x.a, x.b} {
		pkt := x.pkt[:12+len(x.payload[i])]
		putNext(p, pkt, x.payload[i])
		p.s.Receive(x.now, pkt, p.addr)
		p.s.Tick(x.now)
	}
	x.now = x.now.Add(frame20)
}

func forced(rate int) func(a, b *msg.Params) {
	return func(a, b *msg.Params) { a.Decode, a.Rate, b.Rate = true, rate, rate }
}

// No frame of any codec, on any way, allocates.
func TestNoCodecAllocates(t *testing.T) {
	f := func(name string, x *stream) {
		t.Helper()
		for range 100 {
			x.step()
		}
		if n := testing.AllocsPerRun(200, x.step); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
	for _, a := range codecs.All() {
		f(a.Name+" relayed", newStream(a.ID, a.ID, nil))
		for _, b := range codecs.All() {
			f(a.Name+" to "+b.Name, newStream(a.ID, b.ID, forced(0)))
		}
	}
	f("48 kHz", newStream(codecs.Opus, codecs.Opus, forced(48000)))

	echo := newStream(codecs.G722, codecs.G722, nil)
	echo.a.s.Echo(0, true)
	f("echo", echo)

	masked := newStream(codecs.PCMU, codecs.PCMU, nil)
	masked.a.s.MaskKeys(true)
	masked.a.s.Tap(tap.New(tap.Stereo, 16000, 100))
	f("masked keys", masked)

	keys := newStream(codecs.PCMU, codecs.PCMA, func(a, _ *msg.Params) { a.Keys = msg.KeyTones })
	f("keys in the sound", keys)

	fed := newStream(codecs.PCMU, codecs.PCMU, nil)
	fd := feed.New(24000, 1000)
	fd.Write(make([]int16, 20000))
	fed.a.s.Stream(msg.Playback{Ref: 1, Over: true}, fd)
	f("a stream", fed)

	prompts := newStream(codecs.G722, codecs.PCMU, nil)
	prompts.a.s.Play(msg.Playback{Ref: 1, Loop: -1, Gain: -3, FadeIn: time.Second}, []*prompt.Clip{prompt.Tone(500, time.Second, -10)})
	f("a prompt", prompts)
}

func BenchmarkBridge(b *testing.B) {
	f := func(name string, x *stream) {
		b.Run(name, func(b *testing.B) {
			for range 100 {
				x.step()
			}
			b.ReportAllocs()
			for b.Loop() {
				x.step()
			}
		})
	}
	f("relay", newStream(codecs.PCMU, codecs.PCMU, nil))
	f("decode", newStream(codecs.PCMU, codecs.PCMU, forced(0)))
	f("pcmu-pcma", newStream(codecs.PCMU, codecs.PCMA, nil))
	f("pcmu-g722", newStream(codecs.PCMU, codecs.G722, nil))
	f("pcmu-opus", newStream(codecs.PCMU, codecs.Opus, nil))
	f("opus-48kHz", newStream(codecs.Opus, codecs.Opus, forced(48000)))
}
