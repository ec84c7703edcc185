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

// comfort lets the caller hear that a second leg rings, unless the flow plays
// something meanwhile. Nobody waits for the end of this playback.
func (c *Call) comfort(l *leg) {
	caller := c.legs[0]
	deaf := caller.answered.IsZero() && !caller.early
	if l == caller || deaf || l.dial == nil || l.ringback != 0 || c.early != nil || len(c.plays) > 0 {
		return
	}
	l.ringback = msg.Ref(c.refs.Add(1))
	caller.session.Play(l.ringback, -1, c.deps.ringback())
}

// hush ends the comfort, if it was given and nothing has replaced it.
func (c *Call) hush(l *leg) {
	if l.ringback != 0 {
		c.legs[0].session.Stop(l.ringback)
		l.ringback = 0
	}
}
