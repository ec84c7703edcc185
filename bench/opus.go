package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

const (
	opusCalls = 100 // calls whose coders take turns: each finds its state as cold as in a call
	opusTurns = 150 // frames of each
	opusWarm  = 50  // of them are not counted
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
// libopus costs depends on it by a third. Time is the processor's, as for calls:
// a neighbour that gets in between is not libopus.
func serveOpus([]string) error {
	runtime.LockOSThread()
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
	turns := make([][][]int16, opusTurns)
	for turn := range turns {
		turns[turn] = far.speak(turn)
	}
	scratch, sound := make([]byte, 1500), make([]int16, rate/50)
	var begun time.Duration
	for turn, frames := range turns {
		if turn == opusWarm {
			begun = threadTime()
		}
		for i, coder := range coders {
			coder.Encode(scratch, frames[i])
			coder.Decode(sound, payloads[turn%len(payloads)])
		}
	}
	took := threadTime() - begun
	fmt.Println("took", float64(took)/1e3/opusCalls/(opusTurns-opusWarm)*50)
	return nil
}

// threadTime returns the processor time of this thread.
func threadTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var u syscall.Rusage
	if err := syscall.Getrusage(thread, &u); err != nil {
		return 0 // no kernel without it
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// farSides are the generator's legs of PCMU, as the Opus legs joined with them
// hear them.
type farSides struct {
	law  codecs.Coder
	rate int
	up   []dsp.Converter
}

func newFarSides(calls, rate int) (*farSides, error) {
	law, _ := codecs.ByID(codecs.PCMU)
	up, err := dsp.MakeConverter(law.Rates[0], rate)
	if err != nil {
		return nil, err
	}
	f := &farSides{law: law.New(law.Rates[0], codecs.Format{}), rate: rate}
	for range calls {
		f.up = append(f.up, up)
	}
	return f, nil
}

// speak returns the next frame of each: noise with the time in front, which is a
// crackle, as make in relay/c/gen.c has it.
func (f *farSides) speak(turn int) (frames [][]int16) {
	var payload [160]byte
	var pcm [160]int16
	for call := range f.up {
		for i := range payload {
			payload[i] = byte(0xe0 + ((i+12)*37+turn*11+2*call)&0x1f)
		}
		sent := time.Hour + time.Duration(turn)*20*time.Millisecond + time.Duration(call)*200*time.Microsecond
		binary.LittleEndian.PutUint64(payload[:], uint64(sent))
		f.law.Decode(pcm[:], payload[:])
		frame := make([]int16, f.rate/50)
		f.up[call].Process(frame, pcm[:])
		frames = append(frames, frame)
	}
	return frames
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
