package opus

import "testing"

func TestLength(t *testing.T) {
	f := func(want int, packet ...byte) {
		t.Helper()
		if got := Length(packet); got != want*48 {
			t.Errorf("%x: got %d samples, want %d ms", packet, got, want)
		}
	}
	f(0)
	f(10, 0<<3, 1, 2, 3) // SILK, one frame
	f(20, 1<<3)          // DTX: a frame of no bytes
	f(40, 2<<3, 1)
	f(60, 3<<3, 1)
	f(60, 11<<3, 1)
	f(10, 12<<3, 1) // hybrid
	f(20, 15<<3, 1)
	f(5, 17<<3, 1) // CELT
	f(20, 31<<3, 1)
	f(40, 1<<3|1, 7, 7) // two frames of one size
	f(40, 1<<3|1)
	f(0, 1<<3|1, 7)
	f(40, 1<<3|2, 1, 7, 8, 8) // of two sizes
	f(40, 1<<3|2, 1, 7)
	f(0, 1<<3|2, 2, 7)
	f(0, 1<<3|2)
	f(0, 1<<3|2, 252)
	f(60, 1<<3|3, 3, 7, 8, 9) // three of one size
	f(0, 1<<3|3, 3, 7, 8)
	f(60, 1<<3|3, 0x83, 1, 0, 7, 9, 9) // of three sizes
	f(0, 1<<3|3, 0x83, 1, 9, 7)
	f(60, 1<<3|3, 0x43, 2, 7, 8, 9, 0, 0) // with padding
	f(0, 1<<3|3, 0x43, 3, 0, 0)
	f(0, 1<<3|3, 0x43)
	f(0, 1<<3|3, 0x43, 255)
	f(0, 1<<3|3)
	f(0, 1<<3|3, 0)             // no frames
	f(120, 1<<3|3, 6)           // as long as can be
	f(0, 1<<3|3, 7)             // longer
	f(0, 3<<3|3, 3)             // 180 ms
	f(20, make1(1<<3, 1275)...) // as large as can be
	f(0, make1(1<<3, 1276)...)  // larger
	f(40, make1(1<<3|1, 2550)...)
	f(0, make1(1<<3|1, 2552)...)
}

// make1 is a table of contents and n bytes.
func make1(toc byte, n int) []byte { return append([]byte{toc}, make([]byte, n)...) }

// Frame sizes are written as they are read.
func TestFrameSize(t *testing.T) {
	for size := range maxFrame + 1 {
		var b [2]byte
		n := putSize(b[:], size)
		if got, used := frameSize(b[:n]); got != size || used != n {
			t.Fatalf("%d became %d in %d bytes of %d", size, got, used, n)
		}
	}
}
