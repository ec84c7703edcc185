// Package tones makes sound from nothing: tones by their frequencies, and a tune
// for callers who wait.
package tones

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"trunkline/ivr/sandbox"
	"trunkline/media/prompt"
)

// Tone makes the sum of some frequencies, "350+440", at half of full scale.
func Tone(spec string, d time.Duration) ([]int16, error) {
	if d <= 0 || d > time.Minute {
		return nil, errors.New("want a duration of up to 60s")
	}
	parts := strings.Split(spec, "+")
	if len(parts) > 4 {
		return nil, errors.New("want at most 4 frequencies")
	}
	var hz []float64
	for _, p := range parts {
		f, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil || f < 20 || f > prompt.Rate/2 {
			return nil, fmt.Errorf("want frequencies from 20 to %d Hz such as \"350+440\", got %q", prompt.Rate/2, sandbox.Clip(spec))
		}
		hz = append(hz, f)
	}
	pcm := make([]int16, int(d.Seconds()*prompt.Rate))
	for i := range pcm {
		var v float64
		for _, f := range hz {
			v += math.Sin(2 * math.Pi * f * float64(i) / prompt.Rate)
		}
		pcm[i] = int16(v / float64(len(hz)) * math.MaxInt16 / 2)
	}
	return pcm, nil
}

// Tune makes some seconds of a soft tune: four chords, note by note, and a
// rest. It is quiet enough to be talked over.
func Tune() *prompt.Clip {
	const (
		beat  = 300 * time.Millisecond
		level = 0.08 * math.MaxInt16
	)
	notes := []float64{ // Hz: C, A minor, F, G
		261.63, 329.63, 392, 523.25, 220, 261.63, 329.63, 440, 174.61, 220, 261.63, 349.23, 196, 246.94, 293.66, 392, 0, 0, 0, 0,
	}
	per := int(beat.Seconds() * prompt.Rate)
	pcm := make([]int16, 0, per*len(notes))
	for _, hz := range notes {
		for i := range per {
			fade := math.Exp(-3 * float64(i) / float64(per))
			pcm = append(pcm, int16(level*fade*math.Sin(2*math.Pi*hz*float64(i)/prompt.Rate)))
		}
	}
	return prompt.New(pcm)
}
