package call

import (
	"bytes"

	"trunkline/call/event"
	"trunkline/call/negotiate"
)

// onEarly takes the session description of a ringing leg: whoever waits for it
// hears what it plays, an announcement or a tone of its own, and is heard. Each
// branch of a fork may bring one; the last counts.
func (c *Call) onEarly(l *leg, body []byte) {
	if policy := l.trunk.Data.EarlyMedia; policy == "ignore" || policy == "require_ringing" && !l.rung {
		return
	}
	p, err := negotiate.Accept(l.local, body)
	if err != nil {
		c.log.Warn("early media is not taken", "leg", l.id, "error", err)
		return
	}
	l.params = p
	l.session.Start(p)
	if !c.mayPreview(l) {
		return
	}
	if c.early == nil {
		l.hush()
		if !l.ear.session.Join(l.session) {
			c.log.Warn("early media is not heard: the media thread is busy", "leg", l.id)
			return
		}
		c.early = l
		c.publish(l.id, event.LegEarlyMedia{Codec: codecName(p)})
	}
}

// mayPreview reports whether whoever waits for l can hear it before it is answered.
func (c *Call) mayPreview(l *leg) bool {
	ear := l.ear
	switch {
	case ear == nil || c.early != nil && c.early != l:
		return false
	case ear == c.head && len(c.plays) > 0 || c.bridge != nil && c.moving == nil:
		return false // there is something better to be heard
	}
	return c.preview(ear)
}

// preview lets sound flow to a leg that waits and may not be answered yet; it
// reports whether any can.
func (c *Call) preview(ear *leg) bool {
	switch {
	case c.ending || ear.silent:
		return false
	case !ear.answered.IsZero() || ear.early:
		return true
	case ear.direction == Outbound || len(ear.offer) == 0:
		return false // he has not said where to send it
	}
	if err := ear.dialog.Progress(bytes.Clone(ear.reply)); err != nil {
		return false
	}
	ear.early = true
	ear.session.Start(ear.params)
	return true
}

// hushEarly ends the early media of a leg, which is answered or gone.
func (c *Call) hushEarly(l *leg) {
	if c.early == l {
		c.early = nil
		l.ear.session.Leave()
	}
}
