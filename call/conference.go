package call

import (
	"context"
	"slices"
	"sync"
	"time"

	"trunkline/call/event"
	"trunkline/media"
	"trunkline/media/msg"
)

// Conference is how a caller takes part in one.
type Conference struct {
	Room string  // its name; it begins with its first member and ends with its last
	Mute bool    // nobody hears the caller
	Deaf bool    // the caller hears nobody
	Gain float64 // of what the caller says, in dB
	Wide bool    // the room, if it begins, mixes at 16 kHz
}

// maxRoomName bounds names that may come from what callers dial.
const maxRoomName = 64

// Confer makes the caller a member of a conference until the caller hangs up or
// ctx ends.
func (c *Call) Confer(ctx context.Context, r Conference) error {
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
	l := c.legs[0]
	switch {
	case c.ending:
		m.reply <- over("conference")
	case m.Room == "" || len(m.Room) > maxRoomName:
		m.reply <- failed("conference", CodeInvalid, "a room has a name of 1 to 64 characters")
	case l.answered.IsZero():
		m.reply <- failed("conference", CodeInvalid, "the caller is not answered yet")
	case c.bridge != nil || c.company != nil:
		m.reply <- failed("conference", CodeInvalid, "the caller talks to somebody already")
	case !c.deps.rooms.enter(l.session, m.Conference):
		m.reply <- failed("conference", CodeInvalid, "the media thread is busy")
	default:
		m.since = time.Now()
		l.session.Stop(0)
		c.company = m
		c.publish("a", event.ConferenceEntered{Room: m.Room})
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
	c.deps.rooms.leave(c.legs[0].session, m.Room)
	c.publish("a", event.ConferenceLeft{Room: m.Room, Seconds: time.Since(m.since).Seconds()})
	m.reply <- err
}

// rooms are the conferences of all calls, by name.
type rooms struct {
	mu     sync.Mutex
	byName map[string]*room
	last   msg.Room
}

// room is one conference; all its members live on one media thread.
type room struct {
	id      msg.Room
	members []media.Session
}

func newRooms() *rooms { return &rooms{byName: map[string]*room{}} }

// enter brings a session into a room; false when the media plane is too busy.
func (rs *rooms) enter(s media.Session, how Conference) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.byName[how.Room]
	if r == nil {
		rs.last++
		r = &room{id: rs.last}
	}
	if len(r.members) > 0 && !s.Near(r.members[0]) {
		return false
	}
	rate := 8000
	if how.Wide {
		rate = 16000
	}
	if !s.Enter(r.id, rate, msg.Member{Gain: float32(how.Gain), Mute: how.Mute, Deaf: how.Deaf}) {
		return false
	}
	r.members = append(r.members, s)
	rs.byName[how.Room] = r
	return true
}

// leave takes a session out of a room.
func (rs *rooms) leave(s media.Session, name string) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.byName[name]
	if r == nil {
		return
	}
	s.Leave()
	r.members = slices.DeleteFunc(r.members, func(m media.Session) bool { return m == s })
	if len(r.members) == 0 {
		delete(rs.byName, name)
	}
}
