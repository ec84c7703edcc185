package session

import (
	"slices"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/jitter"
	"trunkline/media/msg"
	"trunkline/media/rtp"
	"trunkline/media/srtp"
)

const (
	minPtime     = 10 * time.Millisecond
	maxPtime     = 60 * time.Millisecond
	defaultPtime = 20 * time.Millisecond
	maxRate      = 48000                     // of PCM, Hz
	maxFrame     = maxRate / 1000 * 60       // samples
	maxPayload   = 1500                      // bytes; longer ones are malformed
	maxPacket    = maxRate / 1000 * 120      // samples one packet can hold (Opus, RFC 6716 §2.1.4)
	maxSound     = 2 * 16000 / 1000 * 60     // bytes: 60 ms of L16 at 16 kHz is the most
	maxSent      = rtp.HeaderSize + maxSound //
	spare        = 480                       // samples a converter may give in excess
	maxBuffer    = maxSent + srtp.Overhead   // a packet and what protects it
)

// Scratch is working space for one frame. Sessions of one shard share it, since
// nothing in it outlives a call, but for tests that look at the last frame.
type Scratch struct {
	decoded [maxFrame + maxPacket]int16
	heard   [maxFrame]int16         // this frame, from the far side
	said    [maxFrame]int16         // this frame, to the far side, as sound
	mixed   [maxFrame + spare]int16 // this frame, at another rate or louder
	packet  [maxBuffer]byte
}

// pace is how much sound goes into a frame, in the three ways to count it.
type pace struct {
	rate, clock int // of PCM and of RTP timestamps, Hz
	ptime       time.Duration
	samples     int
	units       uint32 // of RTP timestamps
}

func newPace(rate, clock int, ptime time.Duration) pace {
	if ptime <= 0 {
		ptime = defaultPtime
	}
	p := pace{rate: rate, clock: clock, ptime: min(max(ptime, minPtime), maxPtime).Truncate(time.Millisecond)}
	p.samples = int(p.ptime * time.Duration(rate) / time.Second)
	p.units = uint32(p.ptime * time.Duration(clock) / time.Second)
	return p
}

// toSamples returns how many samples n timestamp units are.
func (p *pace) toSamples(n uint32) int { return int(uint64(n) * uint64(p.rate) / uint64(p.clock)) }

// toUnits returns how many timestamp units n samples are, rounded up.
func (p *pace) toUnits(n int) uint32 {
	return uint32((uint64(n)*uint64(p.clock) + uint64(p.rate) - 1) / uint64(p.rate))
}

// tune sets the rates a leg works at, and forgets what was made for others.
func (s *Session) tune(p, was msg.Params) {
	rate, clock := 8000, 8000
	if c, ok := codecs.ByID(p.Send.Codec); ok {
		rate, clock = c.Rates[0], c.ClockRate
		if slices.Contains(c.Rates, p.Rate) && p.Rate%prompt8k == 0 && p.Rate <= maxRate {
			rate = p.Rate
		}
	}
	if rate != s.rate {
		s.coders = [codecs.End]codecs.Coder{}
		s.vad, s.tones, s.rest, s.tail = nil, nil, nil, nil
		s.ear, s.listener, s.player.up = ear{}, listener{}, converter{}
	} else if p.Send.Codec < codecs.End && p.Send != was.Send {
		s.coders[p.Send.Codec] = nil
	}
	s.pace = newPace(rate, clock, p.Ptime)
	s.inbound.rate = rate
	s.DetectSpeech(s.detect)
	if s.mask != nil && rate != s.mask.rate {
		s.mask = newMask(rate)
	}
	if p.Keys != msg.KeyTones {
		s.tones = nil
	} else if s.tones == nil {
		s.tones = &spotter{KeyDetector: dsp.MakeKeyDetector(rate)}
	}
}

// prompt8k is the rate all others here are multiples of.
const prompt8k = 8000

// agree lays out what payload types mean.
func (s *Session) agree(p msg.Params) {
	s.types = [128]accepted{13: {what: noise}} // RFC 3389
	for _, a := range p.Accept {
		if c, ok := codecs.ByID(a.Codec); ok && a.Type < 128 && slices.Contains(c.Rates, s.rate) {
			s.types[a.Type] = accepted{sound, a.Codec}
		}
	}
	for _, t := range [...]uint8{p.AcceptEvents, p.MoreEvents[0], p.MoreEvents[1]} {
		if t > 0 && t < 128 {
			s.types[t] = accepted{what: event}
		}
	}
}

// coder returns the coder for id, made when it is first needed; nil when there
// can be none.
func (s *Session) coder(id codecs.ID) codecs.Coder {
	if id >= codecs.End {
		return nil
	}
	if s.coders[id] == nil {
		c, ok := codecs.ByID(id)
		if !ok {
			return nil
		}
		f := codecs.Format{}
		if id == s.params.Send.Codec {
			f = s.params.Send.Format
		}
		s.coders[id] = c.New(s.rate, f)
	}
	return s.coders[id]
}

// retune readies the jitter buffer for sound of another RTP clock.
func (s *Session) retune(clock int) {
	if clock == s.inbound.clock {
		return
	}
	c := s.jitter.Counters()
	s.stats.Lost += c.Lost
	s.stats.Late += c.Late
	s.stats.Duplicate += c.Duplicate
	s.stats.Foreign += c.Stray
	s.inbound.clock = clock
	s.jitter = jitter.New(clock)
}

// converter brings sound from one rate to another. The zero value copies.
type converter struct {
	from, to int
	c        dsp.Converter
}

// set prepares for rates; it allocates when they differ from each other and
// from those before.
func (c *converter) set(from, to int) {
	if c.from == from && c.to == to {
		return
	}
	*c = converter{from: from, to: to}
	if from != to {
		c.c, _ = dsp.MakeConverter(from, to) // there is one between any two of our rates
	}
}

// convert returns src at the other rate, in dst unless there is nothing to do.
func (c *converter) convert(dst, src []int16) []int16 {
	if c.from == c.to {
		return src
	}
	return dst[:c.c.Process(dst, src)]
}
