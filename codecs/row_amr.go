//go:build cgo && amr

package codecs

import (
	"time"

	"trunkline/codecs/amr"
)

var amrRows = []Codec{
	{
		ID: AMRWB, Name: "AMR-WB", PayloadType: 99,
		ClockRate: 16000, Rates: []int{16000}, Channels: 1, Frame: 20 * time.Millisecond,
		New: newAMR(amr.Wide(), 16000), Length: amr.Wide().Length,
		Parse: parseAMR, Describe: describeAMR,
	},
	{
		ID: AMR, Name: "AMR", PayloadType: 98,
		ClockRate: 8000, Rates: []int{8000}, Channels: 1, Frame: 20 * time.Millisecond,
		New: newAMR(amr.Narrow(), 8000), Length: amr.Narrow().Length,
		Parse: parseAMR, Describe: describeAMR,
	},
}

func newAMR(b amr.Band, only int) func(int, Format) Coder {
	return func(rate int, f Format) Coder {
		if rate != only {
			return nil
		}
		return amr.New(b, amr.Options{Aligned: f.Aligned, Modes: f.Modes, Bitrate: int(f.Bitrate), DTX: f.DTX})
	}
}
