package netio

import (
	"fmt"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"trunkline/internal/clock"
)

// cadence is the heartbeat of a media thread that has something to do.
const cadence = time.Millisecond

// Metronome is the Pacer of real time: a timerfd that beats once per
// millisecond while the thread ticks, and an eventfd that Wake writes to. While
// it sleeps the timer is off, so an idle server wakes up for nothing.
type Metronome struct {
	clock   clock.Source
	timer   int
	event   int
	beating bool
	keeping bool
	count   uint64 // scratch of reads
	one     uint64
}

var _ Pacer = (*Metronome)(nil)

// NewMetronome makes a pacer that reads clock.
func NewMetronome(c clock.Source) (*Metronome, error) {
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("create timerfd: %w", err)
	}
	event, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		syscall.Close(timer)
		return nil, fmt.Errorf("create eventfd: %w", err)
	}
	return &Metronome{clock: c, timer: timer, event: event, one: 1}, nil
}

// Now reads the clock.
func (m *Metronome) Now() clock.Time { return m.clock.Now() }

// Tick sleeps until the next beat. Beats missed meanwhile count as one, so a
// late thread runs at once and then is in step again.
func (m *Metronome) Tick() clock.Time {
	if !m.beating {
		m.beat(cadence)
		m.beating = true
	}
	if m.keeping {
		readCountKeeping(m.timer, &m.count)
	} else {
		readCount(m.timer, &m.count)
	}
	return m.clock.Now()
}

// Keep lets Tick keep its processor from the Go scheduler while it waits, which
// saves giving it up and winning it back every millisecond. Only for a process
// in which nothing has to stop the world in time (the collector is off) and
// whose GOMAXPROCS is greater than the number of threads that keep theirs: with
// the same number, a goroutine beside them (nexthop's is one) that waits in a
// system call stops a thread for up to ten milliseconds.
func (m *Metronome) Keep() { m.keeping = true }

// Sleep sleeps until Wake.
func (m *Metronome) Sleep() clock.Time {
	if m.beating {
		m.beat(0)
		m.beating = false
	}
	readCount(m.event, &m.count)
	return m.clock.Now()
}

// beat starts the timer, or stops it when every is 0. It cannot fail with
// arguments like ours (timerfd_settime(2)).
func (m *Metronome) beat(every time.Duration) {
	ts := unix.NsecToTimespec(int64(every))
	unix.TimerfdSettime(m.timer, 0, &unix.ItimerSpec{Interval: ts, Value: ts}, nil)
}

// Wake ends Sleep.
func (m *Metronome) Wake() { addCount(m.event, &m.one) }

// Close gives the descriptors back. Only after the last Wake.
func (m *Metronome) Close() error {
	err := syscall.Close(m.timer)
	if err2 := syscall.Close(m.event); err == nil {
		err = err2
	}
	return err
}
