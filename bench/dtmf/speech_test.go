//go:build e2e

package dtmf

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"trunkline/codecs"
	"trunkline/dsp"
)

// voice is one way of saying a text.
type voice struct {
	variant      string
	speed, pitch int
}

// voices are men, women, children, whisperers and machines.
func voices() []voice {
	return []voice{
		{"", 165, 50}, {"+f2", 170, 70}, {"+m3", 150, 25}, {"+f4", 190, 85}, {"+m7", 175, 40},
		{"+f5", 140, 99}, {"+m1", 210, 10}, {"+klatt2", 160, 55}, {"+f3", 120, 60}, {"+croak", 150, 45},
		{"+whisper", 150, 50}, {"+m5", 230, 65}, {"+f1", 155, 92}, {"+klatt4", 180, 35},
	}
}

// voiceOf returns the nth of any number of voices: further rounds of voices are
// higher and faster.
func voiceOf(n int) voice {
	all := voices()
	v, round := all[n%len(all)], n/len(all)
	v.pitch, v.speed = (v.pitch+23*round)%100, v.speed+11*round
	return v
}

const spokenRate = 22050 // what espeak-ng speaks at

// speak returns text as said in a voice, at the level of a talker, as it comes
// through G.711.
func speak(t *testing.T, s speaker, v voice) []int16 {
	t.Helper()
	wav, err := exec.Command("espeak-ng", "-v", s.language+v.variant, "-s", strconv.Itoa(v.speed),
		"-p", strconv.Itoa(v.pitch), "--stdout", s.text).Output()
	const header = 44
	if err != nil || len(wav) < header+2*spokenRate {
		t.Fatalf("speak %s%s: %v, %d bytes", s.language, v.variant, err, len(wav))
	}
	wide := make([]int16, (len(wav)-header)/2)
	for i := range wide {
		wide[i] = int16(binary.LittleEndian.Uint16(wav[header+2*i:]))
	}
	pcm, err := dsp.Resample(wide, spokenRate, rate)
	if err != nil {
		t.Fatal(err)
	}
	dsp.Amplify(pcm, -22-dsp.Level(pcm))
	through(codecs.PCMU)(nil, pcm)
	return pcm
}

// kind is a kind of sound without keys.
type kind struct {
	name   string
	sounds []heardSound
}

func (k kind) hours() (h float64) {
	for _, s := range k.sounds {
		h += float64(len(s.pcm)) / rate / 3600
	}
	return h
}

// speech is every language in some voices.
func speech(t *testing.T, each int) (ks []kind) {
	t.Helper()
	for i, s := range speakers() {
		k := kind{name: "speech, " + s.language}
		for j := range each {
			k.sounds = append(k.sounds, heardSound{pcm: speak(t, s, voiceOf(i+j))})
		}
		ks = append(ks, k)
	}
	return ks
}

// instrument is how loud the harmonics of a note are, how fast it dies, and
// how it wavers.
type instrument struct {
	name      string
	harmonics []float64
	decay     float64 // 1/s
	vibrato   float64 // of the frequency
}

func instruments() []instrument {
	return []instrument{
		{"strings", []float64{1, 0.7, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15}, 0.2, 0.006},
		{"piano", []float64{1, 0.5, 0.3, 0.15, 0.1, 0.05}, 3, 0},
		{"flute", []float64{1, 0.25, 0.08}, 0.3, 0.004},
		{"organ", []float64{1, 0.8, 0.1, 0.5, 0.05, 0.02, 0.02, 0.2}, 0, 0},
	}
}

// music plays chords of one to four notes of a scale for about a minute.
func music(rnd *rand.Rand, in instrument) []int16 {
	scale := []int{0, 2, 4, 5, 7, 9, 11}
	s := silence(0)
	for len(s) < 60*rate {
		chord := silence(150 + 450*rnd.Float64())
		for range 1 + rnd.IntN(4) {
			note := 12*rnd.IntN(4) + scale[rnd.IntN(len(scale))]
			in.play(rnd, chord, 130.81*math.Pow(2, float64(note)/12))
		}
		s = append(s, chord...)
	}
	out := silence(float64(len(s)) * 1000 / rate)
	out.add(s, 2000/s.rms())
	pcm := out.pcm()
	through(codecs.PCMU)(rnd, pcm)
	return pcm
}

