package msg

// Reason says why a session was Closed.
type Reason uint8

// The reasons. Wished is the zero value: somebody asked for it.
const (
	Wished   Reason = iota
	Refused         // there was no room for it: it never was open
	Broken          // its code panicked
	Crashed         // the media process died, and its sound with it
	Orphaned        // nobody was left to conduct it
)

// String names the reason.
func (r Reason) String() string {
	names := [...]string{"wished", "refused", "broken", "crashed", "orphaned"}
	if int(r) < len(names) {
		return names[r]
	}
	return "unknown"
}
