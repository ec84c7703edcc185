package session

import (
	"net/netip"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/latch"
	"trunkline/media/msg"
	"trunkline/media/rtcp"
	"trunkline/media/rtp"
)

// Receive takes one packet off the RTP port. pkt is not kept, but written to.
func (s *Session) Receive(now clock.Time, pkt []byte, from netip.AddrPort) {
	switch {
	case s.closed:
		return
	case !s.started || s.latch.Refuses(now, from):
		s.stats.Foreign++
		return
	case rtcp.Is(pkt) && s.params.Mux:
		s.ReceiveControl(now, pkt, from)
		return
	case !s.bucketOf(now, from).take(now, perPacket):
		s.stats.Capped++
		return
	}
	if pkt = s.guard.open(pkt); pkt == nil {
		return // counted by the guard
	}
	h, payload, drop := rtp.Parse(pkt)
	kind := s.types[h.Type&0x7f]
	usable := drop == rtp.Keep && kind.what != unknown && len(payload) <= maxPayload
	if !s.latch.Admit(from, h, usable) {
		s.stats.Foreign++
		return
	}
	if !usable {
		s.stats.Malformed++
		return
	}
	s.live(now, payload)
	switch kind.what {
	case sound:
		s.takeSound(now, h, pkt, payload, kind.codec)
	case event:
		s.takeEvent(now, h, pkt, payload)
	case noise:
		s.takeNoise(now, h, payload)
	case unknown:
	}
}

// Warm reads what Receive is going to need of s, one field of each cache line, and
// what it returns means nothing. Called for many sessions in a row, it lets the
// memory of one arrive while the others' is being asked for.
func (s *Session) Warm() int {
	n := s.warm() + s.jitter.Warm() + int(s.listener.codec) + int(s.stats.Relayed) + int(s.params.Direction) +
		int(s.types[0].codec)
	for at := 0; at < len(s.past); at += 64 {
		n += int(s.past[at])
	}
	if s.peer != nil {
		n += s.peer.warm()
	}
	return n
}

// warm is what both sides of a relay need.
func (s *Session) warm() int {
	n := int(s.relay.ssrc) + int(s.header.SSRC) + s.samples + int(s.latch.Peer.Port()) + int(s.stats.PacketsIn) +
		int(s.control.stamp) + int(s.params.Send.Type)
	if !s.latch.Locked() || s.guard.on() {
		n++
	}
	return n
}

// live counts a valid packet. With the first, the peer's address is settled.
func (s *Session) live(now clock.Time, payload []byte) {
	if !s.settled && s.latch.Locked() {
		s.settled, s.visitors = true, nil
		if w, ok := s.wire.(Settler); ok {
			w.Settle(s.latch.Peer)
		}
	}
	s.stats.PacketsIn++
	s.stats.BytesIn += uint64(len(payload))
	s.alive, s.lost = now, false
	if !s.first {
		s.first = true
		s.report(msg.Event{Kind: msg.FirstPacket})
	}
}

// unsettle lets packets come from elsewhere again, until the next is here.
func (s *Session) unsettle() {
	if w, ok := s.wire.(Settler); ok && s.settled {
		w.Settle(netip.AddrPort{})
	}
	s.settled, s.visitors = false, nil
}

// takeSound passes sound on, or stores it until its turn. Sound we did not ask
// for, because we hold the far side, is only counted.
func (s *Session) takeSound(now clock.Time, h rtp.Header, pkt, payload []byte, id codecs.ID) {
	if !s.params.Direction.Receives() {
		s.note(now, h)
		return
	}
	length, clock := codecs.Length(id, payload)
	if length <= 0 {
		return
	}
	s.retune(clock)
	s.listener.codec = id
	if s.relays(id) {
		s.pass(now, h, pkt, payload, uint32(length))
		return
	}
	s.settle(now)
	s.jitter.Push(now, h, payload, uint32(length))
}

// takeEvent reports a key, once, and passes its packets on when the peer takes
// keys that way.
func (s *Session) takeEvent(now clock.Time, h rtp.Header, pkt, payload []byte) {
	s.note(now, h)
	e, ok := rtp.ParseEvent(payload)
	if !ok || !s.params.Direction.Receives() {
		return
	}
	digit, begins := s.keys.take(now, h, e)
	if begins || s.crossing { // all of a key goes one way
		s.crossing = s.passEvent(now, h, pkt, payload, e)
	}
	if !s.crossing {
		s.withhold(now, h)
	}
	if begins {
		s.eventful = true
		s.report(msg.Event{Kind: msg.Digit, Digit: digit, Crossed: s.crossing})
	}
}

// takeNoise lets comfort noise be heard until sound comes again (RFC 3389).
func (s *Session) takeNoise(now clock.Time, h rtp.Header, payload []byte) {
	s.note(now, h)
	s.withhold(now, h)
	n, err := dsp.ParseNoise(payload)
	if err != nil {
		s.stats.Malformed++
		return
	}
	if !s.modem.on() {
		s.listener.comfort(n, s.seed)
	}
}

// note keeps the books for a packet that is not played. Some gateways send
// telephone-events under an SSRC of their own: those are nobody's loss.
func (s *Session) note(now clock.Time, h rtp.Header) {
	if ssrc, any := s.jitter.Source(); !any || ssrc == h.SSRC {
		s.jitter.Note(now, h)
	}
}

// visitors are the sources that are not our peer yet, each with a bucket of its
// own: what one of them spends is not the others'.
type visitors [4]visitor

type visitor struct {
	from   netip.AddrPort
	tokens bucket
	last   clock.Time
}

// welcome is how many packets a source may send at once that was not heard before.
const welcome = 40

// bucketOf is the bucket that from spends of.
func (s *Session) bucketOf(now clock.Time, from netip.AddrPort) *bucket {
	if s.latch.Locked() || latch.Plain(from) == s.latch.Peer {
		return &s.tokens
	}
	if s.visitors == nil {
		s.visitors = new(visitors)
	}
	v := &s.visitors[0]
	for i := range s.visitors {
		if o := &s.visitors[i]; o.from == from {
			v = o
			break
		} else if o.last < v.last {
			v = o
		}
	}
	if v.from != from {
		*v = visitor{from: from, tokens: bucket{full: now.Add(burst - welcome*perPacket)}}
	}
	v.last = now
	return &v.tokens
}

// bucket bounds how many packets a second are looked at: four times what the
// shortest packet time makes, after a burst of as much as one second's. Beyond
// that there is no sender, only a flood.
type bucket struct {
	full clock.Time // when it will be full again
}

const (
	perPacket = time.Second / 400
	perReport = time.Second / 20 // RTCP has seconds between packets
	burst     = time.Second
)

// take lets one packet through, each of which fills the bucket by cost.
func (b *bucket) take(now clock.Time, cost time.Duration) bool {
	if b.full < now {
		b.full = now
	}
	if b.full.Sub(now) > burst {
		return false
	}
	b.full = b.full.Add(cost)
	return true
}
