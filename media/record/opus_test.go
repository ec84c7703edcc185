package record

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/media/ogg"
	"trunkline/media/tap"
	"trunkline/media/wav"
)

// tone makes samples from..from+n of a sine.
func tone(hz float64, rate, from, n int) []int16 {
	s := make([]int16, n)
	for i := range s {
		s[i] = int16(8000 * math.Sin(2*math.Pi*hz*float64(from+i)/float64(rate)))
	}
	return s
}

// power measures a frequency in pcm (Goertzel), relative to full scale, in dB.
func power(pcm []int16, hz float64, rate int) float64 {
	c := 2 * math.Cos(2*math.Pi*hz/float64(rate))
	var a, b float64
	for _, v := range pcm {
		a, b = float64(v)/32768+c*a-b, a
	}
	return 10 * math.Log10(4*(a*a+b*b-c*a*b)/float64(len(pcm))/float64(len(pcm))+1e-12)
}

// tool runs one of opus-tools, see .ci/packages.txt.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// recordTones records left and right tones of so many ms, 20 ms at a time.
func recordTones(t *testing.T, o Options, rate, ms int, left, right float64) (info Info) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := NewDesk(Config{Workers: 1})
		defer d.Close()
		tp := tap.New(tap.Stereo, rate, 4000)
		r, err := d.Start(o, tp)
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at < ms; at += 20 {
			n := min(20, ms-at) * rate / 1000
			tp.WritePair(tone(left, rate, at*rate/1000, n), tone(right, rate, at*rate/1000, n))
			pass(20 * time.Millisecond)
		}
		if info, err = r.Close(); err != nil {
			t.Fatal(err)
		}
	})
	return info
}

func TestOpusIsWhatPlayersExpect(t *testing.T) {
	f := func(rate, ms int) {
		t.Helper()
		dir := t.TempDir()
		name, decoded := filepath.Join(dir, "call.opus"), filepath.Join(dir, "call.wav")
		info := recordTones(t, Options{Path: name, Format: OggOpus}, rate, ms, 440, 1000)
		length := time.Duration(ms) * time.Millisecond
		if info.Format != OggOpus || info.Duration() != length {
			t.Errorf("%d Hz: recorded %+v, %v; want %v", rate, info, info.Duration(), length)
		}
		if size, err := os.Stat(name); err != nil || size.Size() != info.Bytes {
			t.Errorf("%d Hz: the file has %d bytes, %v; Info says %d", rate, size.Size(), err, info.Bytes)
		}
		if says := tool(t, "opusinfo", name); strings.Contains(strings.ToLower(says), "warning") ||
			!strings.Contains(says, "Pre-skip: 312") || !strings.Contains(says, "Channels: 2") {
			t.Errorf("%d Hz: opusinfo says\n%s", rate, says)
		}
		tool(t, "opusdec", "--quiet", "--force-wav", "--rate", "48000", name, decoded)
		got := read(t, decoded)
		if got.Channels != 2 || got.Duration() != length {
			t.Errorf("%d Hz: opusdec gives %+v of %v, want %v", rate, got.Format, got.Duration(), length)
		}
		left, right := got.Channel(0), got.Channel(1)
		f := func(side string, pcm []int16, own, other float64) {
			if own, other := power(pcm, own, 48000), power(pcm, other, 48000); own < -20 || other > own-25 {
				t.Errorf("%d Hz: %s has %.1f dB of its own tone, %.1f dB of the other's", rate, side, own, other)
			}
		}
		f("left", left, 440, 1000)
		f("right", right, 1000, 440)
	}
	f(8000, 3000)
	f(16000, 2010)
	f(24000, 1007)
}

// TestOpusIsInTime compares the sound that comes out with what went in: the
// pre-skip must be the encoder's delay.
func TestOpusIsInTime(t *testing.T) {
	f := func(rate int) {
		t.Helper()
		dir := t.TempDir()
		name, decoded := filepath.Join(dir, "call.opus"), filepath.Join(dir, "call.wav")
		recordTones(t, Options{Path: name, Format: OggOpus, Bitrate: 128000}, rate, 1000, 300, 300)
		tool(t, "opusdec", "--quiet", "--force-wav", "--rate", "48000", name, decoded)
		got, want := read(t, decoded).Channel(0), tone(300, 48000, 0, 48000)
		best, at := math.Inf(-1), 0
		for lag := -70; lag <= 70; lag++ { // less than a period of 160
			sum := 0.0
			for i := 10000; i < 40000; i++ {
				sum += float64(want[i]) * float64(got[i+lag])
			}
			if sum > best {
				best, at = sum, lag
			}
		}
		if at < -24 || at > 24 { // half a millisecond: resamplers differ
			t.Errorf("%d Hz: the sound comes %d samples of 48 kHz late", rate, at)
		}
	}
	f(8000)
	f(16000)
	f(24000)
}

func TestOpusEndsWhereTheSoundDid(t *testing.T) {
	f := func(samples int) {
		t.Helper()
		o, err := newOpus(wav.Format{Rate: 8000, Channels: 1}, 0)
		if err != nil {
			t.Fatal(err)
		}
		b := o.begin(nil)
		for at := 0; at < samples; at += 999 {
			if b, err = o.sound(b, make([]int16, min(999, samples-at))); err != nil {
				t.Fatal(err)
			}
		}
		before := len(b)
		if b, err = o.end(b); err != nil {
			t.Fatal(err)
		}
		if bound := o.bound(0); len(b)-before > bound {
			t.Errorf("%d samples: the end has %d bytes, beyond the bound %d", samples, len(b)-before, bound)
		}
		s, err := ogg.Inspect(strings.NewReader(string(b)), nil)
		if err != nil || !s.Complete || s.Instants != int64(6*samples) {
			t.Errorf("%d samples: %+v, %v", samples, s, err)
		}
	}
	for _, n := range []int{0, 1, 107, 108, 109, 159, 160, 161, 8000, 8047, 8109} {
		f(n)
	}
}
