package session

import (
	"trunkline/codecs"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

// sends reports whether we have both the right and the means to send sound.
func (s *Session) sends() bool {
	p := &s.params
	if !s.started || !p.Direction.Sends() || p.Send.Type >= 128 || !sendable(s.latch.peer) || s.guard.broken {
		return false
	}
	_, ok := codecs.ByID(p.Send.Codec)
	return ok
}

// say sends one frame: a digit if one is being dialled, else what plays, else
// what the peer or the room says, else silence, which keeps NAT bindings and
// carriers content. The timestamp moves on even when nothing may be sent. While
// the peer's packets pass by, there is nothing to say.
func (s *Session) say(now clock.Time) {
	said := s.said[:s.samples]
	if s.peer != nil && s.peer.relaying(now) {
		clear(said)
		return
	}
	if s.seat != nil {
		s.attend(said)
	} else {
		s.ear.pull(said)
	}
	if s.member.Deaf {
		clear(said)
	}
	switch {
	case !s.sends():
		clear(said)
		s.dial.interrupt()
		s.header.Marker = true
	case s.dial.busy() && s.dialled(now):
	default:
		s.sayPrompt(now, said)
	}
	s.header.Timestamp += s.units
	if s.player.done() {
		s.endPlay(msg.Finished)
	}
}

// sayPrompt sends said, after what plays has overwritten it, or joined it.
func (s *Session) sayPrompt(now clock.Time, said []int16) {
	if s.player.active {
		if encoded := s.fill(said); encoded != nil && len(s.tail) == 0 {
			s.send(now, s.params.Send.Type, copy(s.packet[rtp.HeaderSize:maxSent], encoded))
			return
		}
	}
	s.sayTail(said)
	s.saySound(now, said)
}

// saySound encodes and sends said; a coder may find that it need not be sent.
func (s *Session) saySound(now clock.Time, said []int16) {
	coder := s.coder(s.params.Send.Codec)
	if coder == nil {
		return
	}
	n := coder.Encode(s.packet[rtp.HeaderSize:maxSent], said)
	if n == 0 {
		s.header.Marker = true // of the packet after the pause
		return
	}
	s.send(now, s.params.Send.Type, n)
}

// send puts a header before the n bytes of payload that are in packet, and
// sends both.
func (s *Session) send(now clock.Time, kind uint8, n int) {
	h := s.header
	h.Type = kind
	s.header.Marker = false
	s.transmit(now, h, n)
}

func (s *Session) transmit(now clock.Time, h rtp.Header, n int) {
	rtp.Put(s.packet[:], h)
	s.header.Sequence++
	s.emit(now, h, s.packet[:rtp.HeaderSize+n])
}

// emit protects, counts and sends a packet.
func (s *Session) emit(now clock.Time, h rtp.Header, pkt []byte) {
	n := len(pkt) - rtp.HeaderSize
	if pkt = s.guard.seal(pkt); pkt == nil {
		return
	}
	s.stats.PacketsOut++
	s.stats.BytesOut += uint64(n)
	s.control.sent(now, h.Timestamp, n)
	s.wire.Send(pkt, s.latch.peer)
}
