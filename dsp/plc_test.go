package dsp

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// voiced makes a vowel: harmonics under two resonances, with a pitch that is
// steady or wavers as voices do.
func voiced(n, rate int, pitch, waver float64) []int16 {
	period := make([]float64, 4096)
	for i := range period {
		for h := 1.0; h*pitch < 3400; h++ {
			near := math.Exp(-math.Pow((h*pitch-600)/300, 2)) + 0.4*math.Exp(-math.Pow((h*pitch-1800)/400, 2)) + 0.02
			period[i] += near * math.Cos(2*math.Pi*h*float64(i)/float64(len(period))+h*h)
		}
	}
	pcm, phase := make([]int16, n), 0.0
	for i := range pcm {
		f := pitch * (1 + waver*math.Sin(2*math.Pi*3*float64(i)/float64(rate)))
		phase += f / float64(rate)
		pcm[i] = int16(4000 * period[int(phase*float64(len(period)))%len(period)])
	}
	return pcm
}

// concealer is a way to live with losses.
type concealer interface {
	Heard([]int16)
	Conceal([]int16)
}

type silence struct{}

func (silence) Heard([]int16)       {}
func (silence) Conceal(dst []int16) { clear(dst) }

type repeat struct{ last []int16 }

func (r *repeat) Heard(pcm []int16)   { r.last = append(r.last[:0], pcm...) }
func (r *repeat) Conceal(dst []int16) { copy(dst, r.last) }

// through plays pcm with losses, which depend on seed, and returns what is heard.
func through(c concealer, pcm []int16, frame int, loss float64, seed uint64) (heard []int16, lost []bool) {
	rnd := rand.New(rand.NewPCG(3, seed))
	buf := make([]int16, frame)
	for at := 0; at+frame <= len(pcm); at += frame {
		miss := at > 0 && rnd.Float64() < loss
		if miss {
			c.Conceal(buf)
		} else {
			copy(buf, pcm[at:])
			c.Heard(buf)
		}
		heard, lost = append(heard, buf...), append(lost, miss)
	}
	return heard, lost
}

// lossSNR compares the frames lost and the one after each: what concealing changes.
func lossSNR(pcm, heard []int16, lost []bool, frame int) float64 {
	var signal, noise float64
	for i := range lost {
		if !lost[i] && (i == 0 || !lost[i-1]) {
			continue
		}
		for j := i * frame; j < (i+1)*frame; j++ {
			d := float64(heard[j]) - float64(pcm[j])
			signal += float64(pcm[j]) * float64(pcm[j])
			noise += d * d
		}
	}
	return 10 * math.Log10(signal/noise)
}

// distortion is how far, in dB, the short-time spectrum around the losses is
// from what it was: the mean over 20 ms windows and the telephone band.
func distortion(pcm, heard []int16, lost []bool, rate int) float64 {
	frame := rate / 50
	var sum, n float64
	for at := 0; at+frame <= len(heard); at += frame / 2 {
		if !lost[at/frame] && !lost[min((at+frame-1)/frame, len(lost)-1)] || Level(pcm[at:at+frame]) < -40 {
			continue
		}
		for freq := 200.0; freq <= 3400; freq += 200 {
			d := spectrum(pcm[at:at+frame], freq, rate) - spectrum(heard[at:at+frame], freq, rate)
			sum, n = sum+math.Abs(d), n+1
		}
	}
	return sum / max(n, 1)
}

// spectrum returns the level at freq seen through a Hann window, not below the
// noise of a line.
func spectrum(pcm []int16, freq float64, rate int) float64 {
	var re, im float64
	for i, x := range pcm {
		w := float64(x) * (1 - math.Cos(2*math.Pi*float64(i)/float64(len(pcm))))
		sin, cos := math.Sincos(2 * math.Pi * freq * float64(i) / float64(rate))
		re, im = re+w*cos, im+w*sin
	}
	return max(-70, 20*math.Log10(math.Hypot(re, im)/float64(len(pcm))/overload+1e-9))
}

