package conduct

import (
	"cmp"
	"context"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/call/rooms"
)

// Conference is how a caller takes part in one; as "" it is known by the call's id.
type Conference = rooms.Conference

// Confer makes the caller a member of a conference until the caller hangs up or
// ctx ends.
func (c *Call) Confer(ctx context.Context, r Conference) error {
	r.As = cmp.Or(r.As, c.info.ID)
	m := &conference{Conference: r, reply: make(chan error, 1)}
	err := c.wish(ctx, "conference", m, m.reply)
	if ctx.Err() != nil {
		c.post(act(func(c *Call) { c.quit(m, fault.New("conference", fault.Timeout, "nobody waits for it")) }))
	}
	return err
}

// conference is the caller's membership in a room.
type conference struct {
	Conference
	since time.Time
	reply chan error
}

func (m *conference) apply(c *Call) {
	l := c.head
	switch {
	case c.ending:
		m.reply <- fault.Over("conference")
	case rooms.Check(m.Conference) != nil:
		m.reply <- fault.New("conference", fault.Invalid, rooms.Check(m.Conference).Error())
	case !l.Up():
		m.reply <- fault.New("conference", fault.Invalid, "the caller is not answered yet")
	case c.bridge != nil || c.company != nil:
		m.reply <- fault.New("conference", fault.Invalid, "the caller talks to somebody already")
	case !c.deps.Rooms.Join(m.Conference, l.Session):
		m.reply <- fault.New("conference", fault.Invalid, "the media thread is busy")
	default:
		m.since = time.Now()
		l.Session.Stop(0)
		c.company = m
		c.release(l)
		c.publish(c.head.ID, event.ConferenceEntered{Room: m.Room})
	}
}

// quit ends a membership, if it is the one that stands.
func (c *Call) quit(m *conference, err error) {
	if m == nil || c.company != m {
		return
	}
	c.company = nil
	c.deps.Rooms.Leave(m.Room, c.head.Session)
	c.publish(c.head.ID, event.ConferenceLeft{Room: m.Room, Seconds: time.Since(m.since).Seconds()})
	m.reply <- err
}