func (in instrument) play(rnd *rand.Rand, s sound, freq float64) {
	waver := 4 + 2*rnd.Float64()
	for h, a := range in.harmonics {
		f := freq * float64(h+1)
		if f > 3600 {
			break
		}
		phase := rnd.Float64() * 2 * math.Pi
		for i := range s {
			at := float64(i) / rate
			phase += 2 * math.Pi * f / rate * (1 + in.vibrato*math.Sin(2*math.Pi*waver*at))
			edge := min(1, at/0.01, (float64(len(s)-i))/rate/0.01)
			s[i] += a * edge * math.Exp(-in.decay*at) * math.Sin(phase)
		}
	}
}

// whistle glides over the band of the tones, with a breath of noise.
func whistle(rnd *rand.Rand) []int16 {
	s := white(rnd, 60*rate)
	phase, f, to := 0.0, 1000.0, 1500.0
	for i := range s {
		if i%2000 == 0 {
			to = 600 + 1400*rnd.Float64()
		}
		f += (to - f) * 0.0008
		phase += 2 * math.Pi * f / rate
		s[i] = 60*s[i] + 3000*math.Sin(phase)
	}
	return s.pcm()
}

// machine is the tones of exchanges, fax machines and modems.
func machine(rnd *rand.Rand) []int16 {
	s := silence(0)
	for _, tones := range [][]float64{
		{350, 440}, {425}, {440, 480}, {480, 620}, {1100}, {2100}, {950}, {1400}, {1800}, {913.8, 1370.6, 1776.7},
		{1004}, {980, 1180}, {1650, 1850}, {1270, 1070}, {700, 900}, {700, 1100}, {900, 1500}, {1300, 1700}, {2130, 2750},
	} {
		part := silence(1500)
		for _, f := range tones {
			part.sine(rnd, f, -12)
		}
		s = append(append(s, part...), silence(200)...)
	}
	return s.pcm()
}

// others are sounds without keys that are no speech.
func others(minutes int) (ks []kind) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, in := range instruments() {
		k := kind{name: "music, " + in.name}
		for range minutes {
			k.sounds = append(k.sounds, heardSound{pcm: music(rnd, in)})
		}
		ks = append(ks, k)
	}
	whistles, noise, machines := kind{name: "whistling"}, kind{name: "white noise"}, kind{name: "exchanges, fax, modems"}
	for range minutes {
		whistles.sounds = append(whistles.sounds, heardSound{pcm: whistle(rnd)})
		machines.sounds = append(machines.sounds, heardSound{pcm: machine(rnd)})
		s := silence(60000)
		s.add(white(rnd, len(s)), 1000)
		noise.sounds = append(noise.sounds, heardSound{pcm: s.pcm()})
	}
	return append(ks, whistles, noise, machines)
}

// suspected returns how much of k's sound was under suspicion, asked for every
// 20 ms.
func (k kind) suspected() float64 {
	asked, yes := 0, 0
	for _, s := range k.sounds {
		d := dsp.MakeKeyDetector(rate)
		for at := 0; at+160 <= len(s.pcm); at += 160 {
			for e, rest := d.Feed(s.pcm[at : at+160]); e.Change != dsp.KeyNone; e, rest = d.Feed(rest) {
			}
			if _, to := d.Suspect(); to > int64(at) {
				yes++
			}
			asked++
		}
	}
	return float64(yes) / float64(asked)
}

// TestTalkOff: digits heard where there are none, and how much of the sound
// was suspected of one.
func TestTalkOff(t *testing.T) {
	each, minutes := 4, 2
	if *full {
		each, minutes = 4*len(voices()), 30
	}
	them := buildSpandsp(t)
	table := "| sound | hours | ours | spandsp | suspected |\n|---|---:|---:|---:|---:|\n"
	for _, k := range append(speech(t, each), others(minutes)...) {
		a, b := 0, 0
		for _, keys := range ours(k.sounds) {
			a += len(keys)
		}
		for _, keys := range them.hear(t, k.sounds) {
			b += len(keys)
		}
		suspected := k.suspected()
		table += fmt.Sprintf("| %s | %.2f | %d | %d | %.2f %% |\n", k.name, k.hours(), a, b, 100*suspected)
		if float64(a-b) > 3*math.Sqrt(float64(a+b)) {
			t.Errorf("%s: ours %d, spandsp %d in %.2f hours", k.name, a, b, k.hours())
		}
		if strings.HasPrefix(k.name, "speech") && suspected > 0.01 {
			t.Errorf("%s: %.1f %% of it is suspected", k.name, 100*suspected)
		}
	}
	t.Logf("digits heard where there are none:\n\n%s", table)
}