func TestConcealmentIsBetterThanNone(t *testing.T) {
	// A steady vowel is continued in its phase.
	f := func(rate int, pitch, loss, better float64) {
		t.Helper()
		pcm := voiced(5*rate, rate, pitch, 0)
		quality := func(c concealer) float64 {
			heard, lost := through(c, pcm, rate/50, loss, 5)
			return lossSNR(pcm, heard, lost, rate/50)
		}
		none, again, plc := quality(silence{}), quality(&repeat{}), quality(NewPLC(rate))
		t.Logf("vowel of %.0f Hz at %d Hz, %.0f %% lost: SNR of silence %.1f dB, repetition %.1f dB, PLC %.1f dB", pitch, rate, loss*100, none, again, plc)
		if !(plc > max(none, again)+better) {
			t.Errorf("want %.0f dB more than both", better)
		}
	}
	for _, rate := range []int{8000, 16000, 48000} {
		f(rate, 95, 0.05, 7)
		f(rate, 190, 0.10, 7)
	}
	// Speech does not stand still; it sounds like itself.
	g := func(pcm []int16, rate int, loss, better float64) {
		t.Helper()
		quality := func(c concealer) (sum float64) {
			const rounds = 8
			for seed := range uint64(rounds) {
				heard, lost := through(c, pcm, rate/50, loss, seed)
				sum += distortion(pcm, heard, lost, rate)
			}
			return sum / rounds
		}
		none, again, plc := quality(silence{}), quality(&repeat{}), quality(NewPLC(rate))
		t.Logf("speech at %d Hz, %.0f %% lost: distortion by silence %.1f dB, repetition %.1f dB, PLC %.1f dB", rate, loss*100, none, again, plc)
		if !(plc < min(none, again)-better) {
			t.Errorf("want %.1f dB less than both", better)
		}
	}
	for _, name := range []string{"balance-en", "balance-zh"} {
		pcm := speech(t, name, -16)
		wide, err := Resample(pcm, 8000, 16000)
		if err != nil {
			t.Fatal(err)
		}
		g(pcm, 8000, 0.05, 0.5)
		g(pcm, 8000, 0.10, 0.5)
		g(wide, 16000, 0.10, 0.5)
	}
}

// No step is larger than speech itself makes them.
func TestConcealmentDoesNotClick(t *testing.T) {
	f := func(pcm []int16, rate, frame int) {
		t.Helper()
		heard, _ := through(NewPLC(rate), pcm, frame, 0.15, 5)
		if got, most := steepest(heard), steepest(pcm); got > most*5/4 {
			t.Errorf("%d Hz in frames of %d: a step of %d, where sound has %d at most", rate, frame, got, most)
		}
	}
	for _, pitch := range []float64{70, 110, 150, 195} {
		f(voiced(40000, 8000, pitch, 0.02), 8000, 160)
		f(voiced(40000, 8000, pitch, 0.02), 8000, 80)
		f(voiced(80000, 16000, pitch, 0.02), 16000, 320)
		f(voiced(240000, 48000, pitch, 0.02), 48000, 960)
	}
	tone := make([]int16, 40000)
	tuned := MakeTone(425, -10, 8000)
	tuned.Fill(tone)
	f(tone, 8000, 160)
}

func steepest(pcm []int16) (most int) {
	for i := 1; i < len(pcm); i++ {
		d := int(pcm[i]) - int(pcm[i-1])
		most = max(most, d, -d)
	}
	return most
}

// A lost stretch fades from 10 ms on and is silent from 60 ms on, whatever the
// frames, and the sound after it is untouched 10 ms later.
func TestConcealmentFades(t *testing.T) {
	const rate = 8000
	pcm := voiced(16000, rate, 120, 0.02)
	whole := make([]int16, 1600)
	plcAfter(pcm[:8000]).Conceal(whole)
	before := RMS(pcm[7200:8000])
	last := before * 1.2
	for at := 0; at < 480; at += 80 {
		level := RMS(whole[at : at+80])
		if level > last*1.1 || at == 0 && level < before*0.7 {
			t.Errorf("%d ms into the loss: %.0f after %.0f", at/8, level, last)
		}
		last = level
	}
	if RMS(whole[480:]) != 0 {
		t.Error("something is left after 60 ms")
	}
	for _, size := range []int{1, 7, 80, 160, 333, 480} {
		p, got := plcAfter(pcm[:8000]), make([]int16, 1600)
		for at := 0; at < len(got); at += size {
			p.Conceal(got[at:min(at+size, len(got))])
		}
		for i := range got {
			if got[i] != whole[i] {
				t.Fatalf("in frames of %d: sample %d is %d; want %d", size, i, got[i], whole[i])
			}
		}
		after := append([]int16(nil), pcm[9600:9920]...)
		p.Heard(after)
		for i, x := range after[80:] {
			if x != pcm[9680+i] {
				t.Fatalf("sample %d after the loss is changed", 80+i)
			}
		}
	}
}

// What is made up follows from what was heard last, in whatever frames.
func TestConcealmentKnowsNoFrames(t *testing.T) {
	pcm, want := voiced(2000, 8000, 110, 0.02), make([]int16, 400)
	plcAfter(pcm).Conceal(want)
	for _, size := range []int{1, 7, 160, 389, 390, 391, 1000} {
		p, got := NewPLC(8000), make([]int16, 400)
		for at := 0; at < len(pcm); at += size {
			p.Heard(pcm[at:min(at+size, len(pcm))])
		}
		p.Conceal(got)
		if !slices.Equal(got, want) {
			t.Errorf("frames of %d: something else is made up", size)
		}
	}
}

