package call_test

import (
	"context"
	"time"

	"trunkline/dsp"
	"trunkline/media/msg"
)

// What somebody at a telephone hears.

// hears waits until 200 ms in a row are all but nothing else than a tone.
func (l *line) hears(hz float64) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var frame []int16
	buf := make([]int16, 160)
	for {
		n, err := l.ear.Read(ctx, buf)
		if err != nil {
			l.t.Fatalf("listening for %v Hz: %v", hz, err)
		}
		if frame = append(frame, buf[:n]...); len(frame) < 1600 {
			continue
		}
		if dsp.Level(frame) > -30 && dsp.Goertzel(frame, hz, 8000) > dsp.Level(frame)-1 {
			return
		}
		frame = frame[:0]
	}
}

// hearsKey waits until the far side has said a key's tones.
func (l *line) hearsKey(key byte) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	detector := dsp.MakeKeyDetector(8000)
	buf := make([]int16, 160)
	for {
		n, err := l.ear.Read(ctx, buf)
		if err != nil {
			l.t.Fatalf("listening for key %c: %v", key, err)
		}
		for e, rest := detector.Feed(buf[:n]); e.Change != dsp.KeyNone; e, rest = detector.Feed(rest) {
			if e.Change == dsp.KeyDown && e.Key == key {
				return
			}
		}
	}
}

// forget passes over what was said and not listened to yet: what hears finds then was
// said since.
func (l *line) forget() {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	for buf := make([]int16, 1600); ; {
		if _, err := l.ear.Read(now, buf); err != nil {
			return
		}
	}
}

// hearsBoth waits until 200 ms in a row hold two tones.
func (l *line) hearsBoth(a, b float64) {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	frame := make([]int16, 1600)
	for dsp.Goertzel(frame, a, 8000) < -20 || dsp.Goertzel(frame, b, 8000) < -20 {
		for n := 0; n < len(frame); {
			k, err := l.ear.Read(ctx, frame[n:])
			if err != nil {
				l.t.Fatalf("listening for %v and %v Hz: %v", a, b, err)
			}
			n += k
		}
	}
}

// hearsNothing waits until 200 ms in a row are silent.
func (l *line) hearsNothing() {
	l.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	frame := make([]int16, 1600)
	for {
		for n := 0; n < len(frame); {
			k, err := l.ear.Read(ctx, frame[n:])
			if err != nil {
				l.t.Fatalf("listening for silence: %v", err)
			}
			n += k
		}
		if dsp.Level(frame) < -60 {
			return
		}
	}
}

// presses waits until the far side has pressed a key.
func (l *line) presses(key byte) {
	l.t.Helper()
	for {
		select {
		case e := <-l.media:
			if e.Kind != msg.Digit {
				continue
			}
			if e.Digit != key {
				l.t.Fatalf("%c was pressed, want %c", e.Digit, key)
			}
			return
		case <-time.After(patience):
			l.t.Fatalf("%c was never pressed", key)
		}
	}
}
