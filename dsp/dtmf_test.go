package dsp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

const everyKey = "0123456789*#ABCD"

// keysHeard returns what a detector hears in pcm, fed in frames of n samples.
func keysHeard(pcm []int16, rate, n int) (keys string, events []KeyEvent) {
	d := MakeKeyDetector(rate)
	for len(pcm) > 0 {
		frame := pcm[:min(n, len(pcm))]
		pcm = pcm[len(frame):]
		for e, rest := d.Feed(frame); e.Change != KeyNone; e, rest = d.Feed(rest) {
			events = append(events, e)
			if e.Change == KeyDown {
				keys += string(e.Key)
			}
		}
	}
	return keys, events
}

// pressed is how the keys of a test sound.
type pressed struct {
	low, high DB      // dBm0
	offLow    float64 // offsets of the frequencies, in percent
	offHigh   float64
	on, off   time.Duration
}

// dBm0 is 0 dBm0 in dBov (G.711: the loudest sine is +3.17 dBm0).
const dBm0 DB = -6.18

func normal() pressed {
	return pressed{low: -10, high: -10, on: 40 * time.Millisecond, off: 40 * time.Millisecond}
}

// sound lays out keys at 8 kHz, with half a second of nothing before and after.
func (p pressed) sound(keys string) []int16 {
	samples := func(d time.Duration) int { return int(d.Milliseconds()) * 8 }
	pcm := make([]int16, 4003)
	for i := range keys {
		low, high, _ := DTMF(keys[i])
		key := tones(samples(p.on), p.low+dBm0, low*(1+p.offLow/100))
		NewTone(high*(1+p.offHigh/100), p.high+dBm0, 8000).Mix(key)
		pcm = cat(pcm, key, make([]int16, samples(p.off)+i%3))
	}
	return cat(pcm, make([]int16, 4000))
}

