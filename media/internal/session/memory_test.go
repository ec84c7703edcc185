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
	f("digits", func(x *load) {
		if !x.a.dial.busy() {
			x.a.SendDigits(1, "12345")
		}
		both(x)
	})
	f("tones", func(x *load) {
		x.a.params.SendEvents = 0
		if !x.a.dial.busy() {
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
	for _, mode := range []string{"silence", "prompt", "joined", "recorded"} {
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

// FuzzLife throws random wishes, packets and times at two sessions. Nothing
// may panic; each playback and each wish for digits is answered once; the
// books add up; and nothing piles up.
func FuzzLife(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19})
	f.Add([]byte{1, 0, 3, 9, 0, 200, 5, 1, 0, 20, 4, 4, 0, 60, 8, 1, 2, 2, 0, 255, 10, 0})
	f.Add([]byte("a life of many calls, joined and parted, held and resumed"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		l := newLife(t)
		for len(ops) >= 2 {
			l.step(ops[0], ops[1], ops[2:])
			ops = ops[2:]
		}
		l.end()
	})
}

type life struct {
	t       *testing.T
	now     clock.Time
	far     [2]*far
	played  [2]int
	dialled [2]int
	clips   []*prompt.Clip
}

func newLife(t *testing.T) *life {
	l := &life{t: t, clips: []*prompt.Clip{ramp(100, 0), nil, ramp(3000, 1), ramp(0, 0)}}
	for i := range l.far {
		l.far[i] = newFar(t, []netip.AddrPort{farA, farB}[i])
	}
	return l
}

func (l *life) step(op, arg byte, rest []byte) {
	i := int(op>>7) & 1
	f := l.far[i]
	s, ref := f.s, msg.Ref(arg%4)
	switch op % 16 {
	case 0:
		l.now = l.now.Add(time.Duration(arg) * time.Millisecond)
		s.Tick(l.now)
	case 1:
		p := f.params(codecs.ID(arg%4), time.Duration(arg)*time.Millisecond)
		p.Direction, p.NAT = msg.Direction(arg%5), arg%7 == 0
		p.SendEvents = []uint8{101, 0, 255, 96}[arg>>6]
		s.Start(l.now, p)
	case 2:
		s.Join(l.now, l.far[arg%2].s)
	case 3:
		s.Play(msg.Playback{Ref: ref, Loop: int(int8(arg)) / 32}, l.clips[:arg%5])
		l.played[i]++
	case 4:
		s.Pause(ref)
	case 5:
		s.Resume(ref)
	case 6:
		s.Stop(ref)
	case 7:
		s.SendDigits(ref, string(rest[:min(len(rest), int(arg%8))]))
		l.dialled[i]++
	case 8:
		s.Leave(l.now)
	case 9:
		s.DetectSpeech(arg%2 == 0)
	case 10:
		s.Tap(tap.New(tap.Mode(arg%2), 8000, 20))
	case 11:
		s.Receive(l.now, rest[:min(len(rest), int(arg))], f.addr)
	case 12, 13, 14:
		f.say.SSRC = uint32(arg >> 6)
		s.Receive(l.now, f.packet(arg&0x7f, rest[:min(len(rest), int(arg))], uint32(arg)), f.addr)
	case 15:
		f.talk(l.now, codecs.PCMU, 160)
	}
	l.check(s)
	f.sent = f.sent[:0]
}

func (l *life) check(s *Session) {
	if len(s.rest) > maxPacket || s.ear.Held() > s.rate/2 || len(s.dial.wants) > maxDialWants {
		l.t.Fatalf("out of bounds: %d not heard yet, %d in the ear, %d wishes", len(s.rest), s.ear.Held(), len(s.dial.wants))
	}
	if p := s.player; p.active && (p.heard < 0 || p.rounds >= 0 && p.heard > p.total) {
		l.t.Fatalf("heard %d of %d samples", p.heard, p.total)
	}
	if s.peer != nil && s.peer.peer != s {
		l.t.Fatal("a peer that is not joined")
	}
}

func (l *life) end() {
	for i, f := range l.far {
		waiting := len(f.s.dial.wants)
		f.s.Close(l.now)
		if got := len(f.only(msg.PlayDone)); got != l.played[i] {
			l.t.Errorf("%d playbacks, %d ended", l.played[i], got)
		}
		if got := len(f.only(msg.DigitsSent)); got != l.dialled[i]-waiting {
			l.t.Errorf("%d wishes for digits, %d waiting, %d answered", l.dialled[i], waiting, got)
		}
		if got := len(f.only(msg.Closed)); got != 1 {
			l.t.Errorf("closed %d times", got)
		}
	}
}
