//go:build cgo

package opus

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	lib "github.com/hraban/opus"
)

// voice is a buzz of gliding pitch, with pauses, at rate.
func voice(rate, ms int) []int16 {
	pcm, phase := make([]int16, rate*ms/1000), 0.0
	for i := range pcm {
		at := float64(i) / float64(rate)
		phase += (140 + 30*math.Sin(3*at)) / float64(rate)
		x := 0.0
		for k := 1.0; k < 20; k++ {
			x += math.Sin(2*math.Pi*k*phase) / (1 + math.Abs(k-5))
		}
		pcm[i] = int16(3000 * x * math.Abs(math.Sin(8*at)))
	}
	return pcm
}

// packets encodes pcm in packets of ms milliseconds.
func packets(t *testing.T, c *Coder, pcm []int16, ms int) (all [][]byte) {
	t.Helper()
	dst := make([]byte, 1500)
	for part := range slices.Chunk(pcm, c.tick*ms/10) {
		all = append(all, slices.Clone(dst[:c.Encode(dst, part)]))
	}
	return all
}

// power is the mean square of pcm.
func power(pcm []int16) float64 {
	sum := 0.0
	for _, x := range pcm {
		sum += float64(x) * float64(x)
	}
	return sum / float64(len(pcm))
}

// difference is the mean square of a − b.
func difference(a, b []int16) float64 {
	d := make([]int16, len(a))
	for i := range a {
		d[i] = a[i] - b[i]
	}
	return power(d)
}

// A lost packet comes back better from the copy in the next than from the past
// alone. At 48 kHz a packet of more than 20 ms has several frames, of which the
// copy is of the last.
func TestForwardErrorCorrection(t *testing.T) {
	for rate, times := range map[int][]int{8000: {20, 40, 60}, 16000: {20, 40, 60}, 48000: {20}} {
		for _, ms := range times {
			c := New(rate, Options{FEC: true})
			sent, n := packets(t, c, voice(rate, 3000), ms), rate*ms/1000
			var copied, guessed float64
			clean, byCopy, byGuess := New(rate, Options{}), New(rate, Options{}), New(rate, Options{})
			for i, p := range sent[:len(sent)-1] {
				want, got, guess := make([]int16, n), make([]int16, n), make([]int16, n)
				clean.Decode(want, p)
				if i%6 != 5 {
					byCopy.Decode(got, p)
					byGuess.Decode(guess, p)
					continue
				}
				if a, b := byCopy.Conceal(got, sent[i+1]), byGuess.Conceal(guess, nil); a != n || b != n {
					t.Fatalf("%d Hz, %d ms: concealed %d and %d samples, want %d", rate, ms, a, b, n)
				}
				copied += difference(got, want)
				guessed += difference(guess, want)
			}
			if gain := 10 * math.Log10(guessed/copied); gain < 8 {
				t.Errorf("%d Hz, %d ms: FEC is better than concealment by %.1f dB, want 8", rate, ms, gain)
			}
		}
	}
}

// With DTX silence is not sent, but for an update now and then, which is heard
// as no more than noise; and speech comes through.
func TestDiscontinuousTransmission(t *testing.T) {
	const rate, n = 16000, 320
	for _, ms := range []int{10, 20, 30, 40, 60} {
		c := New(rate, Options{DTX: true})
		speech := voice(rate, 1200)
		r := rand.New(rand.NewPCG(1, 1))
		quiet := make([]int16, 6*rate)
		for i := range quiet {
			quiet[i] = int16(r.IntN(9) - 4)
		}
		before := packets(t, c, speech, ms)
		if i := slices.IndexFunc(before, func(p []byte) bool { return len(p) == 0 }); i >= 0 {
			t.Errorf("%d ms: packet %d of speech was not sent", ms, i)
		}
		silence := packets(t, c, quiet, ms)
		sent := 0
		for _, p := range silence[len(silence)/3:] {
			if len(p) > 0 {
				sent++
			}
		}
		most := 4000/400 + 2
		if ms%20 != 0 {
			most = 4000/200 + 2 // libopus counts frames, which are of 10 ms then
		}
		if sent > most {
			t.Errorf("%d ms: %d packets in 4 s of silence, want at most %d", ms, sent, most)
		}
		dec, out := New(rate, Options{}), make([]int16, rate*ms/1000)
		for _, p := range slices.Concat(before, silence) {
			if len(p) > 0 {
				dec.Decode(out, p)
			} else {
				dec.Conceal(out, nil)
			}
		}
		if p := power(out); p > 200 {
			t.Errorf("%d ms: silence has a power of %.0f", ms, p)
		}
	}
}

