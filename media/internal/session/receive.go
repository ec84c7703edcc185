package session

import (
	"net/netip"

	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/jitter"
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

// Receive takes one packet off the wire. pkt is not kept.
func (s *Session) Receive(now clock.Time, pkt []byte, from netip.AddrPort) {
	if s.closed {
		return
	}
	h, payload, drop := rtp.Parse(pkt)
	kind := s.types[h.Type&0x7f]
	usable := drop == rtp.Keep && kind.what != unknown && len(payload) <= maxPayload
	if !s.started || !s.latch.admit(from, h, usable) {
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
		s.takeSound(now, h, payload, kind.codec)
	case event:
		s.takeEvent(now, h, payload)
	case noise:
		s.note(now, h)
	case unknown:
	}
}

// live counts a valid packet.
func (s *Session) live(now clock.Time, payload []byte) {
	s.stats.PacketsIn++
	s.stats.BytesIn += uint64(len(payload))
	s.alive, s.lost = now, false
	if !s.first {
		s.first = true
		s.report(msg.Event{Kind: msg.FirstPacket})
	}
}

// takeSound stores sound until its turn. Sound we did not ask for, because we
// hold the far side, is only counted.
func (s *Session) takeSound(now clock.Time, h rtp.Header, payload []byte, id codecs.ID) {
	if !s.params.Direction.Receives() {
		s.note(now, h)
		return
	}
	c, _ := codecs.ByID(id)
	if length := c.Length(payload); length > 0 {
		s.jitter.Push(now, h, payload, uint32(length))
	}
}

// takeEvent reports a key, once.
func (s *Session) takeEvent(now clock.Time, h rtp.Header, payload []byte) {
	s.note(now, h)
	e, ok := rtp.ParseEvent(payload)
	if !ok || !s.params.Direction.Receives() {
		return
	}
	if digit, pressed := s.keys.take(now, h, e); pressed {
		s.report(msg.Event{Kind: msg.Digit, Digit: digit})
	}
}

// note keeps the books for a packet that is not played. Some gateways send
// telephone-events under an SSRC of their own: those are nobody's loss.
func (s *Session) note(now clock.Time, h rtp.Header) {
	if ssrc, any := s.jitter.Source(); !any || ssrc == h.SSRC {
		s.jitter.Note(now, h)
	}
}

// hear puts the next n samples from the far side into heard: silence where
// there are none. The joined peer hears them too.
func (s *Session) hear(now clock.Time, n int) {
	s.undrawn = s.draw(now, n)
	copy(s.heard[:n], s.decoded[:n])
	s.undrawn -= n
	copy(s.decoded[:s.undrawn], s.decoded[n:n+s.undrawn])
	if s.peer != nil {
		s.peer.ear.push(s.heard[:n])
	}
}

// draw fills decoded up to n samples at least, and returns how many there are.
func (s *Session) draw(now clock.Time, n int) int {
	have := s.undrawn
	for have < n {
		f := s.jitter.Pop(now, uint32(n-have))
		switch f.Kind {
		case jitter.Packet:
			have += s.decode(have, f)
		case jitter.Gap, jitter.Lost:
			clear(s.decoded[have : have+int(f.Samples)])
			have += int(f.Samples)
		case jitter.Nothing:
			clear(s.decoded[have:n])
			have = n
		}
	}
	return have
}

// decode writes the sound of f to decoded[at:] and returns its length. While
// the buffer holds too much, what is quiet is left out.
func (s *Session) decode(at int, f jitter.Frame) int {
	coder := s.coders[s.types[f.Type].codec]
	if coder == nil { // a re-INVITE took its payload type away
		return 0
	}
	n := coder.Decode(s.decoded[at:], f.Payload)
	skip := min(int(f.Skip), n)
	pcm := s.decoded[at : at+n]
	if surplus := s.jitter.Surplus(); surplus > 0 && surplus >= f.Samples && quiet(pcm) {
		s.jitter.Shed(f.Samples)
		return 0
	}
	return copy(pcm, pcm[skip:])
}
