package mix

import (
	"testing"
	"time"

	"trunkline/internal/clock"
)

const frame = 160 // samples: 20 ms at 8 kHz

func ms(n int) clock.Time { return clock.Time(n * int(time.Millisecond)) }

// steady returns n samples of x.
func steady(x int16, n int) []int16 {
	pcm := make([]int16, n)
	for i := range pcm {
		pcm[i] = x
	}
	return pcm
}

func hear(t *Seat, at int) []int16 {
	dst := make([]int16, frame)
	t.Attend(ms(at), dst)
	return dst
}

func TestEachHearsTheOthers(t *testing.T) {
	r := New(8000)
	a, b, c := r.Enter(1), r.Enter(2), r.Enter(3)
	a.Speak(ms(100), steady(100, frame))
	b.Speak(ms(110), steady(20, frame))
	c.Speak(ms(100), steady(3, 3*frame))
	f := func(who *Seat, at int, first, last int16) {
		t.Helper()
		if pcm := hear(who, at); pcm[0] != first || pcm[frame-1] != last {
			t.Errorf("heard %d to %d, want %d to %d", pcm[0], pcm[frame-1], first, last)
		}
	}
	f(a, 120, 3, 23)
	f(b, 120, 103, 103)
	f(c, 120, 100, 120)
	f(c, 100, 0, 0) // before
	c.Leave(ms(120))
	f(a, 120, 3, 23) // it was said before
	f(a, 140, 23, 0) // fading from 120 on
	f(b, 1000, 0, 0) // nobody spoke so far
	f(a, 100000, 0, 0)
	if r.Len() != 2 {
		t.Errorf("%d members", r.Len())
	}
}

// Who leaves fades out, also when all it said was heard already.
func TestLeavingFades(t *testing.T) {
	f := func(at int) {
		t.Helper()
		r := New(8000)
		a, b := r.Enter(1), r.Enter(2)
		for k := 100; k < 200; k += 20 {
			a.Speak(ms(k), steady(8000, frame))
			b.Speak(ms(k), steady(0, frame))
		}
		a.Leave(ms(at))
		b.Speak(ms(200), steady(0, frame))
		pcm := append(append(hear(b, 180), hear(b, 200)...), hear(b, 220)...) // from 160 ms on
		for i := 1; i < len(pcm); i++ {
			if d := pcm[i] - pcm[i-1]; d > 250 || d < -250 {
				t.Fatalf("leaving at %d ms: a step by %d, %d ms in", at, d, 160+i/8)
			}
		}
		if pcm[0] != 8000 || pcm[(at-160)*8+60] != 0 || pcm[len(pcm)-1] != 0 {
			t.Errorf("leaving at %d ms: %d, then %d", at, pcm[0], pcm[(at-160)*8+60])
		}
	}
	f(180)
	f(190)
	f(197)
	f(200)
}

func TestWhispers(t *testing.T) {
	r := New(8000)
	coach, agent, caller := r.Enter(1), r.Enter(2), r.Enter(3)
	coach.Whisper(ms(100), steady(50, frame), 2)
	coach.Whisper(ms(100), steady(50, frame), 9) // who is not here
	for _, s := range []*Seat{coach, agent, caller} {
		s.Speak(ms(100), steady(0, frame))
	}
	for want, s := range map[int16]*Seat{50: agent, 0: caller} {
		if got := hear(s, 120)[7]; got != want {
			t.Errorf("member %d hears %d, want %d", s.who, got, want)
		}
	}
	for _, s := range []*Seat{coach, agent, caller} {
		s.Speak(ms(120), steady(0, frame))
	}
	if got := hear(agent, 140)[7]; got != 0 {
		t.Errorf("a whisper that is over is heard as %d", got)
	}
}

// Two who whisper to one at once are both heard, whose frames are not of one length.
func TestTwoWhisper(t *testing.T) {
	r := New(8000)
	agent, one, two := r.Enter(1), r.Enter(2), r.Enter(3)
	for at := 100; at < 1000; at += 60 {
		one.Whisper(ms(at), steady(50, 3*frame), 1)
		for k := range 3 {
			two.Whisper(ms(at+20*k), steady(7, frame), 1)
			agent.Speak(ms(at+20*k), steady(0, frame))
			if got := hear(agent, at+20*k+20); got[0] != 57 || got[frame-1] != 57 {
				t.Fatalf("%d ms: heard %d to %d, want 57", at+20*k, got[0], got[frame-1])
			}
		}
	}
}

// Frames that never came are silence, not what was there half a second ago.
func TestNothingComesBack(t *testing.T) {
	r := New(8000)
	a, b := r.Enter(1), r.Enter(2)
	for k := 0; k < 600; k += 20 {
		a.Speak(ms(k), steady(1000, frame))
		b.Speak(ms(k), steady(7, frame))
	}
	for k := 600; k < 3000; k += 20 { // a is away
		b.Speak(ms(k), steady(7, frame))
		if got := hear(b, k)[0]; k >= 620 && got != 0 {
			t.Fatalf("at %d ms b hears %d", k, got)
		}
		if got := hear(a, k)[0]; got != 7 {
			t.Fatalf("at %d ms a hears %d", k, got)
		}
	}
}

func TestARoomAllocatesNothing(t *testing.T) {
	r := New(16000)
	a, b := r.Enter(1), r.Enter(2)
	pcm, at := make([]int16, 320), 0
	step := func() {
		at += 20
		a.Speak(ms(at), pcm)
		b.Whisper(ms(at), pcm, 1)
		b.Speak(ms(at), pcm)
		a.Attend(ms(at), pcm)
	}
	step()
	if n := testing.AllocsPerRun(200, step); n != 0 {
		t.Errorf("%v allocations per frame", n)
	}
}
