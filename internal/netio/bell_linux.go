package netio

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// EventBell is a Bell on an eventfd: the thread writes to it with a raw system
// call, and the goroutine waits in the runtime's network poller, which costs no
// thread.
type EventBell struct {
	fd   int
	file *os.File
	one  uint64
	buf  [8]byte // scratch of Wait
}

var _ Bell = (*EventBell)(nil)

// NewBell makes a bell.
func NewBell() (*EventBell, error) {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("create eventfd: %w", err)
	}
	return &EventBell{fd: fd, file: os.NewFile(uintptr(fd), "eventfd"), one: 1}, nil
}

// Ring lets Wait return.
func (b *EventBell) Ring() { addCount(b.fd, &b.one) }

// Wait waits for Ring; false after Close.
func (b *EventBell) Wait() bool {
	_, err := b.file.Read(b.buf[:])
	return err == nil
}

// Close ends Wait.
func (b *EventBell) Close() error { return b.file.Close() }
