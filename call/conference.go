package call

import (
	"cmp"
	"context"
	"time"

	"trunkline/call/event"
	"trunkline/call/rooms"
	"trunkline/media"
)

// Conference is how a caller takes part in one.
type Conference struct {
	Room  string  // its name; it begins with its first member and ends with its last
	As    string  // the caller's name in it; "" means the call's id
	Mute  bool    // nobody hears the caller
	Deaf  bool    // the caller hears nobody
	Coach string  // the member who alone hears the caller, by name; nobody, while it is not there
	Gain  float64 // of what the caller says, in dB
	Wide  bool    // the room, if it begins, mixes at 16 kHz
}

// maxRoomName bounds names that may come from what callers dial.
const maxRoomName = 64

// enter brings a session into the room; false when the media plane is too busy.
func (r Conference) enter(in *rooms.Rooms, s media.Session) bool {
	rate := 8000
	if r.Wide {
		rate = 16000
	}
	return in.Enter(r.Room, rate, rooms.Member{
		Session: s, Name: r.As, Mute: r.Mute, Deaf: r.Deaf, Coach: r.Coach, Gain: r.Gain,
	})
}

// Confer makes the caller a member of a conference until the caller hangs up or
// ctx ends.
func (c *Call) Confer(ctx context.Context, r Conference) error {
	r.As = cmp.Or(r.As, c.info.ID)
	m := &conference{Conference: r, reply: make(chan error, 1)}
	err := c.wish(ctx, "conference", m, m.reply)
	if ctx.Err() != nil {
		c.post(walkOut{m})
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
		m.reply <- over("conference")
	case m.Room == "" || len(m.Room) > maxRoomName:
		m.reply <- failed("conference", CodeInvalid, "a room has a name of 1 to 64 characters")
	case len(m.As) > maxRoomName || len(m.Coach) > maxRoomName:
		m.reply <- failed("conference", CodeInvalid, "a member has a name of at most 64 characters")
	case !l.Up():
		m.reply <- failed("conference", CodeInvalid, "the caller is not answered yet")
	case c.bridge != nil || c.company != nil:
		m.reply <- failed("conference", CodeInvalid, "the caller talks to somebody already")
	case !m.enter(c.deps.rooms, l.Session):
		m.reply <- failed("conference", CodeInvalid, "the media thread is busy")
	default:
		m.since = time.Now()
		l.Session.Stop(0)
		c.company = m
		c.publish(c.head.ID, event.ConferenceEntered{Room: m.Room})
	}
}

type walkOut struct{ conference *conference }

func (m walkOut) apply(c *Call) {
	c.quit(m.conference, failed("conference", CodeTimeout, "nobody waits for it"))
}

// quit ends a membership, if it is the one that stands.
func (c *Call) quit(m *conference, err error) {
	if m == nil || c.company != m {
		return
	}
	c.company = nil
	c.deps.rooms.Leave(m.Room, c.head.Session)
	c.publish(c.head.ID, event.ConferenceLeft{Room: m.Room, Seconds: time.Since(m.since).Seconds()})
	m.reply <- err
}
