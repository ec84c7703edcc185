//go:build cgo && g729

package codecs

import (
	"time"

	"trunkline/codecs/g729"
)

var g729Rows = []Codec{{
	ID: G729, Name: "G729", PayloadType: 18,
	ClockRate: 8000, Rates: []int{8000}, Channels: 1, Frame: 10 * time.Millisecond,
	New: newG729, Length: g729.Length,
	Parse: parseG729, Describe: describeG729,
}}

func newG729(rate int, _ Format) Coder {
	if rate != 8000 {
		return nil
	}
	return g729.New()
}
