package media

import (
	"trunkline/media/internal/shard"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
	"trunkline/media/prompt"
)

// PlayAs is Play with everything that can be said about it.
func (s Session) PlayAs(how msg.Playback, clips ...*prompt.Clip) bool {
	if s.e == nil || !s.e.load(clips) {
		return false
	}
	c := &shard.Play{Session: s.id, Playback: how, Clips: make([]wire.Clip, len(clips))}
	for i := range clips {
		c.Clips[i].Clip = clips[i]
	}
	if !s.post(c) {
		return false
	}
	s.e.prepare(s.id, how, clips)
	return true
}

// Progress asks how much of the playback ref was sent so far; Playing follows,
// unless it does not play.
func (s Session) Progress(ref msg.Ref) bool {
	return s.post(&shard.Progress{Session: s.id, Ref: ref})
}

// Enter makes s a member of a room, parting it from whom it heard before. The
// room begins with its first member, mixing at rate Hz (8000, 16000 or 48000), and
// ends with its last; all its members live on one thread (Near). In the room
// already, s only takes part in another way.
func (s Session) Enter(room msg.Room, rate int, m msg.Member) bool {
	return s.post(&shard.Enter{Session: s.id, Room: room, Rate: rate, Member: m})
}

// Adjust changes how s takes part in its room, or with the session it is joined with.
func (s Session) Adjust(m msg.Member) bool {
	return s.post(&shard.Adjust{Session: s.id, Member: m})
}

// Echo lets the far side hear itself, parting s from whom it heard before, or no
// longer. Joining s, or entering a room, ends it.
func (s Session) Echo(on bool) bool {
	return s.post(&shard.Echo{Session: s.id, On: on})
}

// MaskKeys silences keys in the sound of s, of either side, for all its taps, or
// no longer. The taps are 20 ms late meanwhile.
func (s Session) MaskKeys(on bool) bool {
	return s.post(&shard.MaskKeys{Session: s.id, On: on})
}
