//go:build race

package owner

import "syscall"

// Mark remembers which thread owns the state it lies in.
type Mark struct{ tid int }

// Take makes the calling thread the owner.
func (m *Mark) Take() { m.tid = syscall.Gettid() }

// Check panics when the calling thread is not the owner. Before the first Take
// nobody is, and everybody may.
func (m *Mark) Check() {
	if tid := syscall.Gettid(); m.tid != 0 && tid != m.tid {
		panic("owner: state touched from a foreign thread")
	}
}
