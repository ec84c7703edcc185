// Package session is one leg's media with no thread, clock or socket: packets
// and the time go in, packets and events come out.
//
// A packet's story: Receive decrypts it, takes it apart, asks the latch whether
// it comes from our peer, and hands telephone-events to keys and sound to the
// jitter buffer, or, when nobody here needs to hear it, straight to the joined
// peer's wire (relay). A frame's story, once per packet time, is Tick: hear
// (jitter buffer, decoder, concealment) → notice (keys, speech, silence on the
// wire) → say (digits, prompt, joined peer or room, or silence; encoder, wire) →
// copy (taps) → report (RTCP). Parts that know nothing of sessions have packages
// of their own: latch, ear, player, dial.
//
// A Session belongs to exactly one shard, which is the only caller of all its
// methods, and sessions that hear each other belong to the same shard: hence
// plain pointers and no lock. Receive and Tick allocate nothing but what a
// feature needs when it is first used. Bad packets are counters, never errors.
package session

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/dial"
	"trunkline/media/internal/session/ear"
	"trunkline/media/internal/session/latch"
	"trunkline/media/internal/session/player"
	"trunkline/media/jitter"
	"trunkline/media/msg"
	"trunkline/media/rtcp"
	"trunkline/media/rtp"
)

const (
	maxTaps    = 4
	maxCatchUp = 5                      // frames that are made up for when a tick comes late
	hangover   = 600 * time.Millisecond // of quiet, before speech has ended
)

// Wire takes the packets a session sends. pkt is valid during the call only.
type Wire interface {
	Send(pkt []byte, to netip.AddrPort)        // from the RTP port
	SendControl(pkt []byte, to netip.AddrPort) // from the RTCP port
}

// Settler is a Wire that gains from knowing that RTP will come from peer alone;
// the zero AddrPort takes that back.
type Settler interface {
	Settle(peer netip.AddrPort)
}

// Out takes what a session has to report.
type Out interface {
	Event(msg.Event)
}

// Session is one leg's media.
type Session struct {
	// What every packet needs that passes by lies together and comes first: among
	// thousands of sessions it is not in the caches, and each line counts.
	wire     Wire
	peer     *Session
	started  bool
	closed   bool
	settled  bool       // the wire knows that only the peer's packets matter
	first    bool       // FirstPacket was reported
	lost     bool       // MediaLost was reported
	crossing bool       // the present key is passed on to the peer
	passing  codecs.ID  // what of ours passes by to the peer
	relay    relay      // the peer's packets passing by
	header   rtp.Header // of the next packet
	alive    clock.Time // the last valid packet, or the beginning of waiting
	tokens   bucket     // of our peer
	past     []byte     // the last payload that passed by
	pace                // the clock of frames
	inbound  pace       // its clock is that of what comes in
	listener listener
	latch    latch.Latch
	stats    msg.Stats // but what other parts count
	guard    guard
	control  control
	params   msg.Params
	jitter   jitter.Buffer
	types    [128]accepted

	// What every frame needs, for the same reason.
	*Scratch
	due     clock.Time // of the next frame
	until   clock.Time // of the frame that ends a doze, unless 0
	ticking bool
	detect  bool
	stale   bool // others' payloads were sent since ours
	echo    bool // the far side is its own company
	seam    seam
	modem   modem
	timeout time.Duration
	vad     *dsp.VAD
	tones   *spotter // of keys in the sound
	mask    *mask
	seat    *seat    // in a room
	taps    []output // up to maxTaps
	rest    []int16  // decoded and not yet heard
	volume  dsp.Ramp // of what the far side says, for the others
	hearing dsp.Ramp // of what the others say, for the far side
	ear     ear.Ear  // what the peer said
	player  player.Player
	dial    dial.Sender

	id       msg.Session
	seed     uint64
	out      Out
	waker    Waker // wire, if it is one
	member   msg.Member
	coders   [codecs.End]codecs.Coder
	keys     keys
	pressed  func(byte)
	eventful bool           // its keys come as events: tones are the same once more
	visitors *visitors      // who might become our peer; nil when nobody can
	received rtcp.Reception // scratch of reports
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
	noise // comfort noise
)

