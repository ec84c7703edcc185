package session

import (
	"testing"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/clock"
)

// Whatever an Opus far side asks for, it hears, and is heard.
func TestEveryOpusFormat(t *testing.T) {
	f := func(format codecs.Format, rate int, ptime time.Duration) {
		t.Helper()
		a, b := newPhone(t, farA, codecs.Opus, ptime, 440), newPhone(t, farB, codecs.PCMU, frame20, 1000)
		pa := a.params()
		pa.Send.Format, pa.Rate = format, rate
		a.s.Start(0, pa)
		b.s.Start(0, b.params())
		a.s.Join(0, b.s)
		now := clock.Time(0)
		talkA, talkB := every(a.ptime, a.speak), every(frame20, b.speak)
		run(&now, 1500*time.Millisecond, func(now clock.Time) { talkA(now); talkB(now) }, a.s, b.s)
		a.sequences()
		b.sequences()
		if a.gaps+b.gaps > 0 && !format.DTX {
			t.Errorf("%+v, %d Hz, %v: %d and %d timestamps do not follow", format, rate, ptime, a.gaps, b.gaps)
		}
		if l := dsp.Goertzel(a.heard[len(a.heard)/2:], 1000, a.rate); l < -24 || l > -10 {
			t.Errorf("%+v, %d Hz, %v: it hears the tone at %.1f dBov", format, rate, ptime, l)
		}
		if l := dsp.Goertzel(b.heard[len(b.heard)/2:], 440, b.rate); l < -14 || l > -10 {
			t.Errorf("%+v, %d Hz, %v: it is heard at %.1f dBov", format, rate, ptime, l)
		}
	}
	for _, format := range []codecs.Format{
		{Stereo: true}, {CBR: true}, {DTX: true}, {FEC: true}, {Bitrate: 6000, MaxRate: 8000}, {Bitrate: 510000, MaxRate: 48000},
		{Bitrate: 12000, MaxRate: 12000, DTX: true, CBR: true, FEC: true, Stereo: true}, {MaxRate: 24000}, {MaxRate: 44100},
	} {
		for _, ptime := range []time.Duration{10, 20, 30, 50, 60} {
			f(format, []int{0, 8000, 48000}[ptime/10%3], ptime*time.Millisecond)
		}
	}
}
