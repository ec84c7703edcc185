package call

import (
	"sync"
	"time"

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

// comfort lets the caller hear that a second leg rings. Its playback has no
// name, so that nobody waits for it.
func (c *Call) comfort(l *leg) {
	caller := c.legs[0]
	if l == caller || caller.answered.IsZero() || l.dial == nil {
		return
	}
	l.comforted = caller.session.Play(0, -1, c.deps.ringback())
}

// hush ends the comfort, if it was given.
func (c *Call) hush(l *leg) {
	if l.comforted {
		l.comforted = false
		c.legs[0].session.Stop(0)
	}
}
