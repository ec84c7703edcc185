//go:build cgo

package codecs

import (
	"slices"
	"time"

	"trunkline/codecs/opus"
)

// Most calls go on to a telephone or into a recogniser: 16 kHz serves both.
var opusPCM = []int{16000, 8000, 24000, 48000}

var opusRows = []Codec{{
	ID: Opus, Name: "opus", PayloadType: 107,
	ClockRate: 48000, Rates: opusPCM, Channels: 2, Frame: 10 * time.Millisecond,
	New: newOpus, Length: opus.Length,
	Wish:  Format{FEC: true},
	Parse: parseOpus, Describe: describeOpus,
}}

func newOpus(rate int, f Format) Coder {
	if !slices.Contains(opusPCM, rate) {
		return nil
	}
	c := opus.New(rate, opus.Options{
		Bitrate: int(f.Bitrate), MaxRate: int(f.MaxRate),
		FEC: f.FEC, DTX: f.DTX, CBR: f.CBR,
	})
	if c == nil {
		return nil
	}
	return c
}
