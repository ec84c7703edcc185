package dsp

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Every member hears all others: the same as adding them up one by one.
func TestEverybodyHearsTheOthers(t *testing.T) {
	const members, frame = 12, 160
	var voices [members][]int16
	sum := make([]int32, frame)
	for i := range voices {
		voices[i] = noise(frame, -30)
		Amplify(voices[i], DB(-i))
		Accumulate(sum, voices[i])
	}
	for i := range voices {
		want, got := make([]int16, frame), make([]int16, frame)
		for j := range voices {
			if j != i {
				Add(want, voices[j])
			}
		}
		Minus(got, sum, voices[i])
		for k := range got {
			if got[k] != want[k] {
				t.Fatalf("member %d, sample %d: %d; want %d", i, k, got[k], want[k])
			}
		}
	}
}

func TestMinusFits(t *testing.T) {
	f := func(sum int32, own int16, hard, soft int16) {
		t.Helper()
		var got [2]int16
		Minus(got[:1], []int32{sum}, []int16{own})
		MinusSoft(got[1:], []int32{sum}, []int16{own})
		if got != [2]int16{hard, soft} {
			t.Errorf("%d less %d: %d; want %d and %d", sum, own, got, hard, soft)
		}
	}
	f(0, 0, 0, 0)
	f(100, 40, 60, 60)
	f(-100, -32768, 32668, 28646)
	f(24576, 0, 24576, 24576)
	f(24577, 0, 24577, 24576)
	f(32768, 0, 32767, 28671)
	f(-32769, 0, -32768, -28671)
	f(math.MaxInt32-32768, 0, 32767, 32766)
	f(math.MinInt32+32768, 0, -32768, -32766)

	// The soft one never turns back and never leaves its bounds.
	last := int16(math.MinInt16)
	for x := int32(-200000); x < 200000; x += 7 {
		y := soften(x)
		if y < last {
			t.Fatalf("soften(%d) is %d after %d", x, y, last)
		}
		last = y
	}

	dst := []int16{9, 9, 9}
	Minus(dst, []int32{5, 70000}, nil)
	if dst[0] != 5 || dst[1] != 32767 || dst[2] != 9 {
		t.Errorf("without an own voice: %v", dst)
	}
	Minus(dst, []int32{5, 5, 5}, []int16{1})
	if dst[0] != 4 || dst[1] != 5 || dst[2] != 5 {
		t.Errorf("with a short own voice: %v", dst)
	}
	sum := []int32{1, 1}
	Accumulate(sum, []int16{1, 1, 1})
	Accumulate(sum, []int16{1})
	if sum[0] != 3 || sum[1] != 2 {
		t.Errorf("sums of different lengths: %v", sum)
	}
}

// converse lets members speak at given levels for n frames of 20 ms, and counts how
// often the choice changed.
func converse(voices []Voice, k, n int, rnd *rand.Rand, levels ...DB) (changes int) {
	pcm := make([]int16, 160)
	for range n {
		before := make([]Voice, len(voices))
		copy(before, voices)
		for i := range voices {
			for j := range pcm {
				pcm[j] = clip(int64(rnd.NormFloat64() * levels[i].Gain() * overload))
			}
			voices[i].Hear(pcm)
		}
		Choose(voices, k)
		for i := range voices {
			if voices[i].Chosen != before[i].Chosen {
				changes++
			}
		}
	}
	return changes
}

func TestTheLoudestAreChosen(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 1))
	chosen := func(voices []Voice) (s string) {
		for i := range voices {
			if voices[i].Chosen {
				s += string(rune('a' + i))
			}
		}
		return s
	}
	voices := make([]Voice, 6)
	f := func(want string, k, frames, mostChanges int, levels ...DB) {
		t.Helper()
		changes := converse(voices, k, frames, rnd, levels...)
		if got := chosen(voices); got != want || changes > mostChanges {
			t.Errorf("chosen %q with %d changes; want %q, %d", got, changes, want, mostChanges)
		}
	}
	f("", 2, 100, 0, -70, -70, -70, -70, -60, -80)
	f("bd", 2, 3, 2, -70, -20, -70, -25, -60, -80)
	f("bd", 2, 20, 0, -70, -96, -70, -25, -60, -80)  // a pause keeps its place,
	f("d", 2, 60, 1, -70, -96, -70, -25, -60, -80)   // a long one does not
	f("cd", 2, 5, 1, -70, -96, -30, -25, -60, -80)   // who comes finds a place
	f("cd", 2, 200, 0, -70, -27, -30, -25, -60, -80) // a little louder is not enough
	f("bd", 2, 100, 2, -70, -20, -30, -25, -60, -80) // much is
	f("abcdf", 16, 10, 3, -30, -20, -30, -25, -60, -30)
	f("", 0, 1, 5, -30, -20, -30, -25, -60, -30)
}

func BenchmarkMix(b *testing.B) {
	sum, pcm, dst := make([]int32, 160), noise(160, -20), make([]int16, 160)
	f := func(name string, run func()) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
		})
	}
	f("accumulate", func() { Accumulate(sum, pcm) })
	clear(sum)
	Accumulate(sum, pcm)
	Accumulate(sum, pcm)
	f("minus", func() { Minus(dst, sum, pcm) })
	f("minus-soft", func() { MinusSoft(dst, sum, pcm) })
	r := MakeRamp(-6)
	f("ramp", func() { r.To(-6, 320); r.Apply(dst) })
	voices := make([]Voice, 50)
	f("hear", func() { voices[0].Hear(pcm) })
	f("choose-3-of-50", func() { Choose(voices, 3) })
}
