package rooms

import (
	"errors"

	"trunkline/media"
)

// Conference is how somebody takes part in one.
type Conference struct {
	Room  string  // its name; it begins with its first member and ends with its last
	As    string  // the member's name in it
	Mute  bool    // nobody hears the member
	Deaf  bool    // the member hears nobody
	Coach string  // the member who alone hears this one, by name; nobody, while it is not there
	Gain  float64 // of what the member says, in dB
	Wide  bool    // the room, if it begins, mixes at 16 kHz
}

// maxName bounds names that may come from what callers dial.
const maxName = 64

// Check says why a conference cannot be.
func Check(r Conference) error {
	switch {
	case r.Room == "" || len(r.Room) > maxName:
		return errors.New("a room has a name of 1 to 64 characters")
	case len(r.As) > maxName || len(r.Coach) > maxName:
		return errors.New("a member has a name of at most 64 characters")
	}
	return nil
}

// Join brings a session into a conference; false when the media plane is too busy.
func (rs *Rooms) Join(r Conference, s media.Session) bool {
	rate := 8000
	if r.Wide {
		rate = 16000
	}
	return rs.Enter(r.Room, rate, Member{
		Session: s, Name: r.As, Mute: r.Mute, Deaf: r.Deaf, Coach: r.Coach, Gain: r.Gain,
	})
}