// A far side may send the packets of one or two bytes that say "no sound".
func TestEmptyFrames(t *testing.T) {
	c, out := New(16000, Options{}), make([]int16, 960)
	for _, p := range packets(t, New(16000, Options{}), voice(16000, 200), 20) {
		c.Decode(out, p)
	}
	f := func(want int, p ...byte) {
		t.Helper()
		if got := c.Decode(out, p); got != want {
			t.Errorf("%x: decoded %d samples, want %d", p, got, want)
		}
	}
	f(320, 9<<3)
	f(640, 9<<3|1)
	f(960, 9<<3|3, 3)
	f(160, 8<<3)
	f(960, 11<<3)
	f(320, 31<<3)
}

// What the far side asks for is done.
func TestOptions(t *testing.T) {
	pcm := voice(48000, 2000)
	f := func(o Options, check func(all [][]byte) bool, what string) {
		t.Helper()
		if c := New(48000, o); c == nil || !check(packets(t, c, pcm, 20)) {
			t.Errorf("%+v: not %s", o, what)
		}
	}
	bits := func(all [][]byte) int { return 8 * len(slices.Concat(all...)) / 2 }
	f(Options{Bitrate: 8000}, func(all [][]byte) bool { return bits(all) < 9600 }, "8 kbit/s")
	f(Options{Bitrate: 510000}, func(all [][]byte) bool { return bits(all) < 48000 }, "sparing where it may spend")
	f(Options{CBR: true}, func(all [][]byte) bool {
		return !slices.ContainsFunc(all, func(p []byte) bool { return len(p) != len(all[0]) })
	}, "of one size")
	f(Options{MaxRate: 8000}, func(all [][]byte) bool {
		return !slices.ContainsFunc(all, func(p []byte) bool { return p[0]>>3 > 3 })
	}, "narrow-band")
	f(Options{MaxRate: 16000}, func(all [][]byte) bool {
		return !slices.ContainsFunc(all, func(p []byte) bool { return p[0]>>3 > 11 })
	}, "wide-band")
	f(Options{}, func(all [][]byte) bool { return all[50][0]>>3 >= 14 }, "full-band")
}

// Two channels are heard as one, whichever mode they come in.
func TestStereo(t *testing.T) {
	for _, app := range []lib.Application{lib.AppVoIP, lib.AppAudio, lib.AppRestrictedLowdelay} {
		enc, err := lib.NewEncoder(48000, 2, app)
		if err != nil {
			t.Fatal(err)
		}
		left, right := voice(48000, 1000), make([]int16, 48000)
		both, packet, out := make([]int16, 1920), make([]byte, 1500), make([]int16, 320)
		c, heard := New(16000, Options{}), 0.0
		for i := 0; i < len(left); i += 960 {
			for k := range 960 {
				both[2*k], both[2*k+1] = left[i+k], right[i+k]
			}
			n, err := enc.Encode(both, packet)
			if err != nil {
				t.Fatal(err)
			}
			if packet[0]&4 == 0 {
				t.Fatal("not a stereo packet")
			}
			if got := c.Decode(out, packet[:n]); got != 320 {
				t.Fatalf("decoded %d samples", got)
			}
			heard += power(out)
		}
		if loss := 10 * math.Log10(power(left)*50/heard); loss < 4 || loss > 9 { // one of two channels: 6 dB
			t.Errorf("application %d: one channel is heard %.1f dB down", app, loss)
		}
	}
}

// FuzzLength: a packet has a length if and only if libopus decodes it, and then
// it is this one.
func FuzzLength(f *testing.F) {
	for _, ms := range []int{10, 20, 30, 60} {
		dst := make([]byte, 1500)
		f.Add(dst[:New(16000, Options{}).Encode(dst, voice(16000, ms))])
	}
	f.Add([]byte{1<<3 | 3, 0xc3, 255, 2, 7})
	f.Add([]byte{1<<3 | 2, 252, 0, 7})
	f.Fuzz(func(t *testing.T, packet []byte) {
		dec, err := lib.NewDecoder(48000, 1)
		if err != nil || len(packet) == 0 {
			return
		}
		want, err := dec.Decode(packet, make([]int16, maxTicks))
		if got := Length(packet); got != want || err != nil && got != 0 {
			t.Fatalf("%x: length %d, libopus says %d, %v", packet, got, want, err)
		}
	})
}
