package espeak

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"trunkline/speech"
)

// parseWAV reads a mono 16-bit WAV that was written to a pipe, so whose lengths
// in the header are not to be trusted. It returns samples and their rate, Hz.
func parseWAV(b []byte) ([]int16, int, error) {
	if len(b) < 12 || !bytes.Equal(b[:4], []byte("RIFF")) || !bytes.Equal(b[8:12], []byte("WAVE")) {
		return nil, 0, fmt.Errorf("parse wav: not a RIFF file: %.16q", b)
	}
	rate := 0
	for b = b[12:]; len(b) >= 8; {
		name, size := string(b[:4]), int(binary.LittleEndian.Uint32(b[4:8]))
		b = b[8:]
		body := b[:min(size, len(b))]
		switch name {
		case "fmt ":
			if len(body) < 16 {
				return nil, 0, errors.New("parse wav: short format")
			}
			format, channels := binary.LittleEndian.Uint16(body), binary.LittleEndian.Uint16(body[2:])
			rate = int(binary.LittleEndian.Uint32(body[4:]))
			if bits := binary.LittleEndian.Uint16(body[14:]); format != 1 || channels != 1 || bits != 16 || rate < 8000 || rate > 48000 {
				return nil, 0, fmt.Errorf("parse wav: format %d, %d channels, %d bits, %d Hz", format, channels, bits, rate)
			}
		case "data":
			if rate == 0 {
				return nil, 0, errors.New("parse wav: no format before data")
			}
			pcm := make([]int16, len(body)/2)
			for i := range pcm {
				pcm[i] = int16(binary.LittleEndian.Uint16(body[2*i:]))
			}
			return pcm, rate, nil
		}
		b = b[min(len(b), len(body)+len(body)%2):]
	}
	return nil, 0, errors.New("parse wav: no data")
}

// resample brings pcm to speech.Rate by a windowed-sinc filter, 3.7 kHz wide
// as a telephone line.
func resample(pcm []int16, rate int) []int16 {
	if rate == speech.Rate || len(pcm) == 0 {
		return pcm
	}
	const half = 24 // output samples to each side
	const cut = 3700.0 / (speech.Rate / 2)
	step := float64(rate) / speech.Rate
	reach := half * step
	out := make([]int16, int(float64(len(pcm))/step))
	for i := range out {
		at := float64(i) * step
		var sum float64
		for k := max(0, int(at-reach)+1); k <= min(len(pcm)-1, int(at+reach)); k++ {
			x := (at - float64(k)) / step // in output samples
			w := cut * sinc(cut*x) * (0.5 + 0.5*math.Cos(math.Pi*x/half))
			sum += w * float64(pcm[k])
		}
		out[i] = clamp(sum / step)
	}
	return out
}

func sinc(x float64) float64 {
	if math.Abs(x) < 1e-9 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

func clamp(v float64) int16 { return int16(math.Round(min(max(v, math.MinInt16), math.MaxInt16))) }

// margin of silence kept at both ends, samples: 40 ms.
const margin = speech.Rate / 25

// trim cuts silence (below -50 dB of full scale) from both ends.
func trim(pcm []int16) []int16 {
	const quiet = 104
	first, last := len(pcm), -1
	for i, v := range pcm {
		if v > quiet || v < -quiet {
			first, last = min(first, i), i
		}
	}
	if last < 0 {
		return nil
	}
	return pcm[max(0, first-margin):min(len(pcm), last+1+margin)]
}

// The level speech is brought to: loud enough for any line, with the 12 dB of
// headroom that keeps G.711 from clipping. dB of full scale.
const (
	wantLevel = -20
	maxPeak   = -2
)

// normalise scales pcm in place to wantLevel, measured where it is not silent.
func normalise(pcm []int16) []int16 {
	const block = speech.Rate / 50
	var sum, peak float64
	var n int
	for b := range len(pcm)/block + 1 {
		var e float64
		part := pcm[b*block : min(len(pcm), (b+1)*block)]
		for _, v := range part {
			e += float64(v) * float64(v)
			peak = max(peak, math.Abs(float64(v)))
		}
		if len(part) > 0 && e/float64(len(part)) > 300*300 { // -41 dB: not a pause
			sum, n = sum+e, n+len(part)
		}
	}
	if n == 0 || peak == 0 {
		return pcm
	}
	gain := min(fullScale(wantLevel)/math.Sqrt(sum/float64(n)), fullScale(maxPeak)/peak)
	for i, v := range pcm {
		pcm[i] = clamp(gain * float64(v))
	}
	return pcm
}

func fullScale(db float64) float64 { return 32768 * math.Pow(10, db/20) }
