package session

import (
	"fmt"
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/feed"
	"trunkline/media/msg"
)

// Streamed sound of any rate comes out as it went in, at any rate.
func TestStreams(t *testing.T) {
	f := func(id codecs.ID, from int, ptime time.Duration, over bool) {
		t.Run(fmt.Sprintf("%d to %v %v over %v", from, id, ptime, over), func(t *testing.T) {
			p := newPhone(t, farA, id, ptime, 440)
			p.s.Start(0, p.params())
			fd := feed.New(from, 500)
			p.s.Stream(msg.Playback{Ref: 7, Over: over}, fd)
			tone, total := dsp.NewTone(700, -12, from), 2*from
			now := clock.Time(0)
			write := func(clock.Time) {
				n := min(fd.Room(), total)
				pcm := make([]int16, n)
				tone.Fill(pcm)
				fd.Write(pcm)
				if total -= n; total == 0 && n > 0 {
					fd.Mark(99)
					fd.End()
				}
			}
			run(&now, time.Second, write, p.s)
			p.heard = p.heard[len(p.heard)/4:]
			run(&now, 900*time.Millisecond, write, p.s)
			clean(t, p.heard, p.rate, 700, -12, fidelity(id))
			run(&now, time.Second, write, p.s)
			playDoneOf(t, p, msg.Event{Ref: 7, Heard: 2 * time.Second, Total: 2 * time.Second})
			if marks := p.only(msg.Marked); len(marks) != 1 || marks[0].Ref != 99 || marks[0].Outcome != msg.Finished {
				t.Errorf("marks: %+v", marks)
			}
			p.sequences()
		})
	}
	for _, from := range []int{8000, 16000, 24000, 48000} {
		f(codecs.PCMU, from, frame20, false)
		f(codecs.PCMU, from, 60*time.Millisecond, true)
		f(codecs.G722, from, 30*time.Millisecond, false)
		f(codecs.Opus, from, frame20, true)
	}
	wide := newPhone(t, farA, codecs.Opus, 60*time.Millisecond, 440)
	m := wide.params()
	m.Rate = 48000
	wide.s.Start(0, m)
	for _, from := range []int{8000, 16000, 24000, 48000} { // the most there is
		fd := feed.New(from, 1000)
		pcm := make([]int16, from)
		dsp.NewTone(700, -12, from).Fill(pcm)
		fd.Write(pcm)
		wide.s.Stream(msg.Playback{Ref: 1}, fd)
		now, at := wide.s.due, len(wide.heard)
		run(&now, 960*time.Millisecond, nil, wide.s)
		clean(t, wide.heard[at+wide.rate/10:at+wide.rate*8/10], wide.rate, 700, -12, -14)
	}
}

func playDoneOf(t *testing.T, p *phone, want msg.Event) {
	t.Helper()
	got := p.only(msg.PlayDone)
	want.Kind, want.Session = msg.PlayDone, p.s.id
	if len(got) != 1 || got[0] != want {
		t.Errorf("playback ended as %+v, want %+v", got, want)
	}
}

// Whatever the writer does, nothing clicks, and silence is silence.
func TestStreamsWithHoles(t *testing.T) {
	for _, from := range []int{8000, 24000} {
		p := newPhone(t, farA, codecs.L16, frame20, 440)
		p.s.Start(0, p.params())
		fd := feed.New(from, 2000)
		p.s.Stream(msg.Playback{Ref: 7}, fd)
		tone := dsp.NewTone(300, -12, from)
		write := func(d time.Duration) {
			pcm := make([]int16, int(d*time.Duration(from)/time.Second))
			tone.Fill(pcm)
			fd.Write(pcm)
		}
		now, marked := clock.Time(0), 0
		step := func(d time.Duration) { run(&now, d, nil, p.s) }
		for i := range 30 {
			write(time.Duration(37+13*i) * time.Millisecond)
			if fd.Mark(uint64(i)) {
				marked++
			}
			step(time.Duration(100+11*i) * time.Millisecond)
			switch i % 5 {
			case 0:
				fd.Clear()
			case 1:
				p.s.Pause(7)
				step(70 * time.Millisecond)
				p.s.Resume(7)
			}
			step(time.Duration(40+17*i) * time.Millisecond)
		}
		step(2 * time.Second)
		quiet := len(p.heard)
		step(100 * time.Millisecond)
		if l := dsp.Level(p.heard[quiet:]); l > -90 {
			t.Errorf("from %d: with nothing to play, %.1f dBov are sent", from, l)
		}
		write(time.Second)
		step(300 * time.Millisecond)
		p.s.Stop(7)
		step(300 * time.Millisecond)
		if got := len(p.only(msg.Marked)); got != marked {
			t.Errorf("from %d: %d marks of %d were told", from, got, marked)
		}
		for i := 1; i < len(p.heard); i++ {
			if d := int(p.heard[i]) - int(p.heard[i-1]); d > 3200 || d < -3200 { // 300 Hz at −12 dBov move by 2740
				t.Fatalf("from %d: %d ms in, a jump by %d", from, i/8, d)
			}
		}
		done := p.only(msg.PlayDone)
		if len(done) != 1 || done[0].Outcome != msg.Stopped || done[0].Heard < 5*time.Second {
			t.Errorf("from %d: ended as %+v", from, done)
		}
		if got := time.Duration(fd.Played()) * time.Second / time.Duration(from); got != done[0].Heard {
			t.Errorf("from %d: the ledger says %v, the feed %v", from, done[0].Heard, got)
		}
	}
}