// TestKeyLimits goes to the limits of Q.24 and of what the field asks for.
func TestKeyLimits(t *testing.T) {
	f := func(what, want string, change func(p *pressed)) {
		t.Helper()
		p := normal()
		change(&p)
		if got, _ := keysHeard(p.sound(everyKey), 8000, 160); got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	const none = ""
	ms := time.Millisecond
	f("as it should be", everyKey, func(*pressed) {})
	f("0 dBm0", everyKey, func(p *pressed) { p.low, p.high = 0, 0 })
	f("clipping", everyKey, func(p *pressed) { p.low, p.high = 3, 3 })
	f("−42 dBm0", everyKey, func(p *pressed) { p.low, p.high = -42, -42 })
	f("−48 dBm0", none, func(p *pressed) { p.low, p.high = -48, -48 })
	f("low louder by 10 dB", everyKey, func(p *pressed) { p.high -= 10 })
	f("high louder by 6 dB", everyKey, func(p *pressed) { p.low -= 6 })
	f("low louder by 15 dB", none, func(p *pressed) { p.high -= 15 })
	f("high louder by 12 dB", none, func(p *pressed) { p.low -= 12 })
	f("low tone only", none, func(p *pressed) { p.high = -90 })
	f("high tone only", none, func(p *pressed) { p.low = -90 })
	f("both 1.5 % high", everyKey, func(p *pressed) { p.offLow, p.offHigh = 1.5, 1.5 })
	f("both 1.5 % low", everyKey, func(p *pressed) { p.offLow, p.offHigh = -1.5, -1.5 })
	f("1.5 % apart, both ways", everyKey, func(p *pressed) { p.offLow, p.offHigh = 1.5, -1.5 })
	f("1.5 % apart, the other way", everyKey, func(p *pressed) { p.offLow, p.offHigh = -1.5, 1.5 })
	f("low tone 3.5 % high", none, func(p *pressed) { p.offLow = 3.5 })
	f("low tone 3.5 % low", none, func(p *pressed) { p.offLow = -3.5 })
	f("high tone 3.5 % high", none, func(p *pressed) { p.offHigh = 3.5 })
	f("high tone 3.5 % low", none, func(p *pressed) { p.offHigh = -3.5 })
	f("high tone 3.5 % low, and weak", none, func(p *pressed) { p.offHigh, p.high = -3.5, -18 })
	f("low tone 3.5 % high, and weak", none, func(p *pressed) { p.offLow, p.low = 3.5, -14 })
	f("23 ms", none, func(p *pressed) { p.on = 23 * ms })
	f("pauses of 35 ms", everyKey, func(p *pressed) { p.off = 35 * ms })
	f("a second each", everyKey, func(p *pressed) { p.on = time.Second })
	f("no pauses", everyKey, func(p *pressed) { p.on, p.off = 60*ms, 0 })
}

// TestKeysAmongOtherSound: noise, dial tone, hum, an offset of the line, a
// prompt that comes back.
func TestKeysAmongOtherSound(t *testing.T) {
	f := func(what string, other []int16) {
		t.Helper()
		p := normal()
		p.low, p.high, p.on, p.off = -20, -20, 50*time.Millisecond, 50*time.Millisecond
		pcm := p.sound(everyKey)
		for len(other) < len(pcm) {
			other = append(other, other...)
		}
		Add(pcm, other[:len(pcm)])
		// What was on the line before the first key is heard a second long.
		if got, _ := keysHeard(cat(other[len(other)-8000:], pcm), 8000, 160); got != everyKey {
			t.Errorf("%s: got %q, want %q", what, got, everyKey)
		}
	}
	n := 25000
	f("noise 15 dB below", noise(n, -17+dBm0-15))
	f("noise 8 dB below", noise(n, -17+dBm0-8))
	f("dial tone 350+440 Hz", tones(n, -13+dBm0, 350, 440))
	f("dial tone 440 Hz", tones(n, -10+dBm0, 440))
	f("dial tone 425 Hz", tones(n, -5+dBm0, 425))
	f("hum", tones(n, -15+dBm0, 50))
	offset := make([]int16, n)
	for i := range offset {
		offset[i] = -2000
	}
	f("offset", offset)
	f("echo of a prompt", speech(t, "balance-en", -17+dBm0-16))
}

// TestKeysThroughLoss: what is lost or concealed for up to 20 ms makes no key two.
func TestKeysThroughLoss(t *testing.T) {
	p := normal()
	p.on, p.off = 100*time.Millisecond, 60*time.Millisecond
	for _, lost := range []int{40, 80, 160} {
		for at := 4003; at < 4003+1600; at += 37 {
			pcm := p.sound("5566")
			clear(pcm[at : at+lost])
			if got, _ := keysHeard(pcm, 8000, 160); got != "5566" {
				t.Errorf("%d samples from %d are lost: got %q, want 5566", lost, at-4003, got)
			}
			pcm = p.sound("5566")
			copy(pcm[at:at+lost], pcm[at-lost:at])
			if got, _ := keysHeard(pcm, 8000, 160); got != "5566" {
				t.Errorf("%d samples from %d are concealed: got %q, want 5566", lost, at-4003, got)
			}
		}
	}
}

// TestKeyThatFades: an AGC, or a finger's pressure, makes no key two.
func TestKeyThatFades(t *testing.T) {
	p := normal()
	p.on = 1500 * time.Millisecond
	pcm := p.sound("8")
	for i := range pcm[4003:16003] {
		pcm[4003+i] = int16(float64(pcm[4003+i]) * DB(-25*float64(i)/12000).Gain())
	}
	if got, events := keysHeard(pcm, 8000, 160); got != "8" || len(events) != 2 {
		t.Errorf("got %q in %d events, want 8 in 2", got, len(events))
	}
}

func TestKeyTimes(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 24000, 32000, 44100, 48000} {
		ms := func(samples int64) float64 { return float64(samples) * 1000 / float64(rate) }
		k := MakeKeypad(KeySound{On: 70 * time.Millisecond, Off: 50 * time.Millisecond}, rate)
		k.Dial("W" + everyKey)
		pcm := make([]int16, 4*rate)
		k.Fill(pcm)
		keys, events := keysHeard(pcm, rate, rate/50)
		if keys != everyKey || len(events) != 2*len(everyKey) {
			t.Fatalf("%d Hz: got %q in %d events", rate, keys, len(events))
		}
		for i, e := range events {
			want := 1000 + float64(i/2*120+i%2*70)
			if e.Key != everyKey[i/2] || (e.Change == KeyDown) != (i%2 == 0) || math.Abs(ms(e.At)-want) > 3 {
				t.Errorf("%d Hz: event %d is %v %c at %.1f ms, want %.1f", rate, i, e.Change, e.Key, ms(e.At), want)
			}
		}
	}
}

