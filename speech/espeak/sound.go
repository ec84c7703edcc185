package espeak

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"trunkline/dsp"
	"trunkline/speech"
)

// errNoSound says that nothing was written at all.
var errNoSound = errors.New("no sound")

// convert hands the sound of a WAV file on as it is read: as telephone sound,
// silence cut off at both ends, its level made even.
func convert(wav io.Reader, take func([]int16) error) error {
	rate, err := readHead(wav)
	if err != nil {
		return err
	}
	down, err := dsp.NewResampler(rate, speech.Rate)
	if err != nil {
		return err
	}
	s := shaper{take: take}
	raw, pcm := make([]byte, 8192), make([]int16, 4096)
	out := make([]int16, down.Bound(max(len(pcm), down.Ahead())))
	for {
		n, err := io.ReadFull(wav, raw) // an odd byte at the end is none of a sample
		for i := range n / 2 {
			pcm[i] = int16(binary.LittleEndian.Uint16(raw[2*i:]))
		}
		if wrong := s.write(out[:down.Process(out, pcm[:n/2])]); wrong != nil {
			return wrong
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			if wrong := s.write(out[:down.Flush(out)]); wrong != nil {
				return wrong
			}
			return s.end()
		case err != nil:
			return fmt.Errorf("read wav: %w", err)
		}
	}
}

// longestPart bounds what is skipped before the sound of a WAV file, bytes.
const longestPart = 1 << 16

// readHead reads a mono 16-bit WAV up to its sound and returns the rate, Hz. The
// file was written to a pipe, so the lengths in its head are not to be trusted.
func readHead(r io.Reader) (rate int, err error) {
	var head [12]byte
	if n, err := io.ReadFull(r, head[:]); n == 0 && err == io.EOF {
		return 0, errNoSound
	} else if err != nil || string(head[:4]) != "RIFF" || string(head[8:]) != "WAVE" {
		return 0, fmt.Errorf("parse wav: not a RIFF file: %.16q", head[:n])
	}
	for {
		if _, err := io.ReadFull(r, head[:8]); err != nil {
			return 0, errors.New("parse wav: no data")
		}
		name, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:8]))
		switch {
		case name == "data" && rate == 0:
			return 0, errors.New("parse wav: no format before data")
		case name == "data":
			return rate, nil
		case size > longestPart:
			return 0, fmt.Errorf("parse wav: %q of %d bytes", name, size)
		}
		body := make([]byte, size+size%2)
		if _, err := io.ReadFull(r, body); err != nil {
			return 0, errors.New("parse wav: no data")
		}
		if name == "fmt " {
			if rate, err = readFormat(body); err != nil {
				return 0, err
			}
		}
	}
}

func readFormat(b []byte) (rate int, err error) {
	if len(b) < 16 {
		return 0, errors.New("parse wav: short format")
	}
	format, channels := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
	rate = int(binary.LittleEndian.Uint32(b[4:]))
	if bits := binary.LittleEndian.Uint16(b[14:]); format != 1 || channels != 1 || bits != 16 || rate < 8000 || rate > 48000 {
		return 0, fmt.Errorf("parse wav: format %d, %d channels, %d bits, %d Hz", format, channels, bits, rate)
	}
	return rate, nil
}

const (
	margin = speech.Rate / 25 // of silence kept at both ends, samples: 40 ms
	quiet  = 104              // -50 dB of full scale: what is below is silence
	lead   = speech.Rate      // how much sound its level is judged by, samples
	bend   = speech.Rate / 50 // over how much the gain changes
)

// The level speech is brought to: loud enough for any line, with the 12 dB of
// headroom that keeps G.711 from clipping. dB of full scale.
const (
	wantLevel = -20
	maxPeak   = -2
)

// shaper trims and levels sound as it passes. What is too loud later lowers the
// gain from there on; nothing raises it, for that would be heard.
type shaper struct {
	take  func([]int16) error
	begun bool    // sound has come
	held  []int16 // silence that may be the last, and sound whose level is not known
	loud  int     // how much of held is up to the last sound
	gain  float64 // 0 while held is judged
}

// write takes the next sound, which may be changed.
func (s *shaper) write(pcm []int16) error {
	last := -1 // sound
	for i, v := range pcm {
		if v > quiet || v < -quiet {
			if last = i; !s.begun {
				s.begun = true
				s.held = append(s.held, pcm[:i]...)
				s.held = append(s.held[:0], s.held[max(0, len(s.held)-margin):]...)
				pcm = pcm[i:]
				return s.write(pcm)
			}
		}
	}
	if last >= 0 {
		s.loud = len(s.held) + last + 1
	}
	s.held = append(s.held, pcm...)
	if !s.begun {
		s.held = append(s.held[:0], s.held[max(0, len(s.held)-margin):]...)
		return nil
	}
	if s.gain == 0 && s.loud < lead {
		return nil
	}
	return s.pass(s.loud)
}

// end hands on what is left.
func (s *shaper) end() error {
	if !s.begun {
		return nil
	}
	return s.pass(min(len(s.held), s.loud+margin))
}

// pass hands on the first n samples that are held.
func (s *shaper) pass(n int) error {
	part := s.held[:n]
	if n == 0 {
		return nil
	}
	want, peak := s.gain, peakOf(part)
	if want == 0 {
		want = wanted(part)
		s.gain = want
	}
	if peak > 0 {
		want = min(want, fullScale(maxPeak)/peak)
	}
	for i, v := range part {
		g := want
		if i < bend {
			g = s.gain + (want-s.gain)*float64(i)/bend
		}
		part[i] = clamp(g * float64(v))
	}
	s.gain = want
	err := s.take(part)
	s.held = append(s.held[:0], s.held[n:]...)
	s.loud = max(s.loud-n, 0)
	return err
}

func peakOf(pcm []int16) (peak float64) {
	for _, v := range pcm {
		peak = max(peak, math.Abs(float64(v)))
	}
	return peak
}

// wanted returns the gain that brings pcm to wantLevel, measured where it is not
// silent.
func wanted(pcm []int16) float64 {
	const block = speech.Rate / 50
	var sum float64
	n := 0
	for len(pcm) > 0 {
		part := pcm[:min(block, len(pcm))]
		pcm = pcm[len(part):]
		var e float64
		for _, v := range part {
			e += float64(v) * float64(v)
		}
		if e/float64(len(part)) > 300*300 { // -41 dB: not a pause
			sum, n = sum+e, n+len(part)
		}
	}
	if n == 0 {
		return 1
	}
	return fullScale(wantLevel) / math.Sqrt(sum/float64(n))
}

func clamp(v float64) int16 { return int16(math.Round(min(max(v, math.MinInt16), math.MaxInt16))) }

func fullScale(db float64) float64 { return 32768 * math.Pow(10, db/20) }
