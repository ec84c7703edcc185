package codecs

import (
	"math"
	"testing"
)

// FuzzEveryCodec: whatever the bytes, nothing panics, lengths stay in bounds, and
// what a payload is said to hold is what comes out of it.
func FuzzEveryCodec(f *testing.F) {
	rows := All()
	for i, c := range rows {
		f.Add(uint8(i), []byte{}, []byte{}, uint16(0))
		f.Add(uint8(i), []byte{0x00, 0x80, 0x55, 0xd5, 0xff, 0x7f}, []byte{0x48}, uint16(3))
		for k := range c.Rates { // true payloads, so that there is something to spoil
			coder, pcm := c.New(c.Rates[k], Format{FEC: true}), speech(c.Rates[k], 0.2)
			first, second, n := make([]byte, 2000), make([]byte, 2000), len(pcm)/5
			first = first[:coder.Encode(first, pcm[2*n:3*n])]
			second = second[:coder.Encode(second, pcm[3*n:4*n])]
			f.Add(uint8(i+k*len(rows)), first, second, uint16(n))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, payload, next []byte, room uint16) {
		c := rows[int(which)%len(rows)]
		rate := c.Rates[int(which)/len(rows)%len(c.Rates)]
		oneFuzz(t, c, rate, payload, next, int(room%5760)) // 120 ms at 48 kHz
	})
}

func oneFuzz(t *testing.T, c Codec, rate int, payload, next []byte, room int) {
	coder := c.New(rate, Format{})
	pcm, full := make([]int16, room), make([]int16, rate/5)
	for _, p := range [][]byte{payload, next} {
		units := c.Length(p)
		if units < 0 {
			t.Fatalf("%s: length %d", c.Name, units)
		}
		if n, want := coder.Decode(full, p), units*rate/c.ClockRate; want <= len(full) && n != want {
			t.Fatalf("%s at %d Hz: a payload of %d samples gave %d", c.Name, rate, want, n)
		}
		n := coder.Decode(pcm, p)
		if n < 0 || n > room {
			t.Fatalf("%s: decoded %d samples into room for %d", c.Name, n, room)
		}
		again := make([]byte, len(p))
		if m := coder.Encode(again, pcm[:n]); m < 0 || m > len(again) {
			t.Fatalf("%s: encoded %d bytes into room for %d", c.Name, m, len(again))
		}
		for _, after := range [][]byte{nil, next} {
			if m := coder.Conceal(pcm, after); m < 0 || m > room {
				t.Fatalf("%s: concealed %d samples of %d", c.Name, m, room)
			}
		}
	}
}

// FuzzFormat: any fmtp is understood as something that can be said and that the
// codec can work with.
func FuzzFormat(f *testing.F) {
	f.Add("maxplaybackrate=16000; sprop-maxcapturerate=16000; maxaveragebitrate=20000; stereo=1; useinbandfec=1; usedtx=0")
	f.Add("octet-align=1; mode-set=0,2,4,7; mode-change-period=2")
	f.Add("annexb=no")
	f.Fuzz(func(t *testing.T, fmtp string) {
		for _, c := range All() {
			if c.Parse == nil {
				continue
			}
			format := c.Parse(fmtp)
			if again := c.Parse(c.Describe(format)); c.Describe(again) != c.Describe(format) {
				t.Fatalf("%s: %+v described and understood as %+v", c.Name, format, again)
			}
			if format.Bitrate > math.MaxInt32 || c.New(c.Rates[0], format) == nil {
				t.Fatalf("%s: nothing can be made of %+v", c.Name, format)
			}
		}
	})
}