// TestKeysAreReportedSoon: whatever the slices, and without a wait for a frame's end.
func TestKeysAreReportedSoon(t *testing.T) {
	p := normal()
	p.on = 100 * time.Millisecond
	for lead := range 40 {
		pcm := p.sound("6")[lead:]
		began := 4003 - lead
		d, soon := MakeKeyDetector(8000), 0
		for i := range pcm {
			e, _ := d.Feed(pcm[i : i+1])
			switch after := float64(i+1-began) / 8; {
			case e.Change == KeyDown && after <= 36, e.Change == KeyUp && after <= 100+36:
				soon++
			case e.Change != KeyNone:
				t.Errorf("%d samples into a slice: change %d is told %.1f ms after the key began", began%40, e.Change, after)
			}
		}
		if soon != 2 {
			t.Errorf("%d samples into a slice: %d changes were told soon, want 2", began%40, soon)
		}
	}
}

// TestSuspect: who keeps sound back for 20 ms can take all of a key out, and
// is hardly ever asked to take speech out.
func TestSuspect(t *testing.T) {
	f := func(pcm []int16, frame int) (left []int16) {
		d := MakeKeyDetector(8000)
		left = slices.Clone(pcm)
		for at := 0; at < len(pcm); at += frame {
			end := min(at+frame, len(pcm))
			for e, rest := d.Feed(pcm[at:end]); e.Change != KeyNone; e, rest = d.Feed(rest) {
			}
			first := max(0, at-160) // what was before has been passed on
			d.Hush(left[first:end], int64(first))
		}
		return left
	}
	p := normal()
	for _, frame := range []int{40, 80, 160} {
		whole := p.sound(everyKey)
		left := f(whole, frame)
		for at := 0; at+40 <= len(left); at += 40 {
			if l := Level(left[at : at+40]); l > -30 {
				t.Errorf("frames of %d: %.0f dBov is left of a key, %d ms in, of %.0f", frame, l, at/8, Level(whole[at:at+40]))
			}
		}
	}
	for _, name := range []string{"balance-en", "balance-zh"} {
		whole := speech(t, name, -20)
		left := f(whole, 160)
		lost := 0
		for i := range left {
			if left[i] != whole[i] {
				lost++
			}
		}
		if lost > len(whole)/100 {
			t.Errorf("%s: %d of %d samples were taken for a key's", name, lost, len(whole))
		}
	}
}

// TestNoKeysInOtherSound: speech at any level, tones of machines, noise.
func TestNoKeysInOtherSound(t *testing.T) {
	f := func(what string, pcm []int16) {
		t.Helper()
		if got, _ := keysHeard(pcm, 8000, 160); got != "" {
			t.Errorf("%s: heard %q", what, got)
		}
	}
	for level := DB(-40); level <= -6; level += 2 {
		f(fmt.Sprintf("speech at %v dBov", level), speech(t, "balance-en", level))
		f(fmt.Sprintf("Chinese at %v dBov", level), speech(t, "balance-zh", level))
	}
	for _, c := range [][]float64{{350, 440}, {480, 620}, {440, 480}, {1100}, {2100}, {697}, {1209}, {697, 770}, {1209, 1336},
		{697, 770, 1209}, {941, 1336, 1633}, {913.8, 1370.6, 1776.7}, {650, 1209}, {697, 1270}, {1000}} {
		f(fmt.Sprintf("%v Hz", c), tones(16000, -15, c...))
	}
	f("noise", noise(80000, -15))
	square := make([]int16, 16000)
	for i := range square {
		square[i] = int16(8000 * (1 - 2*(i/6%2)))
	}
	f("a square wave", square)
}

// TestNoKeysFromAbove: what is folded when the rate is lowered makes no key.
func TestNoKeysFromAbove(t *testing.T) {
	for _, rate := range []int{16000, 24000, 32000, 44100, 48000} {
		within := float64(rate) / float64(rate/8000)
		for n := 1.0; n*within < float64(rate)/2+8000; n++ {
			for _, side := range []float64{-1, 1} {
				low, high := n*within+side*697, n*within+side*1209
				if max(low, high) > float64(rate)/2 {
					continue
				}
				pcm := make([]int16, rate)
				NewTone(low, -10, rate).Mix(pcm)
				NewTone(high, -10, rate).Mix(pcm)
				if got, _ := keysHeard(pcm, rate, rate/50); got != "" {
					t.Errorf("%.0f and %.0f Hz at %d Hz: heard %q", low, high, rate, got)
				}
			}
		}
	}
}

