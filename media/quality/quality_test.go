package quality

import (
	"math"
	"testing"
	"time"

	"trunkline/codecs"
)

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

// TestMOS holds the curve against the values of G.107 table B.1 and G.109.
func TestMOS(t *testing.T) {
	f := func(r, want float64) {
		t.Helper()
		if got := MOS(r); !near(got, want, 0.01) {
			t.Errorf("R %v: got %.3f, want %v", r, got, want)
		}
	}
	f(93.2, 4.41)
	f(100, 4.5)
	f(120, 4.5)
	f(90, 4.34)
	f(80, 4.03)
	f(70, 3.60)
	f(60, 3.10)
	f(50, 2.58)
	f(0, 1)
	f(3, 1)
	f(-5, 1)
	f(math.NaN(), 1)
}

// TestLoss holds Ie,eff against the planning values of G.113 appendix I (05/2002)
// for random loss, which are rounded readings of curves.
func TestLoss(t *testing.T) {
	f := func(id codecs.ID, percent, want, within float64) {
		t.Helper()
		if got := gradeOf(id).impairment(percent/100, 1); !near(got, want, within) {
			t.Errorf("%v, %v %% loss: got %.1f, want %v", id, percent, got, want)
		}
	}
	f(codecs.PCMU, 0, 0, 0)
	f(codecs.PCMU, 1, 5, 2)
	f(codecs.PCMU, 2, 7, 1)
	f(codecs.PCMA, 3, 10, 1)
	f(codecs.PCMA, 5, 15, 1)
	f(codecs.PCMA, 7, 20, 1)
	f(codecs.PCMA, 10, 25, 2.5)
	f(codecs.G729, 0, 11, 0)
	f(codecs.G729, 1, 15, 1)
	f(codecs.G729, 2, 19, 1)
	f(codecs.G729, 3, 23, 1)
	f(codecs.G729, 4, 26, 1)
	f(codecs.G729, 8, 36, 1)
	f(codecs.G729, 16, 49, 1)
	f(codecs.AMR, 0, 5, 0)
	f(codecs.AMR, 2, 21, 2)
	f(codecs.AMR, 3, 26, 1)
}

// TestDelay holds the rating of a call without echo against Idd worked out by hand
// from G.107 §7.4.
func TestDelay(t *testing.T) {
	f := func(delay time.Duration, want float64) {
		t.Helper()
		if got := Estimate(Input{Codec: codecs.PCMU, Delay: delay}).R; !near(got, want, 0.1) {
			t.Errorf("%v: got %.1f, want %v", delay, got, want)
		}
	}
	f(0, 93.2)
	f(100*time.Millisecond, 93.2)
	f(200*time.Millisecond, 90.2)
	f(300*time.Millisecond, 78.4)
	f(400*time.Millisecond, 69.1)
	f(500*time.Millisecond, 62.6)
}

func TestEstimate(t *testing.T) {
	f := func(in Input, want Score) {
		t.Helper()
		got := Estimate(in)
		if !near(got.R, want.R, 0.1) || !near(got.MOSCQ, want.MOSCQ, 0.01) || !near(got.MOSLQ, want.MOSLQ, 0.01) {
			t.Errorf("%+v: got %.2f, want %+v", in, got, want)
		}
	}
	const late = 400 * time.Millisecond
	f(Input{Codec: codecs.PCMU}, Score{93.2, 4.41, 4.41})
	f(Input{Codec: codecs.PCMU, Delay: late}, Score{69.1, 3.56, 4.41})
	f(Input{Codec: codecs.G729}, Score{82.2, 4.10, 4.10})
	f(Input{Codec: codecs.PCMU, Loss: 0.05}, Score{77.4, 3.93, 3.93})
	f(Input{Codec: codecs.PCMU, Loss: 0.05, Burst: 1}, Score{77.4, 3.93, 3.93})
	f(Input{Codec: codecs.PCMU, Loss: 0.05, Burst: 4}, Score{75.2, 3.83, 3.83})
	f(Input{Codec: codecs.G722}, Score{89.9, 4.33, 4.33})
	f(Input{Codec: codecs.Opus}, Score{93.1, 4.41, 4.41})
	f(Input{Codec: codecs.L16Wide}, Score{100, 4.5, 4.5})
	f(Input{Codec: codecs.End}, Score{93.2, 4.41, 4.41}) // unknown: like G.711

	// What cannot be.
	f(Input{Codec: codecs.PCMU, Loss: -1, Delay: -time.Second, Burst: -3}, Score{93.2, 4.41, 4.41})
	f(Input{Codec: codecs.PCMU, Loss: math.NaN()}, Score{93.2, 4.41, 4.41})
	f(Input{Codec: codecs.PCMU, Loss: 7, Burst: math.Inf(1), Delay: time.Hour}, Score{0, 1, 1})
}

