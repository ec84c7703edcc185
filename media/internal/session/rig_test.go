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
	"trunkline/media/rtcp"
	"trunkline/media/rtp"
)

const rate = prompt.Rate

var (
	farA = netip.MustParseAddrPort("192.0.2.1:4000")
	farB = netip.MustParseAddrPort("192.0.2.2:5000")
)

// sent is one packet a session sent.
type sent struct {
	h       rtp.Header
	payload []byte
	to      netip.AddrPort
}

// far is the far side of a session under test: it is its Wire and its Out, it
// remembers all it gets, and it talks.
type far struct {
	t       testing.TB
	s       *Session
	addr    netip.AddrPort
	sent    []sent
	control [][]byte
	events  []msg.Event
	woken   bool

	say  rtp.Header // of the next packet it sends
	tone *dsp.Tone
}

func newFar(t testing.TB, addr netip.AddrPort) *far {
	f := &far{t: t, addr: addr, say: rtp.Header{SSRC: 0xfa, Sequence: 65500, Timestamp: 0xffffe000}}
	f.s = New(1, 7, f, f)
	return f
}

func (f *far) Send(pkt []byte, to netip.AddrPort) {
	if rtcp.Is(pkt) {
		f.SendControl(pkt, to)
		return
	}
	h, payload, drop := rtp.Parse(pkt)
	if drop != rtp.Keep {
		f.t.Errorf("sent a packet that is %v", drop)
	}
	f.sent = append(f.sent, sent{h, append([]byte(nil), payload...), to})
}

func (f *far) SendControl(pkt []byte, to netip.AddrPort) {
	f.control = append(f.control, append([]byte(nil), pkt...))
}

// itself is how others find it in what embeds it.
func (f *far) itself() *far { return f }

// farSide returns the far side that sees all s sends; nil when there is a link
// in between, or another wire.
func farSide(s *Session) *far {
	if w, ok := s.wire.(interface{ itself() *far }); ok {
		return w.itself()
	}
	return nil
}

// Wake lets run tick the session before it wants.
func (f *far) Wake() { f.woken = true }

// honest fails when a session goes on passing packets that it would not begin
// to pass.
func honest(t testing.TB, s *Session) {
	t.Helper()
	if s.passing != codecs.None && (s.peer == nil || !s.peer.relay.active || !s.mayRelay(s.passing)) {
		t.Fatalf("passes %v on, but should not", s.passing)
	}
	if s.until != 0 && (s.passing == codecs.None || s.peer.passing == codecs.None) && !farSide(s).woken {
		t.Fatalf("dozes until %v, but nothing passes by", s.until)
	}
}

func (f *far) Event(e msg.Event) { f.events = append(f.events, e) }

// params is what is usually negotiated with f.
func (f *far) params(id codecs.ID, ptime time.Duration) msg.Params {
	c, _ := codecs.ByID(id)
	return msg.Params{
		Remote: f.addr, Send: msg.Payload{Type: c.PayloadType, Codec: id},
		Accept:     []msg.Payload{{Type: 0, Codec: codecs.PCMU}, {Type: 8, Codec: codecs.PCMA}},
		SendEvents: 101, AcceptEvents: 101, Ptime: ptime,
	}
}

// packet makes the far side's next packet and moves its counters on.
func (f *far) packet(kind uint8, payload []byte, samples uint32) []byte {
	h := f.say
	h.Type = kind
	b := make([]byte, rtp.HeaderSize, rtp.HeaderSize+len(payload))
	rtp.Put(b, h)
	f.say.Sequence++
	f.say.Timestamp += samples
	return append(b, payload...)
}

// talk sends n samples of the far side's tone, or of silence.
func (f *far) talk(now clock.Time, id codecs.ID, n int) {
	pcm, payload := make([]int16, n), make([]byte, n)
	if f.tone != nil {
		f.tone.Fill(pcm)
	}
	c, _ := codecs.ByID(id)
	c.New(8000, codecs.Format{}).Encode(payload, pcm)
	f.s.Receive(now, f.packet(c.PayloadType, payload, uint32(n)), f.addr)
}