// New makes a session that sends nothing until Start. seed decides the random
// SSRC, first sequence number and first timestamp (RFC 3550 §5.1).
func New(id msg.Session, seed uint64, w Wire, out Out) *Session {
	random := rand.New(rand.NewPCG(seed, 0x5274_7020_7365_6564))
	s := &Session{id: id, seed: seed, wire: w, out: out}
	s.header = rtp.Header{SSRC: random.Uint32(), Sequence: uint16(random.Uint32()), Timestamp: random.Uint32()}
	s.waker, _ = w.(Waker)
	s.pace = newPace(8000, 8000, defaultPtime, 0)
	s.inbound = s.pace
	s.jitter.Reset(s.inbound.clock)
	report := s.report
	s.player, s.dial = player.Make(report), dial.Make(report)
	s.pressed = func(key byte) {
		if !s.eventful {
			s.report(msg.Event{Kind: msg.Digit, Digit: key, Crossed: s.tonesCross()})
		}
	}
	return s
}

// Use gives the session working space that it shares with others of its shard;
// without it, it makes its own.
func (s *Session) Use(shared *Scratch) {
	s.Scratch = shared
	s.player.Use(shared.decoded[:])
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
	s.settle(now)
	if s.peer != nil {
		s.peer.settle(now)
	}
	if !s.started || !s.params.Direction.Sends() {
		s.header.Marker = true
	}
	was := s.params
	s.params, s.eventful = p, false
	s.tune(p, was)
	if !modulated(p.Send.Codec) {
		s.treat(modem{})
	}
	s.agree(p)
	s.listen(was)
	s.guard.start(p.Secure)
	s.unsettle()
	s.latch.Start(now, p.Remote, p.NAT)
	s.control.start(now, s, !s.started)
	s.started, s.alive, s.lost = true, now, false
}

// WarmFrame does for Tick what Warm does for Receive.
func (s *Session) WarmFrame() int {
	n := s.warm() + s.jitter.WarmFrame() + int(s.due) + len(s.rest) + len(s.taps) + int(s.listener.codec) +
		int(s.params.Direction) + int(s.header.SSRC) + s.ear.Warm() + s.player.Warm()
	for i := range s.taps {
		n += s.taps[i].tap.Warm(s.samples)
	}
	if s.listener.plc != nil {
		n += s.listener.plc.Warm()
	}
	if s.dial.Busy() || s.hearing.Moving() {
		n++
	}
	return n
}

// Tick does the next frame when it is due and returns when it wants to be
// called next: that may be now, when it is late. It may be called too early
// (does nothing). Nothing but Tick moves that time, so the shard need not ask
// again after a command; a Wire that is a Waker is told when it should.
func (s *Session) Tick(now clock.Time) (next clock.Time) {
	if s.closed {
		return now.Add(maxPtime)
	}
	if !s.ticking {
		s.ticking, s.due = true, now
	}
	if s.until != 0 {
		s.rise(now)
	}
	if now < s.due {
		return s.due
	}
	if until := s.doze(); until > s.due {
		s.until = until
		return until
	}
	if missed := now.Sub(s.due) / s.ptime; missed >= maxCatchUp {
		s.giveUp(missed - maxCatchUp + 1)
	}
	s.frame(now)
	s.due = s.due.Add(s.ptime)
	return s.due
}

// frame does one packet time's work.
func (s *Session) frame(now clock.Time) {
	if s.Scratch == nil {
		s.Use(new(Scratch))
	}
	s.hear(now)
	s.notice(now)
	s.say(now)
	s.copy()
	s.converse(now)
}

// giveUp leaves out frames that were missed: the far side sees a gap in the
// timestamps, as if we had been silent.
func (s *Session) giveUp(frames time.Duration) {
	s.due = s.due.Add(frames * s.ptime)
	if s.relay.active { // its time is the peer's
		return
	}
	s.header.Timestamp += uint32(frames) * s.units
	s.header.Marker = true
}

// Close reports PlayDone{Dropped} for what plays, then Closed with the final
// Stats, says goodbye by RTCP, parts from the peer or room and ends all taps.
// Nothing happens after it.
func (s *Session) Close(now clock.Time) {
	if s.closed {
		return
	}
	s.player.Drop()
	s.Leave(now)
	for i := range s.taps {
		s.taps[i].tap.End()
	}
	s.taps = nil
	s.farewell(now)
	s.closed = true
	s.dropCoders()
	s.report(msg.Event{Kind: msg.Closed, Stats: s.Stats()})
}

func (s *Session) report(e msg.Event) {
	e.Session = s.id
	s.out.Event(e)
}
