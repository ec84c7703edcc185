package session

import (
	"context"
	"encoding/binary"
	"io"
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
	"trunkline/media/tap"
)

func drain(t *testing.T, x *tap.Tap) (pcm []int16) {
	t.Helper()
	buf := make([]int16, 4096)
	for {
		n, err := x.Read(context.Background(), buf)
		pcm = append(pcm, buf[:n]...)
		if err == io.EOF {
			return pcm
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// deaf is a Wire and Out that keep nothing.
type deaf struct{ packets, events int }

func (d *deaf) Send([]byte, netip.AddrPort)        { d.packets++ }
func (d *deaf) SendControl([]byte, netip.AddrPort) {}
func (d *deaf) Event(msg.Event)                    { d.events++ }

// load is one or two sessions under a steady stream of packets.
type load struct {
	a, b *Session
	now  clock.Time
	pkt  []byte
}

func newLoad(mode string) *load {
	x := &load{a: New(1, 1, &deaf{}, &deaf{}), b: New(2, 2, &deaf{}, &deaf{}), pkt: make([]byte, 172)}
	p := msg.Params{
		Remote: farA, Send: msg.Payload{Type: 0, Codec: codecs.PCMU}, Accept: []msg.Payload{{Type: 0, Codec: codecs.PCMU}},
		SendEvents: 101, AcceptEvents: 101, Ptime: frame20,
	}
	x.a.Start(0, p)
	p.Send = msg.Payload{Type: 8, Codec: codecs.PCMA}
	x.b.Start(0, p)
	rtp.Put(x.pkt, rtp.Header{SSRC: 3})
	switch mode {
	case "prompt":
		x.a.Play(msg.Playback{Ref: 1, Loop: -1}, []*prompt.Clip{ramp(8001, 0), ramp(333, 0)})
	case "joined":
		x.a.Join(0, x.b)
	case "modem":
		x.a.Join(0, x.b)
		x.a.Fix(true)
	case "recorded":
		x.a.Join(0, x.b)
		x.a.Tap(tap.New(tap.Stereo, 8000, 200))
		x.a.Tap(tap.New(tap.Inbound, 8000, 200))
		x.a.DetectSpeech(true)
	}
	return x
}

func (x *load) receive() {
	binary.BigEndian.PutUint16(x.pkt[2:], binary.BigEndian.Uint16(x.pkt[2:])+1)
	binary.BigEndian.PutUint32(x.pkt[4:], binary.BigEndian.Uint32(x.pkt[4:])+160)
	x.a.Receive(x.now, x.pkt, farA)
}

func (x *load) tick() {
	x.a.Tick(x.now)
	x.b.Tick(x.now)
	x.now = x.now.Add(20 * time.Millisecond)
}

func TestNothingAllocates(t *testing.T) {
	f := func(mode string, act func(x *load)) {
		t.Helper()
		x := newLoad(mode)
		if n := testing.AllocsPerRun(500, func() { act(x) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", mode, n)
		}
	}
	both := func(x *load) { x.receive(); x.tick() }
	f("receive only", (*load).receive)
	f("silence", both)
	f("prompt", both)
	f("joined", both)
	f("recorded", both)
	f("modem", both)
	f("digits", func(x *load) {
		if !x.a.dial.Busy() {
			x.a.SendDigits(1, "12345")
		}
		both(x)
	})
	f("tones", func(x *load) {
		if x.a.params.SendEvents != 0 {
			p := x.a.params
			p.SendEvents = 0
			x.a.Start(x.now, p)
		}
		if !x.a.dial.Busy() {
			x.a.SendDigits(1, "12345")
		}
		both(x)
	})
	key := make([]byte, 16)
	var n uint16
	f("keys heard", func(x *load) {
		n++
		rtp.Put(key, rtp.Header{Type: 101, Sequence: n, Timestamp: uint32(n) * 1600, SSRC: 3})
		rtp.PutEvent(key[12:], rtp.Event{Code: 5, Duration: 160})
		x.a.Receive(x.now, key, farA)
		x.tick()
	})
	f("junk", func(x *load) {
		x.a.Receive(x.now, key[:3], farA)
		x.a.Receive(x.now, key, farB)
		x.tick()
	})
}

func BenchmarkReceive(b *testing.B) {
	x := newLoad("silence")
	b.ReportAllocs()
	for b.Loop() {
		x.receive()
		x.now = x.now.Add(20 * time.Millisecond)
		x.a.jitter.Pop(x.now, 160)
	}
}

func BenchmarkTick(b *testing.B) {
	for _, mode := range []string{"silence", "prompt", "joined", "modem", "recorded"} {
		b.Run(mode, func(b *testing.B) {
			x := newLoad(mode)
			b.ReportAllocs()
			for b.Loop() {
				x.receive()
				x.a.Tick(x.now)
				x.now = x.now.Add(20 * time.Millisecond)
			}
		})
	}
}
