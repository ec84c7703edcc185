package sandbox

// Worked charges the script for size bytes that a function of the host has read
// or made for it, and raises when that was too much.
func (s *State) Worked(size int) { s.worked(s.LState, size) }
