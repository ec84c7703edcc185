package netio

import (
	"fmt"
	"net/netip"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"trunkline/internal/clock"
)

// This file makes the parts of a media thread out of descriptors that were made
// elsewhere: by another part of this process, or by another process.

// NewEvent makes an eventfd, through which one side wakes the other.
func NewEvent() (fd int, err error) {
	fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("create eventfd: %w", err)
	}
	return fd, nil
}

// BellOn is the Bell whose Ring happens in another process; it keeps fd.
func BellOn(fd int) *EventBell {
	syscall.SetNonblock(fd, true) // the runtime's poller wants it so
	return &EventBell{fd: fd, file: os.NewFile(uintptr(fd), "eventfd"), one: 1}
}

// Rope is the end of an eventfd that only ever wakes the other side: the Bell of
// a media thread whose control plane is elsewhere, or the control plane's way to
// end the thread's Sleep. Any goroutine.
type Rope struct {
	fd  int
	one uint64
}

var _ Bell = (*Rope)(nil)

// NewRope makes a Rope, which keeps fd.
func NewRope(fd int) *Rope { return &Rope{fd: fd, one: 1} }

// Ring wakes the other side.
func (r *Rope) Ring() { addCount(r.fd, &r.one) }

// Wait returns false: nobody rings on this side.
func (r *Rope) Wait() bool { return false }

// Close gives the descriptor back.
func (r *Rope) Close() error { return syscall.Close(r.fd) }

// MetronomeOn is a Metronome whose Wake may come from another process, through
// event. It keeps event.
func MetronomeOn(c clock.Source, event int) (*Metronome, error) {
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create timerfd: %w", err)
	}
	return &Metronome{clock: c, timer: timer, event: event, one: 1}, nil
}

// Files returns the descriptors of the pair, RTP's first, for handing them to
// another process. They stay the pair's.
func (p *Pair) Files() []int {
	if p.rtcp == p.rtp {
		return []int{int(p.rtp)}
	}
	return []int{int(p.rtp), int(p.rtcp)}
}

// PairOf makes a Pair of descriptors that another process has bound to addr. It
// keeps them; when it cannot, they are closed.
func PairOf(addr netip.AddrPort, files []int) (*Pair, error) {
	p := &Pair{addr: addr, family: syscall.AF_INET}
	if !addr.IsValid() || len(files) < 1 || len(files) > 2 {
		for _, fd := range files {
			syscall.Close(fd)
		}
		return nil, fmt.Errorf("adopt %d descriptors at %v: %w", len(files), addr, syscall.EINVAL)
	}
	if !addr.Addr().Unmap().Is4() {
		p.family, p.scope = syscall.AF_INET6, scopeOf(addr.Addr().Zone())
	}
	p.rtp, p.rtcp = int32(files[0]), int32(files[len(files)-1])
	p.dropping = hasFilter(p.rtp)
	return p, nil
}
