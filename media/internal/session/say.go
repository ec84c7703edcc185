package session

import (
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

// sends reports whether we have both the right and the means to send sound.
func (s *Session) sends() bool {
	p := &s.params
	return s.started && p.Direction.Sends() && p.Send.Type < 128 &&
		int(p.Send.Codec) < len(s.coders) && s.coders[p.Send.Codec] != nil && sendable(s.latch.peer)
}

// say sends one frame of n samples: a digit if one is being dialled, else what
// plays, else what the peer says, else silence, which keeps NAT bindings and
// carriers content. The timestamp moves on even when nothing may be sent.
func (s *Session) say(n int) {
	said := s.said[:n]
	s.ear.pull(said)
	switch {
	case !s.sends():
		clear(said)
		s.dial.interrupt()
		s.header.Marker = true
	case s.dial.busy() && s.dialled(n):
	default:
		s.sayPrompt(said)
	}
	s.header.Timestamp += uint32(n)
	if s.player.done() {
		s.endPlay(msg.Finished)
	}
}

// sayPrompt sends said, after what plays has overwritten it.
func (s *Session) sayPrompt(said []int16) {
	if s.player.active {
		if encoded := s.player.fill(said, s.params.Send.Codec); encoded != nil {
			s.send(s.params.Send.Type, copy(s.packet[rtp.HeaderSize:], encoded))
			return
		}
	}
	s.saySound(said)
}

// saySound encodes and sends said.
func (s *Session) saySound(said []int16) {
	coder := s.coders[s.params.Send.Codec]
	s.send(s.params.Send.Type, coder.Encode(s.packet[rtp.HeaderSize:], said))
}

// send puts a header before the n bytes of payload that are in packet, and
// sends both.
func (s *Session) send(kind uint8, n int) {
	h := s.header
	h.Type = kind
	s.header.Marker = false
	s.transmit(h, n)
}

func (s *Session) transmit(h rtp.Header, n int) {
	rtp.Put(s.packet[:], h)
	s.header.Sequence++
	s.stats.PacketsOut++
	s.stats.BytesOut += uint64(n)
	s.wire.Send(s.packet[:rtp.HeaderSize+n], s.latch.peer)
}
