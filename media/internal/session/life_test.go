package session

import (
	"net/netip"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/feed"
	"trunkline/media/internal/session/dial"
	"trunkline/media/mix"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// FuzzLife throws random wishes, packets and times at two sessions. Nothing may
// panic; each playback and each wish for digits is answered once; the books add
// up; and nothing piles up.
func FuzzLife(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19})
	f.Add([]byte{1, 0, 3, 9, 0, 200, 5, 1, 0, 20, 4, 4, 0, 60, 8, 1, 2, 2, 0, 255, 10, 0})
	f.Add([]byte("a life of many calls, joined and parted, held and resumed"))
	f.Add([]byte{1, 0, 129, 4, 2, 1, 15, 1, 143, 1, 0, 20, 128, 20, 16, 9, 144, 3, 17, 1, 0, 60, 18, 30, 0, 20, 21, 1, 23, 1, 0, 100})
	f.Add([]byte{1, 64, 129, 65, 16, 0, 144, 1, 24, 5, 152, 7, 0, 20, 128, 20, 22, 3, 19, 200, 20, 1, 147, 12, 0, 40, 128, 90})
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
	rooms   [2]*mix.Room
	feeds   []*feed.Feed
}

func newLife(t *testing.T) *life {
	l := &life{
		t: t, clips: []*prompt.Clip{ramp(100, 0), nil, ramp(3000, 1), ramp(0, 0), prompt.Silence(90 * time.Millisecond)},
		rooms: [2]*mix.Room{mix.New(8000), mix.New(48000)},
	}
	for i := range l.far {
		l.far[i] = newFar(t, []netip.AddrPort{farA, farB}[i])
	}
	return l
}

func (l *life) step(op, arg byte, rest []byte) {
	i := int(op>>7) & 1
	f := l.far[i]
	s := f.s
	switch op := op % 26; {
	case op < 3:
		l.now = l.now.Add(time.Duration(arg) * time.Millisecond)
		s.Tick(l.now)
	case op < 8:
		l.play(i, op, arg)
	case op < 13:
		l.company(i, op, arg)
	case op < 18:
		l.packets(f, op, arg, rest)
	case op == 18:
		s.SendDigits(msg.Ref(arg%4), string(rest[:min(len(rest), int(arg%8))]))
		l.dialled[i]++
	case op == 19:
		s.DetectSpeech(arg%2 == 0)
	case op == 20:
		s.Tap(tap.New(tap.Mode(arg%3), []int{8000, 16000, 24000, 48000}[arg/3%4], 20))
	case op == 21:
		s.MaskKeys(arg%3 > 0)
		s.Fix(arg%5 == 0)
	case op == 22:
		s.Progress(msg.Ref(arg % 4))
	default:
		l.start(f, arg, rest)
	}
	l.check(s)
	f.sent = f.sent[:0]
}

// start negotiates something, which may make no sense.
func (l *life) start(f *far, arg byte, rest []byte) {
	rest = append(rest, 0, 0, 0, 0)
	p := f.params(codecs.ID(arg)%(codecs.End+1), time.Duration(rest[0])*time.Millisecond)
	for _, c := range codecs.All() {
		p.Accept = append(p.Accept, msg.Payload{Type: c.PayloadType, Codec: c.ID})
	}
	p.Direction, p.NAT, p.Mux = msg.Direction(arg>>5), arg%7 == 0, rest[1]%2 == 0
	p.SendEvents = []uint8{101, 0, 255, 96}[arg>>6]
	p.EventClock = []int{0, 8000}[arg&1]
	p.MoreEvents[0], p.Keys = rest[1]&0x7f, msg.KeyStyle(rest[2]%3)
	p.Rate = []int{0, 8000, 16000, 24000, 48000, 44100, -1, 1 << 30}[rest[2]>>5]
	p.Decode = rest[2]&4 > 0
	if rest[3]%4 == 0 {
		p.Secure = msg.Secure{Ours: msg.Keys{Suite: msg.Suite(rest[3] >> 2 & 7)}, Theirs: msg.Keys{Suite: msg.Suite(rest[3] >> 5)}}
	}
	f.s.Start(l.now, p)
}

