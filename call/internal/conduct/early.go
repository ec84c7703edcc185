package conduct

import "trunkline/call/event"

// onEarly takes the session description of a ringing leg: whoever waits for it
// hears what it plays, an announcement or a tone of its own, and is heard. Each
// branch of a fork may bring one; the last counts.
func (c *Call) onEarly(l *leg, body []byte) {
	if policy := l.Trunk.Data.EarlyMedia; policy == "ignore" || policy == "require_ringing" && !l.rung {
		return
	}
	p, err := l.Accept(body)
	if err != nil {
		c.log.Warn("early media is not taken", "leg", l.ID, "error", err)
		return
	}
	l.Start(p)
	if !c.mayPreview(l) {
		return
	}
	if c.early == nil {
		l.hush()
		if !l.ear.Session.Join(l.Session) {
			c.log.Warn("early media is not heard: the media thread is busy", "leg", l.ID)
			return
		}
		c.early = l
		c.publish(l.ID, event.LegEarlyMedia{Codec: l.Codec()})
	}
}

// mayPreview reports whether whoever waits for l can hear it before it is answered.
func (c *Call) mayPreview(l *leg) bool {
	ear := l.ear
	switch {
	case ear == nil || c.early != nil && c.early != l:
		return false
	case ear == c.head && c.player.Busy() || c.bridge != nil && c.moving == nil:
		return false // there is something better to be heard
	}
	return !c.ending && ear.Preview()
}

// hushEarly ends the early media of a leg, which is answered or gone.
func (c *Call) hushEarly(l *leg) {
	if c.early == l {
		c.early = nil
		l.ear.Session.Leave()
	}
}