// key sends packet number n, from 1 on, of a key that is pressed for five, instead
// of 20 ms of sound.
func (f *far) key(now clock.Time, key byte, n int) {
	code, _ := rtp.EventCode(key)
	payload := make([]byte, rtp.EventSize)
	rtp.PutEvent(payload, rtp.Event{Code: code, Duration: uint16(160 * n), End: n == 5, Volume: 10})
	f.say.Marker = n == 1
	f.s.Receive(now, f.packet(101, payload, 0), f.addr)
	f.say.Marker = false
	if n == 5 {
		f.say.Timestamp += 800
	}
}

// listen decodes the sound sent from packet number from on.
func (f *far) listen(from int) []int16 {
	var pcm []int16
	for _, p := range f.sent[min(from, len(f.sent)):] {
		c, ok := codecs.ByPayloadType(p.h.Type)
		if !ok {
			continue
		}
		part := make([]int16, len(p.payload))
		c.New(8000, codecs.Format{}).Decode(part, p.payload)
		pcm = append(pcm, part...)
	}
	return pcm
}

// only returns the events of one kind.
func (f *far) only(kind msg.Kind) []msg.Event {
	var found []msg.Event
	for _, e := range f.events {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	return found
}

func (f *far) digits() string {
	var d []byte
	for _, e := range f.only(msg.Digit) {
		d = append(d, e.Digit)
	}
	return string(d)
}

// continuous checks that sequence numbers follow each other and that the
// timestamps of sound say when it was said.
func (f *far) continuous() {
	f.t.Helper()
	for i := 1; i < len(f.sent); i++ {
		p, q := f.sent[i-1], f.sent[i]
		if q.h.Sequence != p.h.Sequence+1 {
			f.t.Fatalf("packet %d has sequence number %d after %d", i, q.h.Sequence, p.h.Sequence)
		}
		if q.h.SSRC != p.h.SSRC {
			f.t.Fatalf("packet %d changes the SSRC", i)
		}
		if p.h.Type < 64 && q.h.Type < 64 && q.h.Timestamp != p.h.Timestamp+uint32(len(p.payload)) {
			f.t.Fatalf("packet %d has timestamp %d, %d samples after %d", i, q.h.Timestamp, len(p.payload), p.h.Timestamp)
		}
	}
}

// hears checks that a tone is in pcm, and that another is not.
func hears(t *testing.T, pcm []int16, freq, not float64) {
	t.Helper()
	if len(pcm) < rate/2 {
		t.Fatalf("only %d samples to listen to", len(pcm))
	}
	if got := dsp.Goertzel(pcm, freq, rate); got < -14 {
		t.Errorf("%v Hz is heard at %.1f dBov, want about -10", freq, got)
	}
	if got := dsp.Goertzel(pcm, not, rate); got > -40 {
		t.Errorf("%v Hz is heard at %.1f dBov, want nothing", not, got)
	}
}

// run ticks sessions, each when it wants, for d; before each millisecond it
// calls act.
func run(now *clock.Time, d time.Duration, act func(now clock.Time), sessions ...*Session) {
	next := make([]clock.Time, len(sessions))
	for end := now.Add(d); *now < end; *now = now.Add(time.Millisecond) {
		if act != nil {
			act(*now)
		}
		for i, s := range sessions {
			f := farSide(s)
			if f != nil && f.woken {
				f.woken, next[i] = false, *now
			}
			for next[i] <= *now {
				next[i] = s.Tick(*now)
			}
			if f != nil {
				honest(f.t, s)
			}
		}
	}
}

// every calls do each period.
func every(period time.Duration, do func(now clock.Time)) func(clock.Time) {
	var due clock.Time
	return func(now clock.Time) {
		if now >= due {
			due = now.Add(period)
			do(now)
		}
	}
}
