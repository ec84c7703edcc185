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
	pcm, err := speech.Speak(context.Background(), s, speech.SynthesisRequest{Text: text, Language: language})
	if err != nil {
		t.Fatal(err)
	}
	return pcm
}

// A sentence is looked for in pieces of 50 ms. To find its place, four of them
// are looked for at once, since of another sentence less than a tenth sounds like
// 200 ms of this one; from there on each piece must follow the one before it, but
// for what a jitter buffer adds to sound or takes from it to make up for a busy
// machine: one period of the voice, 5 to 10 ms at a time.
const (
	piece = 400
	place = 4 * piece
	slip  = 100
)

// alike is the correlation from which two pieces are the same sound, but for the
// telephone line's companding.
const alike = 0.8

// contains reports how much of needle, 0 to 1, is found in sound in its order.
// A prompt may have been held while the caller made a noise, and on a busy
// machine a jitter buffer may have skipped some sound to catch up: where a piece
// does not follow, the place is looked for again, from half a second before to
// two seconds after.
func contains(sound, needle []int16) float64 {
	found, pieces, at, lost := 0, 0, 0, true
	from, to := 0, len(sound)
	for step := piece; len(needle) >= piece; needle = needle[min(step, len(needle)):] {
		step = piece
		pieces++
		if !lost {
			near := max(0, at-slip)
			if r, best := correlate(within(sound, near, at+piece+slip), needle[:piece]); r >= alike {
				found, at = found+1, near+best+piece
				continue
			}
			from, to = max(0, at-4000), at+piece+16000
		}
		at += piece
		lost = true
		if len(needle) < place {
			continue
		}
		if r, best := correlate(within(sound, from, to), needle[:place]); r >= alike {
			found, at, lost = found+1, from+best+piece, false
			continue
		}
		step, pieces, at = 2*piece, pieces+1, at+piece // every other place will do
	}
	if pieces == 0 {
		return 0
	}
	return float64(found) / float64(pieces)
}

// within is the part of sound that there is between two samples.
func within(sound []int16, from, to int) []int16 {
	return sound[min(from, len(sound)):min(to, len(sound))]
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
		here := sound[at:][:len(n)]
		for i, v := range n {
			dot += int64(v) * int64(here[i])
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
