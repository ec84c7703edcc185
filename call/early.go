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
	t := c.deps.gate.trunks[l.trunk]
	if t.EarlyMedia == "ignore" || t.EarlyMedia == "require_ringing" {
		return
	}
	p, err := negotiate.Accept(l.local, body)
	if err != nil {
		c.log.Warn("early media is not taken", "leg", l.id, "error", err)
		return
	}
	l.params = p
	l.session.Start(p)
	caller := c.legs[0]
	if l == caller || c.bridge != nil || len(c.plays) > 0 || c.early != nil && c.early != l || !c.preview() {
		return
	}
	if c.early == nil {
		c.hush(l)
		if !caller.session.Join(l.session) {
			c.log.Warn("early media is not heard: the media thread is busy", "leg", l.id)
			return
		}
		c.early = l
		c.publish(l.id, event.LegEarlyMedia{Codec: codecName(p)})
	}
}

// preview lets sound flow to a caller who is not answered yet; it reports whether
// any can.
func (c *Call) preview() bool {
	caller := c.legs[0]
	switch {
	case c.ending || caller.silent:
		return false
	case !caller.answered.IsZero() || caller.early:
		return true
	case caller.direction == Outbound || len(caller.offer) == 0:
		return false // he has not said where to send it
	}
	if err := caller.dialog.Progress(bytes.Clone(caller.reply)); err != nil {
		return false
	}
	caller.early = true
	caller.session.Start(caller.params)
	return true
}

// hushEarly ends the early media of a leg, which is answered or gone.
func (c *Call) hushEarly(l *leg) {
	if c.early == l {
		c.early = nil
		c.legs[0].session.Leave()
	}
}
