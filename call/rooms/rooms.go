// Package rooms knows who is in which conference, by name, and sees to it that
// members hear whom they should.
//
// Rooms are shared by all calls of a manager and may be used by any goroutine.
// They tell the media plane; they own no session, know nothing of a call but its
// member's name, and never wait.
package rooms

import (
	"slices"
	"sync"

	"trunkline/media"
	"trunkline/media/msg"
)

// Member is one session in a room.
type Member struct {
	Session media.Session
	Name    string  // by which a coach means it
	Mute    bool    // nobody hears it
	Deaf    bool    // it hears nobody
	Gain    float64 // of what it says, in dB
	Coach   string  // when not "", the member of that name alone hears it; nobody, while there is none
}

// Rooms are conferences by name. One begins with its first member and ends with
// its last.
type Rooms struct {
	mu     sync.Mutex // guards what follows
	byName map[string]*room
	last   msg.Room
}

// room is one conference; all its members live on one media thread.
type room struct {
	id      msg.Room
	members []Member // in the order they came
}

// New makes Rooms without a room.
func New() *Rooms { return &Rooms{byName: map[string]*room{}} }

// Enter brings a member into the room called name, which mixes at rate Hz (8000,
// 16000 or 48000) if it begins now; false when the media plane is too busy.
func (rs *Rooms) Enter(name string, rate int, m Member) bool {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.byName[name]
	if r == nil {
		rs.last++
		r = &room{id: rs.last}
	}
	if len(r.members) > 0 && !m.Session.Near(r.members[0].Session) {
		return false
	}
	if !m.Session.Enter(r.id, rate, r.part(m)) {
		return false
	}
	r.members = append(r.members, m)
	rs.byName[name] = r
	r.aim(m.Name)
	return true
}

// Leave takes a session out of the room called name.
func (rs *Rooms) Leave(name string, s media.Session) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	r := rs.byName[name]
	if r == nil {
		return
	}
	at := slices.IndexFunc(r.members, func(m Member) bool { return m.Session == s })
	if at < 0 {
		return
	}
	gone := r.members[at].Name
	s.Leave()
	r.members = slices.Delete(r.members, at, at+1)
	r.aim(gone)
	if len(r.members) == 0 {
		delete(rs.byName, name)
	}
}

// part is how a member takes part, as the media plane understands it. A coach is
// never heard by others because the one who is coached is not there.
func (r *room) part(m Member) msg.Member {
	p := msg.Member{Gain: float32(m.Gain), Mute: m.Mute, Deaf: m.Deaf}
	if m.Coach == "" {
		return p
	}
	for _, other := range r.members { // the latest of a name is meant
		if other.Name == m.Coach {
			p.Coach = other.Session.ID()
		}
	}
	p.Mute = p.Mute || p.Coach == 0
	return p
}

// aim tells coaches of a member who has come or gone.
func (r *room) aim(name string) {
	for _, m := range r.members {
		if m.Coach == name {
			m.Session.Adjust(r.part(m))
		}
	}
}
