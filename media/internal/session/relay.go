package session

import (
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/jitter"
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

// linger is how long a relay waits for the next packet before frames of our own
// take over.
const linger = 200 * time.Millisecond

// relay is the passing of a peer's packets, undecoded, in the session that
// sends them on. Sequence numbers and timestamps go on from those of the frames
// before, and keep the distances the far side gave them: its losses and pauses
// are passed on as they are.
type relay struct {
	active bool
	codec  codecs.ID
	ssrc   uint32 // of the peer's packets
	stream uint32 // of the peer's streams, as its jitter buffer counts them
	seq    uint16 // what is added to sequence numbers
	ts     uint32 // and to timestamps
	end    uint32 // of the sound that was passed on, in timestamps of ours
	passed int    // packets since it began
	last   clock.Time
}

// relays reports whether sound in codec id from s can go to the joined peer as
// it is: nobody here needs to hear it, and the peer sends nothing else. While
// packets pass by, the answer stays what it was until somebody calls consider.
func (s *Session) relays(id codecs.ID) bool {
	return s.passing == id && id != codecs.None || s.mayRelay(id)
}

// consider is called when what mayRelay depends on may have changed, but by the
// passing of packets: the next packet or frame asks again.
func (s *Session) consider() {
	s.passing = codecs.None
	s.rouse()
	if p := s.peer; p != nil {
		p.passing = codecs.None
		p.rouse()
	}
}

func (s *Session) mayRelay(id codecs.ID) bool {
	p := s.peer
	if p == nil || id != p.params.Send.Codec || s.ptime != p.ptime || !p.sends() {
		return false
	}
	if s.overheard() || p.overheard() || p.player.Busy() || p.dial.Busy() {
		return false
	}
	if s.listener.onset || s.volume.Moving() || p.hearing.Moving() || p.seam.apart { // what begins is to be faded in
		return false
	}
	theirs, ours := &s.params.Send.Format, &p.params.Send.Format
	return s.started && !s.member.Mute && !p.member.Deaf && s.member.Gain == 0 &&
		theirs.Aligned == ours.Aligned && (ours.Modes == 0 || ours.Modes == theirs.Modes)
}

// overheard reports whether somebody here needs the sound itself.
func (s *Session) overheard() bool {
	if s.detect || s.params.Decode || s.params.Keys == msg.KeyTones && !s.tonesCross() && !s.modem.on() {
		return true
	}
	return len(s.taps) > 0
}

// tonesCross reports whether keys that are tones reach the peer as such, in the
// sound.
func (s *Session) tonesCross() bool { return s.peer != nil && s.peer.params.Keys == msg.KeyTones }

// relaying reports whether the packets of s go straight to its peer at the
// moment, and notices when that has come to an end.
func (s *Session) relaying(now clock.Time) bool {
	if s.peer == nil || !s.peer.relay.active {
		return false
	}
	if r := &s.peer.relay; now.Sub(r.last) < linger && s.relays(r.codec) {
		return true
	}
	s.settle(now)
	return false
}

// pass sends a packet of sound on to the peer.
func (s *Session) pass(now clock.Time, h rtp.Header, pkt, payload []byte, length uint32) {
	p, id := s.peer, s.types[h.Type].codec
	fresh, said := !s.relaying(now), false
	if fresh {
		said = p.hurry(now, id, payload)
	}
	if s.jitter.Pass(now, h) != jitter.Stored {
		return
	}
	if fresh || p.relay.codec != id || p.relay.stream != s.jitter.Streams() || p.strays(h, length) {
		p.relay = relay{
			active: true, codec: id, ssrc: h.SSRC, stream: s.jitter.Streams(), last: now,
			seq: p.header.Sequence - h.Sequence, ts: p.header.Timestamp - h.Timestamp, end: p.header.Timestamp,
		}
		s.passing = id
	}
	s.past = append(s.past[:0], payload...)
	if said {
		p.relay.seq--
		p.relay.ts -= length
		return
	}
	if end := h.Timestamp + p.relay.ts + length; int32(end-p.relay.end) > 0 {
		p.relay.end = end
	}
	if p.forward(now, h, pkt, payload, p.params.Send.Type, length) {
		s.stats.Relayed++
	}
}

// strays reports whether a packet of sound breaks with the timestamps before it: it
// is far off, or next but from before the one that was last. Keys do not count,
// which may have begun before the sound that comes before them has ended.
func (s *Session) strays(h rtp.Header, length uint32) bool {
	at := h.Timestamp + s.relay.ts
	d := int32(at - s.header.Timestamp)
	return d > int32(2*s.clock) || d < -int32(2*s.clock) ||
		h.Sequence+s.relay.seq == s.header.Sequence && int32(at-s.relay.end) < -int32(length)
}

// hurry sends all that the peer has said and that was not sent yet, so that
// nothing is missing when its packets begin to pass by, payload first. When
// that is not a whole number of frames, payload is sent too, decoded and a little
// squeezed, and hurry returns true.
func (s *Session) hurry(now clock.Time, id codecs.ID, payload []byte) (said bool) {
	if s.Scratch == nil {
		s.Use(new(Scratch))
	}
	p := s.peer
	pcm := s.ear.Drain(s.decoded[:len(s.decoded)-maxPacket])
	if p.rate == s.rate {
		pcm = append(pcm, p.rest...)
	} else {
		pcm = pcm[:len(pcm)/s.samples*s.samples] // the rest is not worth its conversion
	}
	p.rest = p.rest[:0]
	pcm = s.utter(now, pcm)
	for n := 0; p.jitter.Held() > 0 && n < 64; n++ { // as many as a jitter buffer holds
		f := p.jitter.Pop(now.Add(time.Second), s.units)
		was := p.types[f.Type&0x7f].codec // another, when it has just changed
		coder := codecs.Coder(nil)
		if f.Kind == jitter.Packet && p.rate == s.rate && (len(pcm) > 0 || was != id) {
			coder = p.coder(was)
		}
		switch {
		case coder != nil:
			pcm = s.utter(now, pcm[:len(pcm)+coder.Decode(pcm[len(pcm):cap(pcm)], f.Payload)])
		case f.Kind == jitter.Packet && was == id:
			s.send(now, s.params.Send.Type, copy(s.packet[rtp.HeaderSize:maxSent], f.Payload))
			s.header.Timestamp += f.Skip + f.Samples
		case f.Kind != jitter.Nothing:
			s.header.Timestamp += f.Samples
		}
	}
	if len(pcm) == 0 {
		return false
	}
	coder := p.coder(id)
	if coder == nil {
		return false
	}
	pcm = s.utter(now, pcm[:len(pcm)+coder.Decode(pcm[len(pcm):cap(pcm)], payload)])
	if frame := min(s.samples, len(pcm)); frame > 0 {
		squeeze(pcm, len(pcm)-frame)
		s.saySound(now, pcm[:frame])
		s.header.Timestamp += s.units
	}
	return true
}

// utter sends the start of pcm, and leaves more than one frame of it but less
// than two, at the start of decoded, unless it is a whole number of frames.
func (s *Session) utter(now clock.Time, pcm []int16) []int16 {
	frame := s.samples
	even := len(pcm)%frame == 0
	for len(pcm) >= 2*frame || even && len(pcm) > 0 {
		s.saySound(now, pcm[:frame])
		s.header.Timestamp += s.units
		pcm = pcm[frame:]
	}
	return s.decoded[:copy(s.decoded[:], pcm)]
}

// squeeze takes over samples out of pcm: what is left, at its start, begins as
// pcm does and ends as pcm does.
func squeeze(pcm []int16, over int) {
	n := len(pcm) - over
	for i := range n {
		w := float32(i) / float32(n)
		pcm[i] = int16(float32(pcm[i])*(1-w) + float32(pcm[i+over])*w)
	}
}

// forward sends pkt, which ends with payload, under a header of ours, written
// over the one it had; false when it is from before the relay began.
func (s *Session) forward(now clock.Time, h rtp.Header, pkt, payload []byte, kind uint8, length uint32) bool {
	r := &s.relay
	h.Sequence += r.seq
	h.Timestamp += r.ts
	ahead := int(int16(h.Sequence - s.header.Sequence)) // 0 is the one expected
	if ahead < -r.passed {
		return false
	}
	h.Type, h.SSRC, h.Marker = kind, s.header.SSRC, h.Marker || s.header.Marker
	s.header.Marker = false
	if ahead >= 0 {
		s.header.Sequence = h.Sequence + 1
		r.passed = min(r.passed+ahead+1, 1<<15)
	}
	if int32(h.Timestamp-s.header.Timestamp) > 0 {
		s.header.Timestamp = h.Timestamp
	}
	r.last = now
	at := cap(pkt) - cap(payload) // where payload begins in pkt
	out := pkt[at-rtp.HeaderSize : at+len(payload)]
	rtp.Put(out, h)
	if s.guard.on() { // the signature needs room that pkt may not have
		out = s.packet[:copy(s.packet[:maxSent], out)]
	}
	s.emit(now, out)
	if end := h.Timestamp + length; int32(end-s.header.Timestamp) > 0 {
		s.header.Timestamp = end
	}
	return true
}

// passEvent sends a packet of a key on, if the relay is on and the peer takes
// keys that way.
func (s *Session) passEvent(now clock.Time, h rtp.Header, pkt, payload []byte, e rtp.Event) bool {
	p := s.peer
	if !s.relaying(now) || p.params.SendEvents == 0 || p.params.Keys != msg.KeyEvents || !s.passes(h) {
		return false
	}
	if h.Type != s.params.AcceptEvents || s.params.EventClock != p.params.EventClock { // of another clock than the peer's are
		return false
	}
	length := uint32(e.Duration)
	if own := p.params.EventClock; own > 0 {
		length = uint32(int(length) * p.clock / own)
	}
	return p.forward(now, h, pkt, payload, p.params.SendEvents, length)
}

// passes reports whether a packet is of the stream whose sound is passed on.
func (s *Session) passes(h rtp.Header) bool {
	return h.SSRC == s.peer.relay.ssrc && s.jitter.Streams() == s.peer.relay.stream
}

// withhold closes the ranks over a packet that is not passed on.
func (s *Session) withhold(now clock.Time, h rtp.Header) {
	if !s.relaying(now) || !s.passes(h) {
		return
	}
	if p := s.peer; h.Sequence+p.relay.seq == p.header.Sequence {
		p.relay.seq--
	}
}

// settle ends the passing of s's packets, if it is on: they will be decoded.
// The decoder has not heard those that passed by; the last of them spares it a
// cold start, and lets the time be bridged until enough packets are here again.
func (s *Session) settle(now clock.Time) {
	p := s.peer
	if p == nil || !p.relay.active {
		return
	}
	if missed := now.Sub(p.relay.last)/p.ptime - 1; missed > 0 {
		p.header.Timestamp += uint32(missed) * p.units
		p.header.Marker = true
	}
	id := p.relay.codec
	p.relay, p.stale = relay{}, true
	s.passing = codecs.None
	s.rouse()
	p.rouse()
	if coder := s.coder(id); coder != nil && len(s.past) > 0 && s.Scratch != nil {
		n := coder.Decode(s.decoded[:], s.past)
		plc := s.listener.plc
		if plc == nil {
			plc = dsp.NewPLC(s.rate)
		}
		plc.Reset()
		s.listener = listener{codec: id, plc: plc, noise: s.listener.noise, cover: s.rate * 6 / 100}
		s.listener.plc.Heard(s.decoded[:n])
		p.ear.Resume() // nothing to fade in: it goes on
		p.seam.last = last(s.decoded[:n])
	}
	s.past = s.past[:0]
}
