package session

import (
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/ear"
	"trunkline/media/prompt"
	"trunkline/media/rtp"
)

// sends reports whether we have both the right and the means to send sound.
func (s *Session) sends() bool {
	p := &s.params
	if !s.started || !p.Direction.Sends() || p.Send.Type >= 128 || !s.latch.Reaches() || s.guard.broken {
		return false
	}
	return codecs.Known(p.Send.Codec)
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
		if s.peer != nil && s.peer.modem.on() {
			s.ear.Keep()
		}
		s.ear.Pull(said)
	}
	s.hearing.Apply(said)
	switch {
	case !s.sends():
		clear(said)
		s.dial.Interrupt()
		s.header.Marker = true
		s.seam = seam{apart: true}
	case s.dial.Busy() && s.dialled(now, said):
		s.seam = seam{apart: true, last: last(said)}
	default:
		s.sayPrompt(now, said)
	}
	s.header.Timestamp += s.units
	s.player.Finish()
}

// seam is where the frame before ended, so that the next can begin there when
// it is the beginning of something else.
type seam struct {
	apart bool // it was something else than what the peer or the room says
	last  int16
}

func last(pcm []int16) int16 {
	if len(pcm) == 0 {
		return 0
	}
	return pcm[len(pcm)-1]
}

// sayPrompt sends said, after what plays has overwritten it, or joined it.
func (s *Session) sayPrompt(now clock.Time, said []int16) {
	was, edge := s.seam, s.rate/ear.Edges
	n, encoded := s.player.Fill(said, s.ahead()) // n samples stand in for the peer
	if n < len(said) && (was.apart || n > 0) {   // the peer is back
		ear.Fade(said[n:min(len(said), n+edge)], 0, 1)
	}
	torn := s.ear.Torn() && n == 0
	cut := was.apart != (n > 0) || torn
	if cut && !s.player.Fading() && was.last != 0 {
		ear.Ease(said, was.last, s.rate)
		encoded = nil
	}
	s.seam = seam{apart: n == len(said), last: last(said)}
	if s.player.Done() { // its end is its own
		s.seam.last = 0
	}
	if encoded != nil && !s.player.Fading() {
		s.stale = true
		s.send(now, s.params.Send.Type, copy(s.packet[rtp.HeaderSize:maxSent], encoded))
		return
	}
	s.player.Fade(said)
	s.saySound(now, said)
}

// ahead is the codec that sound may be in which was encoded ahead.
func (s *Session) ahead() codecs.ID {
	if to := &s.params.Send; prompt.Suits(to.Codec, to.Format) {
		return to.Codec
	}
	return codecs.None
}

// saySound encodes and sends said; a coder may find that it need not be sent.
func (s *Session) saySound(now clock.Time, said []int16) {
	s.player.Break()
	if id := s.params.Send.Codec; id == codecs.Opus && s.coders[id] == nil {
		if n := stillness(s.packet[rtp.HeaderSize:], said, s.ptime); n > 0 {
			s.send(now, s.params.Send.Type, n)
			return
		}
	}
	coder := s.coder(s.params.Send.Codec)
	if coder == nil {
		return
	}
	if s.stale {
		s.stale = false
		codecs.Restart(coder)
	}
	n := coder.Encode(s.packet[rtp.HeaderSize:maxSent], said)
	if n == 0 {
		s.header.Marker = true // of the packet after the pause
		return
	}
	s.send(now, s.params.Send.Type, n)
}

// stillness writes silence as Opus knows it (RFC 6716 §3.1, §4.3): an encoder is
// large, and a leg that will be relayed says nothing else before. It returns 0
// for other sound, and for packet times that take more than one frame.
func stillness(dst []byte, said []int16, ptime time.Duration) int {
	toc := byte(31 << 3) // CELT, full band, 20 ms
	switch ptime {
	case 10 * time.Millisecond:
		toc = 30 << 3
	case 20 * time.Millisecond:
	default:
		return 0
	}
	if dsp.Energy(said) != 0 {
		return 0
	}
	return copy(dst, []byte{toc, 0xff, 0xfe})
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
	s.emit(now, s.packet[:rtp.HeaderSize+n])
}

// emit protects, counts and sends a packet. Reports tell the present timestamp, which
// is not that of a key's packets: those keep the one of their beginning.
func (s *Session) emit(now clock.Time, pkt []byte) {
	n := len(pkt) - rtp.HeaderSize
	if pkt = s.guard.seal(pkt); pkt == nil {
		return
	}
	s.stats.PacketsOut++
	s.stats.BytesOut += uint64(n)
	s.control.stamp, s.control.at = s.header.Timestamp, now
	s.wire.Send(pkt, s.latch.Peer)
}
