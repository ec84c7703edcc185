package dsp

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"trunkline/codecs/g711"
)

// speech reads a sentence and brings its loudest 200 ms to level.
func speech(t testing.TB, name string, level DB) []int16 {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name + ".ulaw")
	if err != nil {
		t.Fatal(err)
	}
	pcm := make([]int16, len(b))
	g711.ULaw{}.Decode(pcm, b)
	loudest := Floor
	for i := 0; i+1600 <= len(pcm); i += 160 {
		loudest = max(loudest, Level(pcm[i:i+1600]))
	}
	Amplify(pcm, level-loudest)
	return pcm
}

// noise makes n samples of white noise.
func noise(n int, level DB) []int16 {
	rnd, pcm := rand.New(rand.NewPCG(5, 5)), make([]int16, n)
	for i := range pcm {
		pcm[i] = clip(int64(rnd.NormFloat64() * level.Gain() * overload))
	}
	return pcm
}

func tones(n int, level DB, freqs ...float64) []int16 {
	pcm := make([]int16, n)
	for _, f := range freqs {
		NewTone(f, level, 8000).Mix(pcm)
	}
	return pcm
}

func cat(parts ...[]int16) (all []int16) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// over lays sound over noise.
func over(level DB, pcm []int16) []int16 {
	n := noise(len(pcm), level)
	Add(n, pcm)
	return n
}

// listen feeds pcm in frames of 20 ms and returns when speech began and ended.
func listen(v *VAD, pcm []int16) (started, ended []time.Duration) {
	for i := 0; i+160 <= len(pcm); i += 160 {
		at := time.Duration(i+160) * time.Second / 8000
		switch v.Feed(pcm[i : i+160]) {
		case Started:
			started = append(started, at)
		case Ended:
			ended = append(ended, at)
		case Same:
		}
	}
	return started, ended
}

func TestVADHearsSpeech(t *testing.T) {
	const second = 8000
	f := func(name string, level, background DB) {
		t.Helper()
		pcm := over(background, cat(make([]int16, second), speech(t, name, level), make([]int16, 2*second)))
		started, ended := listen(NewVAD(8000, 600*time.Millisecond), pcm)
		length := time.Duration(len(pcm)-3*second) * time.Second / 8000
		if len(started) != 1 || len(ended) != 1 {
			t.Fatalf("%s at %v over %v: started %v, ended %v; want once each", name, level, background, started, ended)
		}
		if late := started[0] - time.Second; late < 0 || late > 300*time.Millisecond {
			t.Errorf("%s at %v over %v: noticed after %v", name, level, background, late)
		}
		if after := ended[0] - time.Second - length; after < -200*time.Millisecond || after > 700*time.Millisecond {
			t.Errorf("%s at %v over %v: end noticed %v after it", name, level, background, after)
		}
	}
	for _, name := range []string{"balance-en", "balance-zh"} {
		f(name, -10, -90)
		f(name, -20, -90)
		f(name, -30, -90)
		f(name, -20, -60)
		f(name, -30, -60)
		f(name, -20, -45)
	}
}

func TestVADIsNotFooled(t *testing.T) {
	const second = 8000
	quiet := make([]int16, second/2)
	click := make([]int16, 160)
	for i := range 40 {
		click[i] = int16(20000 * (1 - 2*(i%2)))
	}
	f := func(name string, pcm []int16) {
		t.Helper()
		if started, _ := listen(NewVAD(8000, 600*time.Millisecond), pcm); len(started) != 0 {
			t.Errorf("%s: taken for speech at %v", name, started)
		}
	}
	f("silence", make([]int16, 5*second))
	f("low noise", noise(5*second, -60))
	f("noise", noise(5*second, -50))
	f("an offset", cat(quiet, over(-70, constant(second, 3000)), quiet))
	f("a click", over(-70, cat(quiet, click, quiet)))
	f("four clicks", over(-70, cat(quiet, click, quiet, click, quiet, click, click, quiet)))
	f("a beep", over(-70, cat(quiet, tones(second, -12, 1400), quiet)))
	f("fax", over(-70, cat(quiet, tones(2*second, -12, 2100), quiet)))
	for _, key := range []byte("0123456789*#ABCD") {
		low, high, ok := DTMF(key)
		if !ok {
			t.Fatalf("no key %c", key)
		}
		f("key "+string(key), over(-70, cat(quiet, tones(second/10, -13, low, high), quiet, tones(second/4, -20, low, high), quiet)))
	}
}

func constant(n int, x int16) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = x
	}
	return pcm
}

// A fan that is switched on may be taken for speech at first, but not for long.
func TestVADLearnsTheLine(t *testing.T) {
	v := NewVAD(8000, 600*time.Millisecond)
	listen(v, noise(2*8000, -70))
	listen(v, noise(20*8000, -42))
	if v.Speaking() {
		t.Error("after 20 s a fan is still taken for speech")
	}
	pcm := over(-42, speech(t, "balance-en", -20))
	if started, _ := listen(v, pcm); len(started) == 0 {
		t.Error("speech over the fan is not heard")
	}
}

// How sound is cut into frames changes nothing.
func TestVADTakesAnyFrames(t *testing.T) {
	pcm := over(-60, cat(make([]int16, 4000), speech(t, "balance-en", -20), make([]int16, 16000)))
	rnd := rand.New(rand.NewPCG(1, 1))
	whole, parts := NewVAD(8000, 600*time.Millisecond), NewVAD(8000, 600*time.Millisecond)
	starts, ends := listen(whole, pcm)
	var s, e int
	for rest := pcm; len(rest) > 0; {
		n := min(1+rnd.IntN(300), len(rest))
		switch parts.Feed(rest[:n]) {
		case Started:
			s++
		case Ended:
			e++
		case Same:
		}
		rest = rest[n:]
	}
	if s != len(starts) || e != len(ends) || s != 1 {
		t.Errorf("whole: %d starts, %d ends; parts: %d, %d", len(starts), len(ends), s, e)
	}
}

func BenchmarkVAD(b *testing.B) {
	pcm, v := speech(b, "balance-en", -20), NewVAD(8000, 600*time.Millisecond)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		v.Feed(pcm[i : i+160])
		if i += 160; i+160 > len(pcm) {
			i = 0
		}
	}
}
