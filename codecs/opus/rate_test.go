//go:build cgo

package opus

import "testing"

// heard is what is left of voice's power after ms-long packets of c, and how many
// bits a second those took.
func heard(t *testing.T, rate, ms int, o Options) (kept float64, bits int) {
	t.Helper()
	pcm, d, n := voice(rate, 1200/ms*ms), New(rate, Options{}), rate*ms/1000
	var got []int16
	for _, p := range packets(t, New(rate, o), pcm, ms) {
		part := make([]int16, n)
		if k := d.Decode(part, p); k != n {
			t.Fatalf("%d Hz, %d ms, %+v: decoded %d samples of %d", rate, ms, o, k, n)
		}
		got = append(got, part...)
		bits += 8 * len(p)
	}
	return power(got[rate/2:]) / power(pcm[rate/2:len(got)]), bits * rate / len(got)
}

// A packet of any length sounds as one of 20 ms does: what libopus fills a frame up
// with for a constant bit rate must not be taken for sound where frames are joined.
func TestLengthsSoundAlike(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		for _, o := range []Options{{}, {CBR: true}, {CBR: true, Bitrate: 12000}} {
			want, _ := heard(t, rate, 20, o)
			for _, ms := range []int{10, 30, 40, 50, 60} {
				if got, _ := heard(t, rate, ms, o); got < want*0.7 || got > want*1.4 {
					t.Errorf("%d Hz, %d ms, %+v: %.2f of the power is left, at 20 ms %.2f", rate, ms, o, got, want)
				}
			}
		}
	}
}

// Packets of a constant bit rate are of one size.
func TestConstantSize(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		for _, bitrate := range []int{0, 12000} {
			for _, ms := range []int{10, 20, 30, 50} {
				all := packets(t, New(rate, Options{CBR: true, Bitrate: bitrate}), voice(rate, 1200/ms*ms), ms)
				for i, p := range all {
					if len(p) != len(all[0]) {
						t.Errorf("%d Hz, %d bit/s, %d ms: packet %d has %d bytes, the first has %d", rate, bitrate, ms, i, len(p), len(all[0]))
						break
					}
				}
			}
		}
	}
}

// The most a far side bears is kept to, as far as docs/codecs.md says: frames of
// 10 ms, which 30 and 50 ms are made of, have a least and an excess.
func TestBitrateIsKeptTo(t *testing.T) {
	for _, rate := range []int{8000, 16000, 48000} {
		for _, want := range []int{6000, 12000, 20000} {
			for _, ms := range []int{10, 30, 50, 60} {
				most := want + want/10
				if ms%20 != 0 {
					most = max(want+want/5, 8500)
				}
				if _, got := heard(t, rate, ms, Options{Bitrate: want}); got > most {
					t.Errorf("%d Hz, %d ms, %d bit/s: got %d, want at most %d", rate, ms, want, got, most)
				}
			}
		}
	}
}
