package amr

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// random makes a frame of a type, with nothing but its own bits set.
func random(b Band, kind int, r *rand.Rand) (f frame) {
	f[0] = head(kind)
	for i := range int(b.bits[kind]) {
		f[1+i/8] |= byte(r.IntN(2)) << (7 - i%8)
	}
	return f
}

// write lays frames out as a payload.
func write(b Band, l layout, frames []frame) []byte {
	dst := make([]byte, 2000)
	putBits(dst, 0, 4, noRequest)
	at := l.head + len(frames)*l.entry
	for i := range frames {
		at = b.put(dst, l, &frames[i], i, len(frames), at)
	}
	return dst[:(at+7)/8]
}

// What is laid out in either way is read again, for all types and counts.
func TestLayouts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for _, b := range []Band{Narrow(), Wide()} {
		for _, aligned := range []bool{false, true} {
			for try := range 3000 {
				frames := make([]frame, 1+try%4)
				for i := range frames {
					kind := r.IntN(16)
					for b.bits[kind] < 0 {
						kind = r.IntN(16)
					}
					frames[i] = random(b, kind, r)
				}
				payload := write(b, layouts(aligned), frames)
				if got := b.Length(payload); got != len(frames)*b.samples {
					t.Fatalf("%d frames in %x: length %d", len(frames), payload, got)
				}
				p, _ := b.open(payload)
				if p.request() != noRequest {
					t.Fatalf("request is %d", p.request())
				}
				at := p.head + p.frames*p.entry
				for i := range frames {
					var got frame
					if at = b.take(&got, p, i, at); got != frames[i] {
						t.Fatalf("frame %d of %x: got %x, want %x", i, payload, got, frames[i])
					}
				}
			}
		}
	}
}

// The layouts of RFC 4867's own pictures: §4.3.5.1, one frame of 7.4 kbit/s at
// 8 kHz, and §4.4.5.1's aligned counterpart.
func TestPictures(t *testing.T) {
	b, f := Narrow(), frame{head(4)}
	for i := range 148 {
		f[1+i/8] |= 1 << (7 - i%8)
	}
	got := write(b, layouts(false), []frame{f})
	want := append([]byte{0xf2, 0x7f}, bytes.Repeat([]byte{0xff}, 17)...)
	want = append(want, 0xfc) // 158 bits, two of padding
	if !bytes.Equal(got, want) {
		t.Errorf("bandwidth-efficient: got %x, want %x", got, want)
	}
	got = write(b, layouts(true), []frame{f})
	want = append([]byte{0xf0, 0x24}, bytes.Repeat([]byte{0xff}, 18)...)
	want = append(want, 0xf0)
	if !bytes.Equal(got, want) {
		t.Errorf("octet-aligned: got %x, want %x", got, want)
	}
}

func TestNonsense(t *testing.T) {
	f := func(b Band, payload ...byte) {
		t.Helper()
		if got := b.Length(payload); got != 0 {
			t.Errorf("%x: length %d", payload, got)
		}
	}
	f(Narrow())
	f(Narrow(), 0xf0)
	f(Narrow(), 0xf0, 0x7c, 0)         // no data, and then some
	f(Narrow(), 0xf0, 0x4c)            // type 9 is none
	f(Narrow(), 0xf0, 0x3c)            // a frame of 12.2 kbit/s cut off
	f(Narrow(), 0xf0, 0xfc, 0xfc)      // the list of frames cut off
	f(Narrow(), make([]byte, 2000)...) // far too long
	f(Wide(), 0xf0, 0x5c)              // type 11 is none
	f(Wide(), bytes.Repeat([]byte{0xfc}, 20)...)
	if got := Wide().Length([]byte{0xf0, 0x74}); got != 320 { // a frame lost on the way
		t.Errorf("speech lost: length %d", got)
	}
}

func TestChoose(t *testing.T) {
	f := func(b Band, permitted uint16, bitrate, asked, want int) {
		t.Helper()
		if got := b.choose(permitted, bitrate, asked); got != want {
			t.Errorf("permitted %#x, %d bit/s, asked %d: got mode %d, want %d", permitted, bitrate, asked, got, want)
		}
	}
	f(Narrow(), 0, 0, noRequest, 7)
	f(Narrow(), 0x95, 0, noRequest, 7) // 0, 2, 4, 7
	f(Narrow(), 0x95, 0, 5, 4)
	f(Narrow(), 0x94, 0, 1, 2) // none so low: the least there is
	f(Narrow(), 0, 6000, noRequest, 2)
	f(Narrow(), 0, 100, noRequest, 0)
	f(Narrow(), 0x100, 0, noRequest, 7) // no mode of this band: all
	f(Wide(), 0, 0, noRequest, 8)
	f(Wide(), 7, 0, noRequest, 2)
}

// FuzzLayout: a payload that makes sense lies within its bytes.
func FuzzLayout(f *testing.F) {
	f.Add([]byte{0xf0, 0x7c})
	f.Add([]byte{0xf3, 0xc0})
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, b := range []Band{Narrow(), Wide()} {
			p, ok := b.open(payload)
			if ok != (b.Length(payload) > 0) {
				t.Fatal("open and Length differ")
			}
			at := p.head + p.frames*p.entry
			for i := range p.frames {
				var got frame
				at = b.take(&got, p, i, at)
			}
			if ok && (at+7)/8 != len(payload) {
				t.Fatalf("%d bits read of %d bytes", at, len(payload))
			}
		}
	})
}
