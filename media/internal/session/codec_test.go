package session

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/rtp"
	"trunkline/media/srtp"
)

// phone is a far side with any codec: it says a tone and remembers what it hears.
type phone struct {
	*far
	codec  codecs.Codec
	rate   int
	ptime  time.Duration
	coder  codecs.Coder // both ways, as a phone has it
	tone   *dsp.Tone
	heard  []int16 // at rate
	smooth int     // how much of it was checked
	gaps   int     // timestamps that do not follow
	next   uint32  // timestamp expected
	begun  bool
	ctx    *srtp.Context // nil if it speaks plain RTP
	bad    int           // packets that it could not open
	tap    func([]byte)  // if not nil, sees all it sends
}

// newPhone makes a phone whose session has not started; its codec's payload type
// is also what we send.
func newPhone(t testing.TB, addr netip.AddrPort, id codecs.ID, ptime time.Duration, freq float64) *phone {
	p := &phone{far: newFar(t, addr)}
	p.s = New(msg.Session(addr.Port()), uint64(addr.Port()), p, p)
	p.use(id, ptime)
	p.tone = dsp.NewTone(freq, -12, p.rate)
	return p
}

// use changes the codec.
func (p *phone) use(id codecs.ID, ptime time.Duration) {
	c, ok := codecs.ByID(id)
	if !ok {
		p.t.Fatalf("no codec %v", id)
	}
	p.codec, p.rate, p.ptime, p.begun = c, c.Rates[0], ptime, false
	p.coder = c.New(p.rate, codecs.Format{})
	p.heard, p.smooth = nil, 0
}

func (p *phone) params() msg.Params {
	m := msg.Params{
		Remote: p.addr, Send: msg.Payload{Type: p.codec.PayloadType, Codec: p.codec.ID}, Ptime: p.ptime,
		SendEvents: 101, AcceptEvents: 101,
	}
	for _, c := range codecs.All() {
		m.Accept = append(m.Accept, msg.Payload{Type: c.PayloadType, Codec: c.ID})
	}
	return m
}

// speak sends the next packet of the tone.
func (p *phone) speak(now clock.Time) {
	n := int(p.ptime * time.Duration(p.rate) / time.Second)
	pcm, payload := make([]int16, n), make([]byte, 4000)
	if p.tone != nil {
		p.tone.Fill(pcm)
	}
	payload = payload[:p.coder.Encode(payload, pcm)]
	units := uint32(p.ptime * time.Duration(p.codec.ClockRate) / time.Second)
	pkt := p.packet(p.codec.PayloadType, payload, units)
	if p.ctx != nil {
		pkt = p.ctx.ProtectRTP(append(make([]byte, 0, maxBuffer), pkt...))
	}
	if p.tap != nil {
		p.tap(pkt)
	}
	p.s.Receive(now, pkt, p.addr)
}

// Send takes what the session sends.
func (p *phone) Send(pkt []byte, to netip.AddrPort) {
	if p.ctx != nil {
		var verdict srtp.Verdict
		if pkt, verdict = p.ctx.UnprotectRTP(append([]byte(nil), pkt...)); verdict != srtp.Keep {
			p.bad++
			return
		}
	}
	p.far.Send(pkt, to)
	h, payload, _ := rtp.Parse(pkt)
	if h.Type != p.codec.PayloadType {
		return
	}
	if p.begun && h.Timestamp != p.next {
		p.gaps++
	}
	p.begun, p.next = true, h.Timestamp+uint32(p.codec.Length(payload))
	pcm := make([]int16, 12000)
	p.heard = append(p.heard, pcm[:p.coder.Decode(pcm, payload)]...)
}

// sequences checks that sequence numbers follow each other.
func (p *phone) sequences() {
	p.t.Helper()
	for i := 1; i < len(p.sent); i++ {
		if p.sent[i].h.Sequence != p.sent[i-1].h.Sequence+1 {
			p.t.Fatalf("packet %d: sequence number %d after %d", i, p.sent[i].h.Sequence, p.sent[i-1].h.Sequence)
		}
	}
}

// clean checks that pcm is a sine of freq at about level all along, with little
// else in it: no hole, no click, no other tone.
func clean(t *testing.T, pcm []int16, rate int, freq float64, level, noise dsp.DB) {
	t.Helper()
	if len(pcm) < rate/2 {
		t.Fatalf("only %d samples to listen to", len(pcm))
	}
	window := rate / 25
	for i := 0; i+window <= len(pcm); i += window / 2 {
		part := pcm[i : i+window]
		got := dsp.Goertzel(part, freq, rate)
		if off := 1.5 + max(float64(noise)+20, 0)/10; math.Abs(float64(got-level)) > off { // vocoders are no tone generators
			t.Errorf("%d ms in, %v Hz is heard at %.1f dBov, want %.1f", i*1000/rate, freq, got, level)
			return
		}
		if rest := residue(part, freq, rate); rest > level+noise {
			t.Errorf("%d ms in, beside the tone there are %.1f dBov", i*1000/rate, rest)
			return
		}
	}
}