func (l *life) play(i int, op, arg byte) {
	s, ref := l.far[i].s, msg.Ref(arg%4)
	how := msg.Playback{
		Ref: ref, Loop: int(int8(arg)) / 32, Over: arg&1 > 0, Gain: float32(int8(arg)) / 8,
		FadeIn: time.Duration(arg%5) * 30 * time.Millisecond, FadeOut: time.Duration(arg%7) * 30 * time.Millisecond,
		From: time.Duration(int8(arg)) * 3 * time.Millisecond,
	}
	switch op {
	case 3:
		s.Play(how, l.clips[:arg%6])
		l.played[i]++
	case 4:
		fd := feed.New([]int{8000, 16000, 24000, 48000, 11025}[arg%5], 40+int(arg))
		l.feeds = append(l.feeds, fd)
		s.Stream(how, fd)
		l.played[i]++
	case 5:
		for k, fd := range l.feeds {
			fd.Write(make([]int16, int(arg)*37))
			fd.Mark(uint64(k))
			switch arg % 7 {
			case 0:
				fd.End()
			case 1:
				fd.Clear()
			}
		}
	case 6:
		s.Pause(ref)
		if arg%2 == 0 {
			s.Resume(ref)
		}
	case 7:
		s.Stop(ref)
	}
}

func (l *life) company(i int, op, arg byte) {
	s := l.far[i].s
	m := msg.Member{Gain: float32(int8(arg)) / 4, Mute: arg&1 > 0, Deaf: arg&2 > 0, Coach: msg.Session(arg >> 6)}
	switch op {
	case 8:
		s.Join(l.now, l.far[arg%2].s)
	case 9:
		s.Leave(l.now)
	case 10:
		s.Enter(l.now, l.rooms[arg>>2%2], m)
	case 11:
		s.Adjust(l.now, m)
	case 12:
		s.Echo(l.now, arg%2 == 0)
	}
}

func (l *life) packets(f *far, op, arg byte, rest []byte) {
	s, part := f.s, rest[:min(len(rest), int(arg))]
	switch op {
	case 13:
		s.Receive(l.now, append([]byte(nil), part...), f.addr)
	case 14:
		s.ReceiveControl(l.now, append([]byte(nil), part...), f.addr)
	case 15, 16:
		f.say.SSRC = uint32(arg >> 6)
		s.Receive(l.now, f.packet(arg&0x7f, part, uint32(arg)*4), f.addr)
	case 17:
		all := codecs.All()
		c := all[int(arg)%len(all)]
		coder, n := c.New(c.Rates[0], codecs.Format{}), c.Rates[0]/50
		payload := make([]byte, 4000)
		payload = payload[:coder.Encode(payload, make([]int16, n))]
		s.Receive(l.now, f.packet(c.PayloadType, payload, uint32(c.ClockRate/50)), f.addr)
	}
}

func (l *life) check(s *Session) {
	if len(s.rest) > maxPacket || s.ear.Held() > s.rate/2 {
		l.t.Fatalf("out of bounds: %d not heard yet, %d in the ear", len(s.rest), s.ear.Held())
	}
	honest(l.t, s)
	if s.peer != nil && (s.peer.peer != s || s.seat != nil || s.echo) {
		l.t.Fatal("a peer that is not joined, or is not all company there is")
	}
}

func (l *life) end() {
	for i, f := range l.far {
		f.s.Close(l.now)
		if got := len(f.only(msg.PlayDone)); got != l.played[i] {
			l.t.Errorf("%d playbacks, %d ended", l.played[i], got)
		}
		waiting := l.dialled[i] - len(f.only(msg.DigitsSent))
		if waiting < 0 || waiting > dial.Most || waiting > 0 && !f.s.dial.Busy() {
			l.t.Errorf("%d wishes for digits, %d were not answered", l.dialled[i], waiting)
		}
		if got := len(f.only(msg.Closed)); got != 1 {
			l.t.Errorf("closed %d times", got)
		}
		for _, c := range f.s.coders {
			if c != nil {
				l.t.Error("a coder is left")
			}
		}
	}
	for _, r := range l.rooms {
		if r.Len() != 0 {
			l.t.Error("a member is left in a room")
		}
	}
}
