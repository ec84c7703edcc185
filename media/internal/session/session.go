// Package session is one leg's media with no thread, clock or socket: packets
// and the time go in, packets and events come out.
//
// A packet's story: Receive takes it apart, asks the latch whether it comes
// from our peer, and hands telephone-events to keys and sound to the jitter
// buffer. A frame's story, once per packet time, is Tick: hear (jitter buffer,
// decoder) → notice (speech, silence on the wire) → say (digits, prompt, joined
// peer or silence; encoder, wire) → copy (taps).
//
// A Session belongs to exactly one shard, which is the only caller of all its
// methods, and two joined sessions belong to the same shard: hence plain
// pointers and no lock. Receive and Tick allocate nothing: all scratch space is
// fields. Bad packets are counters, never errors.
package session

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/jitter"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
	"trunkline/media/tap"
)

const (
	rate = prompt.Rate // of all PCM in here, Hz

	minPtime     = 10 * time.Millisecond
	maxPtime     = 60 * time.Millisecond
	defaultPtime = 20 * time.Millisecond
	maxFrame     = int(maxPtime * rate / time.Second) // samples
	maxPayload   = 1500                               // bytes; longer ones are malformed

	maxTaps    = 4
	maxCatchUp = 5                      // frames one Tick makes up for
	hangover   = 600 * time.Millisecond // of quiet, before speech has ended
)

// Wire takes the packets a session sends. pkt is valid during the call only.
type Wire interface {
	Send(pkt []byte, to netip.AddrPort)
}

// Out takes what a session has to report.
type Out interface {
	Event(msg.Event)
}

// Session is one leg's media.
type Session struct {
	id   msg.Session
	wire Wire
	out  Out

	params  msg.Params
	started bool
	closed  bool
	stats   msg.Stats // but what the jitter buffer counts
	types   [128]accepted
	coders  [codecs.End]codecs.Coder

	// The clock of frames.
	ticking bool
	due     clock.Time    // of the next frame
	ptime   time.Duration // of a frame
	samples int           // of a frame

	// Receiving.
	latch   latch
	keys    keys
	jitter  *jitter.Buffer
	timeout time.Duration
	alive   clock.Time // the last valid packet, or the beginning of waiting
	lost    bool       // MediaLost was reported
	first   bool       // FirstPacket was reported
	vad     *dsp.VAD
	detect  bool
	undrawn int // samples at the start of decoded not yet heard
	decoded [maxPayload + maxFrame]int16
	heard   [maxFrame]int16 // this frame, from the far side

	// Sending.
	header rtp.Header // of the next packet
	player player
	dial   dial
	peer   *Session
	ear    ear             // what the peer said
	said   [maxFrame]int16 // this frame, to the far side, as sound
	packet [rtp.HeaderSize + maxPayload]byte
	taps   [maxTaps]*tap.Tap
}

// accepted says what packets of one payload type are to us.
type accepted struct {
	what  what
	codec codecs.ID // of sound
}

type what uint8

const (
	unknown what = iota
	sound
	event
	noise // comfort noise: a sign of life
)

// New makes a session that sends nothing until Start. seed decides the random
// SSRC, first sequence number and first timestamp (RFC 3550 §5.1).
func New(id msg.Session, seed uint64, w Wire, out Out) *Session {
	random := rand.New(rand.NewPCG(seed, 0x5274_7020_7365_6564))
	s := &Session{id: id, wire: w, out: out, jitter: jitter.New(rate), vad: dsp.NewVAD(rate, hangover)}
	s.header = rtp.Header{SSRC: random.Uint32(), Sequence: uint16(random.Uint32()), Timestamp: random.Uint32()}
	s.pace(defaultPtime)
	return s
}

// SetTimeout sets after how much silence on the wire MediaLost is reported,
// once per silence; 0, the default, means never. It runs only while sound flows
// both ways: a far side that holds us may send music, or nothing at all.
func (s *Session) SetTimeout(d time.Duration) { s.timeout = d }

