package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

const (
	opusCalls = 100 // calls whose coders take turns: each finds its state as cold as in a call
	opusTurns = 150 // frames of each; the first third is not counted
)

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
// coders are as a leg has them, and work on what the generator's legs send: what
// libopus costs depends on it by a third.
func serveOpus([]string) error {
	c, _ := codecs.ByID(codecs.Opus)
	rate := c.Rates[0]
	far, err := newFarSides(opusCalls, rate)
	if err != nil {
		return err
	}
	payloads := spoken(c.PayloadType)
	coders := make([]codecs.Coder, opusCalls)
	for i := range coders {
		coders[i] = c.New(rate, codecs.Format{})
	}
	scratch, sound := make([]byte, 1500), make([]int16, rate/50)
	var took []float64
	for turn := range opusTurns {
		frames := far.speak(turn)
		begun := time.Now()
		for i, coder := range coders {
			coder.Encode(scratch, frames[i])
			coder.Decode(sound, payloads[turn%len(payloads)])
		}
		if turn >= opusTurns/3 {
			took = append(took, float64(time.Since(begun))/1e3/opusCalls*50)
		}
	}
	slices.Sort(took)
	fmt.Println("took", took[len(took)/2])
	return nil
}

// farSides are the generator's legs of PCMU, as the Opus legs joined with them
// hear them.
type farSides struct {
	law    codecs.Coder
	up     []dsp.Converter
	frames [][]int16
}

func newFarSides(calls, rate int) (*farSides, error) {
	law, _ := codecs.ByID(codecs.PCMU)
	up, err := dsp.MakeConverter(law.Rates[0], rate)
	if err != nil {
		return nil, err
	}
	f := &farSides{law: law.New(law.Rates[0], codecs.Format{})}
	for range calls {
		f.up, f.frames = append(f.up, up), append(f.frames, make([]int16, rate/50))
	}
	return f, nil
}

// speak returns the next frame of each: noise with the time in front, which is a
// crackle, as make in relay/c/gen.c has it.
func (f *farSides) speak(turn int) [][]int16 {
	var payload [160]byte
	var pcm [160]int16
	for call := range f.frames {
		for i := range payload {
			payload[i] = byte(0xe0 + ((i+12)*37+turn*11+2*call)&0x1f)
		}
		sent := time.Hour + time.Duration(turn)*20*time.Millisecond + time.Duration(call)*200*time.Microsecond
		binary.LittleEndian.PutUint64(payload[:], uint64(sent))
		f.law.Decode(pcm[:], payload[:])
		f.up[call].Process(f.frames[call], pcm[:])
	}
	return f.frames
}

// spoken returns what the generator sends as a payload type.
func spoken(kind uint8) (payloads [][]byte) {
	for line := range strings.Lines(speech()) {
		var of uint8
		var payload []byte
		if n, _ := fmt.Sscanf(line, "payload %d %x", &of, &payload); n == 2 && of == kind {
			payloads = append(payloads, payload)
		}
	}
	return payloads
}

// vowel is sample i of a sound that a coder takes for speech; noise is added.
func vowel(i, rate int, noise float64) int16 {
	at := 2 * math.Pi * float64(i) / float64(rate)
	return int16(4000*math.Sin(220*at) + 2000*math.Sin(660*at) + 800*math.Sin(2400*at) + noise)
}
