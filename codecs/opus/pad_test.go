//go:build cgo

package opus

import (
	"bytes"
	"slices"
	"testing"

	lib "github.com/hraban/opus"
)

// What is filled up has the length it should have, and still makes sense to libopus.
func TestPad(t *testing.T) {
	for extra := range 800 {
		packet := append([]byte{1<<3 | 3, 0x83, 3, 2, 10, 11, 12, 20, 21, 30, 31, 32, 33}, make([]byte, extra)...)
		n := len(packet) - extra
		if got := pad(packet, n, n+extra, 4); got != n+extra || Length(packet) != 60*48 {
			t.Fatalf("%d more: %d bytes instead of %d, of %d samples", extra, got, n+extra, Length(packet))
		}
		d, err := lib.NewDecoder(48000, 1)
		if err != nil {
			t.Fatal(err)
		}
		if k, err := d.Decode(packet, make([]int16, maxTicks)); k != 60*48 {
			t.Fatalf("%d more: libopus decodes %d samples: %v", extra, k, err)
		}
	}
}

// What one frame was filled up with is taken out again, and nothing else.
func TestStrip(t *testing.T) {
	for extra := range 800 {
		packet := append([]byte{1<<3 | 3, 1, 10, 11, 12}, make([]byte, extra)...)
		n := strip(packet, pad(packet, 5, 5+extra, 2))
		if want := []byte{1 << 3, 10, 11, 12}; !bytes.Equal(packet[:n], want) {
			t.Fatalf("%d more: % x is left, want % x", extra, packet[:n], want)
		}
	}
	for _, packet := range [][]byte{{}, {1 << 3}, {1<<3 | 3, 1}, {1 << 3, 10, 11}, {1<<3 | 3, 2, 10, 11}} {
		got := slices.Clone(packet)
		if n := strip(got, len(got)); n != len(packet) || !bytes.Equal(got, packet) {
			t.Errorf("% x became % x", packet, got[:n])
		}
	}
}
