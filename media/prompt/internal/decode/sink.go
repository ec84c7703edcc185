package decode

import (
	"context"
	"errors"
	"fmt"
	"time"

	"trunkline/dsp"
)

// The rates that come out, and the least and most that go in, Hz.
const (
	narrowRate = 8000
	wideRate   = 16000
	leastRate  = 8000
	mostRate   = 192000
)

const mostChannels = 8

// sink makes what a decoder writes mono and of a rate of ours, piece by piece,
// so that only the result is ever in memory as a whole.
type sink struct {
	ctx     context.Context
	longest time.Duration

	from, channels int
	left           int64 // sample instants that may still come
	to             int
	resampler      *dsp.Resampler // nil when the rate is right
	mono           [2048]int16
	pcm            []int16
}

// open says what will be written. It may be said again, but nothing else.
func (s *sink) open(rate, channels int) error {
	if s.channels != 0 && (rate != s.from || channels != s.channels) {
		return fmt.Errorf("it goes on with %d channels at %d Hz after %d at %d: convert it to WAV",
			channels, rate, s.channels, s.from)
	}
	if s.channels != 0 {
		return nil
	}
	if rate < leastRate || rate > mostRate {
		return fmt.Errorf("a sample rate of %d Hz: want %d to %d", rate, leastRate, mostRate)
	}
	if channels < 1 || channels > mostChannels {
		return fmt.Errorf("%d channels: want 1 to %d", channels, mostChannels)
	}
	s.from, s.channels, s.to = rate, channels, narrowRate
	if rate >= wideRate {
		s.to = wideRate
	}
	s.left = int64(float64(rate) * s.longest.Seconds())
	if rate == s.to {
		return nil
	}
	var err error
	s.resampler, err = dsp.NewResampler(rate, s.to)
	return err
}

// write takes interleaved samples, whole instants.
func (s *sink) write(pcm []int16) error {
	if s.left -= int64(len(pcm) / s.channels); s.left < 0 {
		return fmt.Errorf("it is longer than %v", s.longest)
	}
	for len(pcm) >= s.channels {
		if s.ctx.Err() != nil {
			return context.Cause(s.ctx)
		}
		n := min(len(pcm)/s.channels, len(s.mono))
		s.mix(pcm[:n*s.channels])
		pcm = pcm[n*s.channels:]
		s.add(s.mono[:n])
	}
	return nil
}

// mix puts the mean of the channels into mono.
func (s *sink) mix(pcm []int16) {
	if s.channels == 1 {
		copy(s.mono[:], pcm)
		return
	}
	for i := 0; len(pcm) > 0; i++ {
		sum := 0
		for _, v := range pcm[:s.channels] {
			sum += int(v)
		}
		s.mono[i] = int16(sum / s.channels)
		pcm = pcm[s.channels:]
	}
}

func (s *sink) add(mono []int16) {
	if s.resampler == nil {
		s.pcm = append(s.pcm, mono...)
		return
	}
	s.grow(s.resampler.Bound(len(mono)), func(dst []int16) int { return s.resampler.Process(dst, mono) })
}

// grow appends what fill writes to at most n samples.
func (s *sink) grow(n int, fill func(dst []int16) int) {
	have := len(s.pcm)
	if cap(s.pcm) < have+n {
		s.pcm = append(make([]int16, 0, 2*(have+n)), s.pcm...)
	}
	s.pcm = s.pcm[:have+fill(s.pcm[have:have+n])]
}

// finish returns all that was written.
func (s *sink) finish() (Sound, error) {
	if s.resampler != nil {
		s.grow(s.resampler.Bound(s.resampler.Ahead()), s.resampler.Flush)
	}
	if len(s.pcm) == 0 {
		return Sound{}, errors.New("it holds no sound")
	}
	return Sound{Rate: s.to, PCM: append([]int16(nil), s.pcm...)}, nil // without the room to grow
}
