//go:build e2e

package e2e

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"testing"

	"trunkline/media/wav"
	"trunkline/speech"
	"trunkline/speech/espeak"
)

// spoken is what the server's synthesizer makes of text.
func spoken(t *testing.T, language, text string) []int16 {
	t.Helper()
	s, err := espeak.New(espeak.Config{})
	if err != nil {
		t.Fatal(err)
	}
	pcm, err := s.Synthesize(context.Background(), speech.SynthesisRequest{Text: text, Language: language})
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// window is the piece of a sentence that is looked for at once: 200 ms. Of another
// sentence less than a tenth is taken for this one, and a gap spoils little more
// than itself.
const window = 1600

// alike is the correlation from which two windows are the same sound, but for
// the telephone line's companding.
const alike = 0.9

// contains reports how much of needle, 0 to 1, is found in sound in its order.
// A prompt may have been held while the caller made a noise, and on a busy
// machine a jitter buffer may have skipped some sound to catch up: each window
// may come up to two seconds late and half a second early.
func contains(sound, needle []int16) float64 {
	found, windows, at := 0, 0, -1
	for ; len(needle) >= window; needle = needle[window:] {
		windows++
		from, to := 0, len(sound)
		if at >= 0 {
			from, to = max(0, at+window-4000), at+window+16000
			at += window
		}
		if r, best := correlate(sound[min(from, len(sound)):min(to, len(sound))], needle[:window]); r >= alike {
			found++
			at = from + best
		}
	}
	if windows == 0 {
		return 0
	}
	return float64(found) / float64(windows)
}

// correlate finds where sound is most like n: the highest normalised
// cross-correlation, 1 for a perfect copy, and its place.
func correlate(sound, n []int16) (best float64, place int) {
	energy := func(s []int16) (e float64) {
		for _, v := range s {
			e += float64(v) * float64(v)
		}
		return e
	}
	en := energy(n)
	if len(sound) < len(n) || en == 0 {
		return 0, 0
	}
	es := energy(sound[:len(n)])
	for at := 0; ; at++ {
		var dot int64
		for i, v := range n {
			dot += int64(v) * int64(sound[at+i])
		}
		if r := float64(dot) / math.Sqrt(en*es); es > 0 && r > best {
			best, place = r, at
		}
		if at+len(n) >= len(sound) {
			return best, place
		}
		out, in := float64(sound[at]), float64(sound[at+len(n)])
		es += in*in - out*out
	}
}

// level is how much of sound's power lies at frequency hz, 0 to 1.
func level(sound []int16, hz float64) float64 {
	var re, im, power float64
	for i, v := range sound {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / 8000)
		re += float64(v) * c
		im += float64(v) * s
		power += float64(v) * float64(v)
	}
	if power == 0 {
		return 0
	}
	return 2 * (re*re + im*im) / (power * float64(len(sound)))
}

// tone reports the longest stretch of sound, in seconds, in which hz dominates.
func tone(sound []int16, hz float64) float64 { return stretch(sound, hz, 0.7) }

// stretch reports the longest stretch of sound, in seconds, in which at least a
// part of the power is at hz.
func stretch(sound []int16, hz, part float64) float64 {
	const frame = 400
	run, longest := 0, 0
	for ; len(sound) >= frame; sound = sound[frame:] {
		if level(sound[:frame], hz) > part {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return float64(longest) * frame / 8000
}

// heard reads a recording; channel 0 is left or the only one.
func heard(t *testing.T, path string, channel int) []int16 {
	t.Helper()
	s, err := wav.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if s.Rate != 8000 {
		t.Fatalf("%s: %d Hz, want 8000", path, s.Rate)
	}
	return s.Channel(channel)
}

// wavOf writes mono sound for a peer to play.
func wavOf(t *testing.T, name string, pcm []int16) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := wav.WriteFile(path, wav.Sound{Format: wav.Format{Rate: 8000, Channels: 1}, PCM: pcm}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}
