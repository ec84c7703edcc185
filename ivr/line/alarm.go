package line

import "time"

// alarm is a timer that is often off.
type alarm struct {
	timer *time.Timer
	c     <-chan time.Time // nil while off
}

func (a *alarm) set(d time.Duration) {
	if a.timer == nil {
		a.timer = time.NewTimer(d)
	} else {
		a.timer.Reset(d)
	}
	a.c = a.timer.C
}

func (a *alarm) off() {
	if a.timer != nil {
		a.timer.Stop()
	}
	a.c = nil
}
