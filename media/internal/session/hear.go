package session

import (
	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/ear"
	"trunkline/media/jitter"
	"trunkline/media/msg"
)

// listener is what makes sound of packets, and of their absence.
type listener struct {
	codec codecs.ID // of the sound that came last
	plc   *dsp.PLC
	noise *dsp.NoiseSource // once there was comfort noise
	cover int              // samples of nothing that are still to be concealed
	quiet bool             // what was decoded last was hardly to be heard, and it matters
	onset bool             // what comes next begins amid a sound
	bent  int              // frames since sound was made longer or shorter
}

// listen fades what we hear out and in where it begins or ends in the middle,
// because we were put on hold, or no longer are.
func (s *Session) listen(was msg.Params) {
	switch before, now := was.Direction.Receives(), s.params.Direction.Receives(); {
	case before && !now:
		s.listener.cover = s.rate * 6 / 100
	case now && !before:
		s.listener.onset = true
	}
}

// comfort sets the noise that fills pauses.
func (l *listener) comfort(n dsp.Noise, seed uint64) {
	if l.noise == nil {
		source := dsp.MakeNoiseSource(seed)
		l.noise = &source
	}
	l.noise.Set(n)
}

// pause fills dst with what is heard while the far side sends nothing.
func (l *listener) pause(dst []int16) {
	if l.noise != nil {
		l.noise.Fill(dst)
		return
	}
	clear(dst)
}

// hear puts the next frame from the far side into heard: silence where there
// is none. The joined peer and the room hear it too.
func (s *Session) hear(now clock.Time) {
	n := s.samples
	if s.relaying(now) { // nobody here listens
		clear(s.heard[:n])
		return
	}
	have := copy(s.decoded[:], s.rest)
	have = s.draw(now, have)
	copy(s.heard[:n], s.decoded[:n])
	if have > n || len(s.rest) > 0 {
		s.rest = append(s.rest[:0], s.decoded[n:have]...)
	}
	s.spot(s.heard[:n])
	s.heed(s.heard[:n])
	to := s.peer
	switch {
	case s.echo:
		to = s
	case to == nil && s.seat == nil:
		return
	case to != nil && s.listener.codec == codecs.None: // it has not said anything yet
		return
	}
	out := s.mixed[:n]
	copy(out, s.heard[:n])
	s.volume.Apply(out)
	s.hush(out)
	if to != nil {
		to.ear.Push(out, s.decoded[:], s.rate, to.rate)
	} else {
		s.speak(out)
	}
}

// draw fills decoded, which holds have samples, up to a frame at least, and
// returns how many there are.
func (s *Session) draw(now clock.Time, have int) int {
	for have < s.samples {
		if n := s.insert(have); n > 0 {
			have += n
			continue
		}
		f := s.jitter.Pop(now, s.inbound.toUnits(s.samples-have))
		want := s.samples - have
		if f.Kind == jitter.Gap || f.Kind == jitter.Lost {
			want = min(want, max(s.inbound.toSamples(f.Samples), 1))
		}
		part := s.decoded[have : have+want]
		switch f.Kind {
		case jitter.Packet:
			have += s.decode(have, f)
			continue
		case jitter.Gap:
			s.idle(part)
		case jitter.Lost:
			s.conceal(part, f)
		case jitter.Nothing:
			s.idle(part)
		}
		have += want
	}
	return have
}

// decode writes the sound of f to decoded[at:] and returns its length. While
// the buffer holds too much, what is quiet is left out, and a voice hurries.
func (s *Session) decode(at int, f jitter.Frame) int {
	coder := s.coder(s.types[f.Type].codec) // None when a re-INVITE took its payload type away
	if coder == nil {
		return 0
	}
	n := coder.Decode(s.decoded[at:], f.Payload)
	skip := min(s.inbound.toSamples(f.Skip), n)
	pcm := s.decoded[at : at+n]
	pcm = pcm[:copy(pcm, pcm[skip:])]
	l := &s.listener
	if l.plc == nil {
		l.plc = dsp.NewPLC(s.rate)
	}
	if l.onset {
		l.onset = false
		ear.Fade(pcm[:min(len(pcm), s.rate/ear.Edges)], 0, 1)
	}
	kept := s.intact(pcm)
	l.plc.Heard(pcm)
	copy(pcm, kept)
	if s.params.Direction.Receives() { // else these are the last
		l.cover = 0
	}
	if s.modem.on() {
		return s.steady(pcm, f)
	}
	l.bent++
	surplus := s.jitter.Surplus()
	l.quiet = (surplus >= f.Samples || s.jitter.Deficit() > 0) && ear.Quiet(pcm) // who else would care?
	switch {
	case surplus < f.Samples: // the next packet might not be here yet
	case l.quiet:
		s.jitter.Shed(f.Samples)
		return 0
	case l.bent > 3:
		left := dsp.Shorten(pcm, s.rate)
		s.jitter.Shed(s.inbound.toUnits(len(pcm) - left))
		l.bent = 0
		return left
	}
	return len(pcm)
}

// insert plays for time while less is held than is needed, in a quiet moment.
func (s *Session) insert(at int) int {
	l := &s.listener
	deficit := s.inbound.toSamples(s.jitter.Deficit() + s.behind())
	if deficit <= 0 || !l.quiet || l.codec == codecs.None {
		return 0
	}
	n := min(deficit, s.samples-at)
	l.pause(s.decoded[at : at+n])
	s.jitter.Insert(s.inbound.toUnits(n))
	return n
}

// conceal stands in for a packet that is missing.
func (s *Session) conceal(dst []int16, f jitter.Frame) {
	l := &s.listener
	var next []byte
	if f.Next != nil && s.types[f.NextType].codec == l.codec {
		next = f.Next
	}
	if coder := s.coder(l.codec); coder != nil && coder.Conceal(dst, next) == len(dst) {
		if l.plc != nil {
			l.plc.Heard(dst)
		}
		return
	}
	if l.plc == nil {
		clear(dst)
		return
	}
	l.plc.Conceal(dst)
}

// idle fills dst while there is nothing to play.
func (s *Session) idle(dst []int16) {
	l := &s.listener
	n := min(l.cover, len(dst))
	if n > 0 && l.plc != nil {
		l.plc.Conceal(dst[:n])
		l.cover -= n
		dst = dst[n:]
	}
	l.pause(dst)
}