// Start begins the flow of RTP, or changes it (re-INVITE): sequence numbers and
// timestamps stay continuous, and latching to the far side's address begins anew.
func (s *Session) Start(now clock.Time, p msg.Params) {
	if s.closed {
		return
	}
	if !s.started || !s.params.Direction.Sends() {
		s.header.Marker = true
	}
	s.params, s.started = p, true
	s.pace(p.Ptime)
	s.agree(p)
	s.latch.start(p.Remote, p.NAT)
	s.alive, s.lost = now, false
}

// pace sets the length of a frame.
func (s *Session) pace(ptime time.Duration) {
	if ptime <= 0 {
		ptime = defaultPtime
	}
	s.ptime = min(max(ptime, minPtime), maxPtime).Truncate(time.Millisecond)
	s.samples = int(s.ptime * rate / time.Second)
}

// agree lays out what payload types mean.
func (s *Session) agree(p msg.Params) {
	s.types = [128]accepted{13: {what: noise}} // RFC 3389
	for _, a := range p.Accept {
		if s.coder(a.Codec) && a.Type < 128 {
			s.types[a.Type] = accepted{sound, a.Codec}
		}
	}
	if p.AcceptEvents > 0 && p.AcceptEvents < 128 {
		s.types[p.AcceptEvents] = accepted{what: event}
	}
	s.coder(p.Send.Codec)
}

// coder makes sure there is a coder for id; false when there can be none.
func (s *Session) coder(id codecs.ID) bool {
	if int(id) >= len(s.coders) {
		return false
	}
	if c, ok := codecs.ByID(id); ok && s.coders[id] == nil {
		s.coders[id] = c.New(rate, codecs.Format{})
	}
	return s.coders[id] != nil
}

// Tick does what is due and returns when it wants to be called next. It may be
// called too early (does nothing) or late (catches up, within bounds). Nothing
// but Tick moves that time, so the shard need not ask again after a command.
func (s *Session) Tick(now clock.Time) (next clock.Time) {
	if !s.ticking {
		s.ticking, s.due = true, now
	}
	for n := 0; s.due <= now && !s.closed; n++ {
		if n == maxCatchUp {
			s.giveUp(now)
			break
		}
		s.frame(now)
		s.due = s.due.Add(s.ptime)
	}
	return s.due
}

// frame does one packet time's work.
func (s *Session) frame(now clock.Time) {
	n := s.samples
	s.hear(now, n)
	s.notice(now, n)
	s.say(n)
	s.copy(n)
}

// giveUp leaves out the frames that were missed: the far side sees a gap in
// the timestamps, as if we had been silent.
func (s *Session) giveUp(now clock.Time) {
	missed := now.Sub(s.due)/s.ptime + 1
	s.due = s.due.Add(missed * s.ptime)
	s.header.Timestamp += uint32(missed) * uint32(s.samples)
	s.header.Marker = true
}

// Close reports PlayDone{Dropped} for what plays, then Closed with the final
// Stats, parts from the peer and ends all taps. Nothing happens after it.
func (s *Session) Close(now clock.Time) {
	if s.closed {
		return
	}
	s.endPlay(msg.Dropped)
	s.Leave()
	for i, t := range s.taps {
		if t != nil {
			t.End()
			s.taps[i] = nil
		}
	}
	s.closed = true
	s.report(msg.Event{Kind: msg.Closed, Stats: s.Stats()})
}

// Stats returns the counters as they are now.
func (s *Session) Stats() msg.Stats {
	st, c := s.stats, s.jitter.Counters()
	st.Lost, st.Late, st.Duplicate, st.Jitter = c.Lost, c.Late, c.Duplicate, c.Jitter
	st.Foreign += c.Stray
	return st
}

func (s *Session) report(e msg.Event) {
	e.Session = s.id
	s.out.Event(e)
}
