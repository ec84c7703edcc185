package flow

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestRecogniserFails: keys still work, and the caller is offered them.
func TestRecogniserFails(t *testing.T) {
	f := func(name string, prepare func(*fake, *player, *fakeSynth, *fakeRecognizer), wants ...string) {
		t.Run(name, func(t *testing.T) {
			asks{t: t, ask: `menu = "hotline", say = "What?"`, sentences: []string{"broken"}, prepare: prepare, caller: func(f *fake) {
				f.hears("What?", 1)
				f.says(1, time.Second)
				f.hears("For your account balance, press 2", 1)
				f.presses("2")
			}}.run(append(wants, "node balance by key", "kind=intent node=balance tries=1")...)
		})
	}
	f("gives an error", nil, "pause")
	f("does not start", func(_ *fake, _ *player, _ *fakeSynth, r *fakeRecognizer) { r.startErr = errors.New("busy") }, "pause")
	f("hangs", func(_ *fake, _ *player, _ *fakeSynth, r *fakeRecognizer) { r.hung = true }, "pause")
	f("starts too late", func(_ *fake, _ *player, _ *fakeSynth, r *fakeRecognizer) { r.lateStart = time.Hour }, "pause")
	f("panics", func(_ *fake, _ *player, _ *fakeSynth, r *fakeRecognizer) { r.panics = true }, "pause")
	f("cannot listen", func(f *fake, _ *player, _ *fakeSynth, _ *fakeRecognizer) { f.deaf = true }, "say What?")
	f("is missing", func(_ *fake, e *player, _ *fakeSynth, _ *fakeRecognizer) { e.cfg.Recognizers = nil }, "say What? For a lost")

	// Digits: the question goes on where it stopped.
	asks{t: t, ask: `digits = 2, say = "` + strings.Repeat("x", 100) + `"`, sentences: []string{"broken"}, caller: func(f *fake) {
		f.hears("xxx", 1)
		f.says(1, time.Second)
		f.sees("resume at 100ms")
		f.presses("12")
	}}.run("resume", "digits=12 kind=digits")

	// Words alone: the flow is told.
	asks{t: t, ask: `say = "Your name?"`, prepare: func(_ *fake, e *player, _ *fakeSynth, _ *fakeRecognizer) {
		e.cfg.Recognizers = nil
	}, caller: listens}.run("got code=recognition")
}

// TestSlowStart: a recogniser that needs a second to start misses nothing.
func TestSlowStart(t *testing.T) {
	asks{t: t, ask: `menu = "hotline", say = "What?"`, sentences: []string{"I want to check my balance"},
		prepare: func(_ *fake, _ *player, _ *fakeSynth, r *fakeRecognizer) { r.lateStart = 3 * time.Second },
		caller: func(f *fake) {
			f.hears("What?", 1)
			f.says(1, 2*time.Second)
		}}.run("node balance by speech")
}

// TestBusyRecogniser is asked again while there is patience left.
func TestBusyRecogniser(t *testing.T) {
	f := func(busy time.Duration, wants ...string) {
		t.Helper()
		asks{t: t, ask: `menu = "hotline", say = "What?"`, sentences: []string{"I want to check my balance"},
			prepare: func(_ *fake, _ *player, _ *fakeSynth, r *fakeRecognizer) { r.busyUntil = time.Now().Add(busy) },
			caller: func(f *fake) {
				f.hears("What?", 1)
				f.says(1, 2*time.Second)
				f.after(8 * time.Second)
				f.presses("2")
			}}.run(wants...)
	}
	f(3*time.Second, "node balance by speech")
	f(time.Minute, "say For a lost or stolen card, press 1", "node balance by key")
}

// TestSynthesisFails: an error value, not silence.
func TestSynthesisFails(t *testing.T) {
	asks{t: t, ask: `menu = "hotline", say = "What?"`, prepare: func(_ *fake, _ *player, s *fakeSynth, _ *fakeRecognizer) {
		s.fail = map[string]error{"What?": errBroken}
	}, caller: listens}.run("got code=synthesis")
	asks{t: t, ask: `menu = "hotline", say = "What?"`, prepare: func(_ *fake, _ *player, s *fakeSynth, _ *fakeRecognizer) {
		s.slow = map[string]time.Duration{"What?": time.Hour}
	}, caller: listens}.run("got code=synthesis")
}
