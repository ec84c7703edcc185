package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"trunkline/codecs"
)

// opusCalls is how many calls' coders take turns when libopus is measured alone:
// each finds its state as cold as in a call.
const opusCalls = 100

// opusAlone returns what libopus itself costs a PCMU to Opus call: encoding and
// decoding 50 frames a second, µs per second.
func (b *bench) opusAlone() (float64, error) {
	p, err := b.start(measuredCPU, patience, b.self, "opus")
	if err != nil {
		return 0, err
	}
	defer p.end()
	took, err := p.until("took", func(string) {})
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(took, 64)
}

// serveOpus says how long an encoded and a decoded frame take, times 50, µs. The
// coders are as a leg has them; they are fed what the generator's legs hold.
func serveOpus([]string) error {
	c, _ := codecs.ByID(codecs.Opus)
	law, _ := codecs.ByID(codecs.PCMU)
	noise := law.New(law.Rates[0], codecs.Format{})
	voice := c.New(c.Rates[0], codecs.Format{})
	coders := make([]codecs.Coder, opusCalls)
	for i := range coders {
		coders[i] = c.New(c.Rates[0], codecs.Format{})
	}
	narrow, bytes := make([]int16, 160), make([]byte, 160)
	pcm, sound := make([]int16, c.Rates[0]/50), make([]int16, c.Rates[0]/50)
	payload, scratch := make([]byte, 1500), make([]byte, 1500)
	var took []float64
	for turn := range 100 {
		for i := range bytes {
			bytes[i] = byte(0xe0 + (i*37+turn*11)&0x1f)
		}
		noise.Decode(narrow, bytes)
		for i := range pcm {
			pcm[i] = narrow[i*len(narrow)/len(pcm)]
			sound[i] = vowel(turn*len(sound)+i, c.Rates[0], 0)
		}
		n := voice.Encode(payload, sound)
		begun := time.Now()
		for _, coder := range coders {
			coder.Encode(scratch, pcm)
			coder.Decode(sound, payload[:n])
		}
		took = append(took, float64(time.Since(begun))/1e3/opusCalls*50)
	}
	slices.Sort(took)
	fmt.Println("took", took[len(took)/2])
	return nil
}

// vowel is sample i of a sound that a coder takes for speech; noise is added.
func vowel(i, rate int, noise float64) int16 {
	at := 2 * math.Pi * float64(i) / float64(rate)
	return int16(4000*math.Sin(220*at) + 2000*math.Sin(660*at) + 800*math.Sin(2400*at) + noise)
}
