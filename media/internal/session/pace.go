package session

import (
	"cmp"
	"slices"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/media/internal/session/dial"
	"trunkline/media/internal/session/ear"
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
	maxPayload   = maxSound                  // bytes; longer ones are malformed
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

// newPace is that of packets which hold whole frames of a codec; a frame of 0
// may have any length.
func newPace(rate, clock int, ptime, frame time.Duration) pace {
	if ptime <= 0 {
		ptime = defaultPtime
	}
	frame = max(frame, time.Millisecond)
	ptime = min(max(ptime, minPtime), maxPtime).Truncate(frame)
	p := pace{rate: rate, clock: clock, ptime: max(ptime, frame)}
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
	rate, clock, frame := 8000, 8000, time.Duration(0)
	if c, ok := codecs.ByID(p.Send.Codec); ok {
		rate, clock, frame = c.Rates[0], c.ClockRate, c.Frame
		if slices.Contains(c.Rates, p.Rate) && p.Rate%prompt8k == 0 && p.Rate <= maxRate {
			rate = p.Rate
		}
	}
	if rate != s.rate {
		s.dropCoders()
		s.vad, s.tones, s.rest = nil, nil, nil
		s.ear.Reset()
		s.listener = listener{}
	} else if p.Send.Format != was.Send.Format {
		s.dropCoder(p.Send.Codec)
	}
	s.pace = newPace(rate, clock, p.Ptime, frame)
	s.inbound.rate = rate
	s.player.SetRate(rate)
	s.dial.SetLine(dial.Line{
		Rate: rate, Clock: cmp.Or(p.EventClock, clock), Ptime: s.ptime, Events: p.SendEvents != 0, Tones: p.Keys == msg.KeyTones,
	})
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
		if codecs.Known(a.Codec) && a.Type < 128 {
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
		if s.coders[id] == nil {
			s.coders[id] = newForeign(&c, f, s.rate)
		}
	}
	return s.coders[id]
}

// dropCoder forgets a coder, and what it holds.
func (s *Session) dropCoder(id codecs.ID) {
	if id < codecs.End && s.coders[id] != nil {
		codecs.Release(s.coders[id])
		s.coders[id] = nil
	}
}

func (s *Session) dropCoders() {
	for id := range s.coders {
		s.dropCoder(codecs.ID(id))
	}
}

// foreign decodes what was accepted but has no form at the rate the leg works at:
// the far side may send any of the codecs agreed on.
type foreign struct {
	codecs.Coder
	to    ear.Converter
	space [maxPayload]int16 // one sample per byte is the most there is
}

func newForeign(c *codecs.Codec, f codecs.Format, rate int) codecs.Coder {
	own := c.RateFor(rate)
	d := &foreign{Coder: c.New(own, f)}
	d.to.Set(own, rate)
	return d
}

func (d *foreign) Decode(dst []int16, payload []byte) int {
	n := d.Coder.Decode(d.space[:], payload)
	n = min(n, d.to.Takes(len(dst)-spare))
	return len(d.to.Convert(dst, d.space[:n]))
}

// Conceal leaves it to others.
func (d *foreign) Conceal([]int16, []byte) int { return 0 }

// Release frees the coder inside.
func (d *foreign) Release() { codecs.Release(d.Coder) }

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
	s.jitter.Reset(clock)
	s.fasten()
	if s.peer != nil && s.peer.seam.last != 0 { // what it was saying broke off
		s.peer.seam.apart = true
	}
}