// TestWorseIsNeverBetter: more loss, longer bursts and more delay lower the score
// of every codec, and it stays within its range.
func TestWorseIsNeverBetter(t *testing.T) {
	for id := codecs.PCMU; id < codecs.End; id++ {
		if gradeOf(id).id != id {
			t.Errorf("%v has no grade", id)
		}
		worse := func(what string, in func(i int) Input) {
			t.Helper()
			before := Score{R: 100, MOSCQ: 4.5, MOSLQ: 4.5}
			for i := range 101 {
				s := Estimate(in(i))
				if s.R > before.R || s.MOSCQ > before.MOSCQ || s.MOSLQ > before.MOSLQ || s.R < 0 || s.MOSCQ < 1 || s.MOSCQ > s.MOSLQ {
					t.Errorf("%v, %s, step %d: %+v after %+v", id, what, i, s, before)
				}
				before = s
			}
		}
		worse("loss", func(i int) Input { return Input{Codec: id, Loss: float64(i) / 100} })
		worse("burst", func(i int) Input { return Input{Codec: id, Loss: 0.05, Burst: float64(i)} })
		worse("delay", func(i int) Input { return Input{Codec: id, Delay: time.Duration(i) * 10 * time.Millisecond} })
	}
}

func TestPath(t *testing.T) {
	p := Path{RoundTrip: 100 * time.Millisecond, Buffer: 40 * time.Millisecond, Ptime: 20 * time.Millisecond, Codec: codecs.G729}
	if got, want := p.Delay(), 115*time.Millisecond; got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSummary(t *testing.T) {
	var s Summary
	if _, ok := s.Mean(); ok {
		t.Error("a mean of nothing")
	}
	if _, ok := s.Worst(); ok {
		t.Error("a worst of nothing")
	}
	s.Add(Score{R: 90, MOSCQ: 4.2, MOSLQ: 4.4})
	s.Add(Score{R: 70, MOSCQ: 3.6, MOSLQ: 4.4})
	s.Add(Score{R: 80, MOSCQ: 3.9, MOSLQ: 4.1})
	if got, ok := s.Mean(); !ok || !near(got.R, 80, 1e-9) || !near(got.MOSCQ, 3.9, 1e-9) || !near(got.MOSLQ, 4.3, 1e-9) {
		t.Errorf("mean %+v", got)
	}
	if got, ok := s.Worst(); !ok || got != (Score{R: 70, MOSCQ: 3.6, MOSLQ: 4.1}) {
		t.Errorf("worst %+v", got)
	}
}

func TestEstimateDoesNotAllocate(t *testing.T) {
	var s Summary
	if n := testing.AllocsPerRun(100, func() {
		s.Add(Estimate(Input{Codec: codecs.Opus, Loss: 0.01, Delay: 200 * time.Millisecond}))
	}); n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}

func BenchmarkEstimate(b *testing.B) {
	b.ReportAllocs()
	var s Summary
	for b.Loop() {
		s.Add(Estimate(Input{Codec: codecs.Opus, Loss: 0.01, Delay: 200 * time.Millisecond}))
	}
}
