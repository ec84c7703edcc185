package inlet

import (
	"maps"

	"trunkline/media"
	"trunkline/media/tap"
)

// Ears are the live copies of what is said that a flow listens to, each with the session
// it is of. While there is one of it, a session tells of speech.
type Ears map[*tap.Tap]media.Session

// Open begins a copy. It reports false when the session cannot be tapped now.
func (e Ears) Open(s media.Session, t *tap.Tap) bool {
	if !s.Tap(t) {
		return false
	}
	e[t] = s
	s.DetectSpeech(true)
	return true
}

// Close ends a copy, if it is open.
func (e Ears) Close(t *tap.Tap) {
	s, open := e[t]
	if !open {
		return
	}
	delete(e, t)
	s.Untap(t)
	for _, other := range e {
		if other == s {
			return
		}
	}
	s.DetectSpeech(false)
}

// Leave ends all copies of a session.
func (e Ears) Leave(s media.Session) {
	for t, of := range maps.Clone(e) {
		if of == s {
			e.Close(t)
		}
	}
}
