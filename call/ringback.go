package call

import (
	"sync"
	"time"

	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// Ringback as most of the world hears it: one second of 425 Hz, four of silence
// (ITU-T E.180 §4).
const (
	ringbackTone  = 425 // Hz
	ringbackLevel = -16 // dBov
)

// ringback is made once per manager; legs share it like any other prompt.
func newRingback() func() *prompt.Clip {
	return sync.OnceValue(func() *prompt.Clip {
		return prompt.Join(prompt.Tone(ringbackTone, time.Second, ringbackLevel), prompt.Silence(4*time.Second))
	})
}

// comfort lets whoever waits hear that a leg rings, unless the flow plays something
// meanwhile. Nobody waits for the end of this playback.
func (l *leg) comfort() {
	c := l.call
	if l.dial == nil || l.ear == nil || l.ringback != 0 || c.early != nil || l.ear == c.head && len(c.plays) > 0 {
		return
	}
	if !l.ear.Up() && !l.ear.Early {
		return // deaf
	}
	l.ringback = msg.Ref(c.deps.refs.Add(1))
	l.ear.Session.Play(l.ringback, -1, c.deps.ringback())
}

// hush ends the comfort, if it was given and nothing has replaced it.
func (l *leg) hush() {
	if l.ringback != 0 {
		l.ear.Session.Stop(l.ringback)
		l.ringback = 0
	}
}