// residue returns the level of what is not the sine of freq.
func residue(pcm []int16, freq float64, rate int) dsp.DB {
	var re, im, n float64
	w := 2 * math.Pi * freq / float64(rate)
	for i, x := range pcm {
		re += float64(x) * math.Cos(w*float64(i))
		im += float64(x) * math.Sin(w*float64(i))
		n++
	}
	re, im = 2*re/n, 2*im/n
	rest := make([]int16, len(pcm))
	for i, x := range pcm {
		rest[i] = int16(min(max(float64(x)-re*math.Cos(w*float64(i))-im*math.Sin(w*float64(i)), -32768), 32767))
	}
	return dsp.Level(rest)
}

// fidelity is how far below the tone the rest of a codec's sound may be.
func fidelity(ids ...codecs.ID) (worst dsp.DB) {
	worst = -28
	for _, id := range ids {
		switch id {
		case codecs.G729, codecs.AMR:
			worst = max(worst, -5)
		case codecs.AMRWB:
			worst = max(worst, -5)
		case codecs.Opus:
			worst = max(worst, -14)
		}
	}
	return worst
}

// Every codec on one side of a bridge and every one on the other, in all packet
// times: what is said is heard, as it was said.
func TestEveryCodecWithEveryOther(t *testing.T) {
	ptimes := []time.Duration{10, 20, 30, 40, 60}
	i := 0
	for _, a := range codecs.All() {
		for _, b := range codecs.All() {
			ptimeB := ptimes[i%len(ptimes)] * time.Millisecond
			i++
			t.Run(fmt.Sprintf("%s-%d and %s-%d", a.Name, a.Rates[0], b.Name, b.Rates[0]), func(t *testing.T) {
				bridge(t, a.ID, b.ID, frame20, frame20, nil)
			})
			t.Run(fmt.Sprintf("%s-%d and %s-%d %v", a.Name, a.Rates[0], b.Name, b.Rates[0], ptimeB), func(t *testing.T) {
				bridge(t, a.ID, b.ID, frame20, ptimeB, nil)
			})
		}
	}
}

// The same, for codecs that work at several rates, at each.
func TestEveryRateWithEveryOther(t *testing.T) {
	for _, c := range codecs.All() {
		for _, ra := range c.Rates {
			for _, rb := range []int{8000, 16000, 48000} {
				if len(c.Rates) == 1 || !slices.Contains(c.Rates, rb) {
					continue
				}
				t.Run(fmt.Sprintf("%s %d and %d", c.Name, ra, rb), func(t *testing.T) {
					bridge(t, c.ID, c.ID, frame20, frame20, func(a, b *msg.Params) { a.Rate, b.Rate, a.Decode = ra, rb, true })
				})
			}
		}
	}
}

// Every two packet times meet, of codecs that make much of them and little.
func TestEveryPacketTimeWithEveryOther(t *testing.T) {
	for _, ids := range [][2]codecs.ID{{codecs.PCMU, codecs.PCMU}, {codecs.Opus, codecs.PCMU}, {codecs.G722, codecs.L16Wide}} {
		for a := 10 * time.Millisecond; a <= maxPtime; a += 10 * time.Millisecond {
			for b := 10 * time.Millisecond; b <= maxPtime; b += 10 * time.Millisecond {
				t.Run(fmt.Sprintf("%v %v and %v %v", ids[0], a, ids[1], b), func(t *testing.T) {
					bridge(t, ids[0], ids[1], a, b, nil)
				})
			}
		}
	}
}

func bridge(t *testing.T, idA, idB codecs.ID, ptimeA, ptimeB time.Duration, change func(a, b *msg.Params)) {
	ca, _ := codecs.ByID(idA)
	cb, _ := codecs.ByID(idB)
	if !ca.Carries(ptimeA) || !cb.Carries(ptimeB) {
		ptimeA, ptimeB = frame20, frame20
	}
	a, b := newPhone(t, farA, idA, ptimeA, 440), newPhone(t, farB, idB, ptimeB, 1000)
	pa, pb := a.params(), b.params()
	if change != nil {
		change(&pa, &pb)
	}
	a.s.Start(0, pa)
	b.s.Start(0, pb)
	a.s.Join(0, b.s)
	talkA, talkB := every(ptimeA, a.speak), every(ptimeB, b.speak)
	now := clock.Time(0)
	run(&now, 2*time.Second, func(now clock.Time) {
		talkA(now)
		if now > clock.Time(7*time.Millisecond) { // not in step
			talkB(now)
		}
	}, a.s, b.s)
	for _, x := range []struct {
		p    *phone
		freq float64
	}{{a, 1000}, {b, 440}} {
		x.p.sequences()
		if x.p.gaps > 0 {
			t.Errorf("to %s: %d timestamps do not follow", x.p.codec.Name, x.p.gaps)
		}
		clean(t, x.p.heard[len(x.p.heard)/2:], x.p.rate, x.freq, -12, fidelity(idA, idB))
	}
}

// putNext writes the phone's next packet of 20 ms to pkt.
func putNext(p *phone, pkt, payload []byte) {
	p.say.Type = p.codec.PayloadType
	rtp.Put(pkt, p.say)
	copy(pkt[rtp.HeaderSize:], payload)
	p.say.Sequence++
	p.say.Timestamp += uint32(p.codec.ClockRate / 50)
}