func TestKeyEventsPair(t *testing.T) {
	p := normal()
	p.on, p.off = 60*time.Millisecond, 0
	_, events := keysHeard(p.sound("1234"), 8000, 8000)
	var got []string
	for _, e := range events {
		got = append(got, fmt.Sprintf("%c%d", e.Key, e.Change))
	}
	const want = "11 12 21 22 31 32 41 42" // key and KeyDown, key and KeyUp
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	for i := 1; i < len(events); i++ {
		if events[i].At < events[i-1].At {
			t.Errorf("event %d at %d comes before the one at %d", i, events[i].At, events[i-1].At)
		}
	}
}

func TestKeyDetectorDoesNotAllocate(t *testing.T) {
	d, k := MakeKeyDetector(16000), MakeKeypad(KeySound{}, 16000)
	frame := make([]int16, 320)
	if n := testing.AllocsPerRun(500, func() {
		if k.Fill(frame) < len(frame) {
			k.Dial("159D")
		}
		for e, rest := d.Feed(frame); e.Change != KeyNone; e, rest = d.Feed(rest) {
		}
	}); n != 0 {
		t.Errorf("a frame allocates %v times, want 0", n)
	}
}

// FuzzKeyDetector: any sound, cut into frames in any way, is heard the same.
func FuzzKeyDetector(f *testing.F) {
	for i, pcm := range [][]int16{normal().sound("1")[4003:4803], tones(400, -10, 770, 1336), noise(300, -3)} { // short: it likes that
		b := make([]byte, 2*len(pcm))
		for i, x := range pcm {
			b[2*i], b[2*i+1] = byte(x), byte(x>>8)
		}
		f.Add(b, uint16(8000+4000*i), uint64(i))
	}
	f.Fuzz(func(t *testing.T, b []byte, rate uint16, seed uint64) {
		pcm := make([]int16, len(b)/2)
		for i := range pcm {
			pcm[i] = int16(b[2*i]) | int16(b[2*i+1])<<8
		}
		_, whole := keysHeard(pcm, int(rate), max(1, len(pcm)))
		_, single := keysHeard(pcm, int(rate), 1)
		d, rnd := MakeKeyDetector(int(rate)), rand.New(rand.NewPCG(seed, 0))
		var cut []KeyEvent
		for rest := pcm; len(rest) > 0; {
			n := 1 + rnd.IntN(min(len(rest), 961))
			for e, left := d.Feed(rest[:n]); e.Change != KeyNone; e, left = d.Feed(left) {
				cut = append(cut, e)
			}
			rest = rest[n:]
		}
		if !slices.Equal(whole, single) || !slices.Equal(whole, cut) {
			t.Fatalf("whole %v, by the sample %v, in frames %v", whole, single, cut)
		}
		down := byte(0)
		for _, e := range whole {
			if (e.Change == KeyDown) != (down == 0) || e.At < 0 || e.At > int64(len(pcm)) || e.Change == KeyUp && e.Key != down {
				t.Fatalf("%v after %q, of %d samples", e, down, len(pcm))
			}
			if down = e.Key; e.Change == KeyUp {
				down = 0
			}
		}
	})
}

func BenchmarkKeyDetector(b *testing.B) {
	f := func(name string, rate int, pcm []int16) {
		b.Run(name, func(b *testing.B) {
			d, n := MakeKeyDetector(rate), rate/50
			at := 0
			for b.Loop() {
				if at+n > len(pcm) {
					at = 0
				}
				d.Feed(pcm[at : at+n])
				at += n
			}
		})
	}
	p := normal()
	p.on = 10 * time.Second
	f("silence", 8000, make([]int16, 8000))
	f("hiss", 8000, noise(8000, -65))
	f("speech", 8000, speech(b, "balance-en", -20))
	f("key", 8000, p.sound("5"))
	f("speech at 16 kHz", 16000, speech(b, "balance-en", -20))
	f("speech at 48 kHz", 48000, speech(b, "balance-en", -20))
}
