//go:build cgo && amr

package amr

import (
	"math"
	"testing"
)

func sine(b Band) []int16 {
	pcm := make([]int16, b.samples)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*4*float64(i)/160))
	}
	return pcm
}

// kind is the type of a payload's first frame.
func kind(t *testing.T, b Band, payload []byte) int {
	t.Helper()
	p, ok := b.open(payload)
	if !ok {
		t.Fatalf("%x makes no sense", payload)
	}
	var f frame
	b.take(&f, p, 0, p.head+p.frames*p.entry)
	return f.kind()
}

// The far side asks for a mode at the head of what it sends, and gets the best
// permitted one up to it.
func TestModeRequest(t *testing.T) {
	for _, b := range []Band{Narrow(), Wide()} {
		c, payload := New(b, Options{Modes: 0x2d}), make([]byte, 100) // 0, 2, 3, 5
		f := func(asked, want int) {
			t.Helper()
			quiet := make([]byte, 2)
			putBits(quiet, 0, 4, uint(asked))
			putBits(quiet, 4, 6, noData<<1|1)
			c.Decode(make([]int16, b.samples), quiet)
			if got := kind(t, b, payload[:c.Encode(payload, sine(b))]); got != want {
				t.Errorf("asked for %d: sent mode %d, want %d", asked, got, want)
			}
		}
		f(noRequest, 5)
		f(4, 3)
		f(14, 3) // no mode: as before
		f(0, 0)
		f(noRequest, 5)
	}
}

// In silence little is sent, and what is sent is comfort noise.
func TestDiscontinuousTransmission(t *testing.T) {
	for _, b := range []Band{Narrow(), Wide()} {
		c, payload, sent := New(b, Options{DTX: true}), make([]byte, 100), 0
		out := make([]int16, b.samples)
		for i := range 100 {
			n := c.Encode(payload, make([]int16, b.samples))
			if n == 0 {
				c.Conceal(out, nil)
				continue
			}
			c.Decode(out, payload[:n])
			if sent++; i > 20 && kind(t, b, payload[:n]) != b.modes {
				t.Errorf("packet %d of silence is of type %d", i, kind(t, b, payload[:n]))
			}
		}
		if sent > 40 {
			t.Errorf("%d packets of 100 sent in silence", sent)
		}
		for _, x := range out {
			if x < -50 || x > 50 {
				t.Fatalf("silence is heard as %v", out)
			}
		}
	}
}

// A damaged frame is not heard as it is, but as if it were lost.
func TestDamagedFrame(t *testing.T) {
	for _, b := range []Band{Narrow(), Wide()} {
		damaged, lost, payload := New(b, Options{Aligned: true}), New(b, Options{Aligned: true}), make([]byte, 100)
		enc, x, y := New(b, Options{Aligned: true}), make([]int16, b.samples), make([]int16, b.samples)
		for range 10 {
			n := enc.Encode(payload, sine(b))
			damaged.Decode(x, payload[:n])
			lost.Decode(y, payload[:n])
		}
		n := enc.Encode(payload, sine(b))
		payload[1] &^= 4
		if got := damaged.Decode(x, payload[:n]); got != b.samples {
			t.Fatalf("decoded %d samples", got)
		}
		lost.Conceal(y, nil)
		for i := range x {
			if x[i] != y[i] {
				t.Fatalf("sample %d: %d, concealed %d", i, x[i], y[i])
			}
		}
	}
}