// plcAfter returns a PLC at 8 kHz that has heard pcm.
func plcAfter(pcm []int16) *PLC {
	p := NewPLC(8000)
	for len(pcm) > 0 {
		n := min(160, len(pcm))
		p.Heard(append([]int16(nil), pcm[:n]...))
		pcm = pcm[n:]
	}
	return p
}

func TestConcealmentOfNothing(t *testing.T) {
	p, dst := MakePLC(8000), []int16{1, 2, 3}
	p.Conceal(dst)
	if Energy(dst) != 0 {
		t.Errorf("before any sound: %v", dst)
	}
	p.Heard(make([]int16, 2000)) // longer than it remembers
	p.Conceal(dst)
	if Energy(dst) != 0 {
		t.Errorf("after silence: %v", dst)
	}
	loud := make([]int16, 800)
	for i := range loud {
		loud[i] = [2]int16{-32768, 32767}[i/40%2]
	}
	p.Heard(loud)
	p.Conceal(loud)
	p.Reset()
	p.Conceal(dst)
	if Energy(dst) != 0 {
		t.Errorf("after a reset: %v", dst)
	}
}

func TestConcealmentDoesNotAllocate(t *testing.T) {
	p, pcm := MakePLC(8000), voiced(160, 8000, 100, 0.02)
	p.Heard(pcm)
	p.Conceal(pcm)
	if n := testing.AllocsPerRun(100, func() { p.Heard(pcm); p.Conceal(pcm) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzPLC: whatever is heard in whatever pieces, what is concealed is never
// louder than what was heard.
func FuzzPLC(f *testing.F) {
	f.Add([]byte{160, 3, 161, 80, 81, 7, 255, 254, 1, 0}, int64(1))
	f.Fuzz(func(t *testing.T, ops []byte, seed int64) {
		rnd := rand.New(rand.NewPCG(uint64(seed), 1))
		rate := []int{8000, 16000, 48000}[uint64(seed)%3]
		p, peak := NewPLC(rate), 0
		for _, op := range ops {
			pcm := make([]int16, int(op>>1)*rate/8000)
			if op&1 == 0 {
				for i := range pcm {
					pcm[i] = int16(rnd.IntN(20001) - 10000)
				}
				peak = 10000
				p.Heard(pcm)
				continue
			}
			p.Conceal(pcm)
			for _, x := range pcm {
				if int(x) > peak || int(x) < -peak {
					t.Fatalf("%d concealed where %d was heard at most", x, peak)
				}
			}
		}
	})
}

func TestStretching(t *testing.T) {
	f := func(name string, pcm []int16, rate int, smooth bool) {
		t.Helper()
		frame := rate / 50
		var short, long []int16
		for at := 0; at+frame <= len(pcm); at += frame {
			src := append(make([]int16, 0, frame*3/2), pcm[at:at+frame]...)
			if at/frame%3 != 0 {
				short, long = append(short, src...), append(long, src...)
				continue
			}
			dst := src[:cap(src)]
			n := Lengthen(dst, src, rate)
			if d := n - frame; d < rate/200 || d > rate/100 {
				t.Fatalf("%s: lengthened by %d", name, d)
			}
			long = append(long, dst[:n]...)
			copy(src, pcm[at:])
			n = Shorten(src, rate)
			if d := frame - n; d < rate/200 || d > rate/100 {
				t.Fatalf("%s: shortened by %d", name, d)
			}
			short = append(short, src[:n]...)
		}
		most, level := steepest(pcm), Level(pcm)
		for _, got := range [][]int16{short, long} {
			if smooth && steepest(got) > most*5/4 {
				t.Errorf("%s: a step of %d, where sound has %d", name, steepest(got), most)
			}
			if d := Level(got) - level; d < -1.5 || d > 1.5 {
				t.Errorf("%s: level changes by %.1f dB", name, d)
			}
		}
	}
	f("low voice", voiced(40000, 8000, 90, 0.02), 8000, true)
	f("high voice", voiced(40000, 8000, 180, 0.02), 8000, true)
	f("wide", voiced(96000, 16000, 130, 0.02), 16000, true)
	f("full", voiced(96000, 48000, 130, 0.02), 48000, true)
	f("english", speech(t, "balance-en", -16), 8000, true)
	if pcm := []int16{1, 2, 3}; Shorten(pcm, 8000) != 3 || Lengthen(make([]int16, 4), pcm, 8000) != 3 {
		t.Error("too short a frame is changed")
	}
}

func BenchmarkPLC(b *testing.B) {
	for _, rate := range []int{8000, 16000, 48000} {
		p, pcm := NewPLC(rate), voiced(rate/50, rate, 100, 0.02)
		p.Heard(pcm)
		p.Conceal(pcm)
		b.Run(fmt.Sprintf("heard-%d", rate), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Heard(pcm)
			}
		})
		b.Run(fmt.Sprintf("lost-%d", rate), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Conceal(pcm)
				p.Heard(pcm)
			}
		})
	}
}
