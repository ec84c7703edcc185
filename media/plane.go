package media

import (
	"errors"
	"io"
	"sync"
	"time"

	"trunkline/internal/netio"
	"trunkline/media/feed"
	"trunkline/media/internal/remote"
	"trunkline/media/internal/shard"
	"trunkline/media/prompt"
)

// plane is one set of media threads, in this process or in another.
type plane struct {
	lanes []*lane
	pumps sync.WaitGroup // one goroutine per lane

	lend  func(netio.Ports)           // what becomes of our hold on ports that were handed over
	load  func(...*prompt.Clip) error // makes clips ready to be handed over
	feed  func(rate, ms int) (*feed.Feed, error)
	ended <-chan struct{} // closed when the threads have ended
	kill  func()          // ends threads that do not end when they are told to
	parts []io.Closer     // closed after that; the bells not among them
}

// lane is the way to one thread, and what is known of it.
type lane struct {
	plane  *plane
	index  int
	door   *shard.Door
	bell   netio.Bell
	sender *remote.Sender // nil when the thread is in this process

	// Guarded by Engine.mu.
	sessions int
	fresh    int // of them: opened or moved here since load was measured
	counters Counters
	measured time.Time
	began    time.Time // to have sessions
	load     float64   // part of its time that the thread spent working, lately
}

// opened counts one more session.
func (l *lane) opened() {
	if l.sessions == 0 {
		l.began = time.Now()
	}
	l.sessions++
	l.fresh++
}

// measure keeps a thread's latest counters, and reports what part of its time the
// thread spent working since the last ones and whether it has begun or ceased to
// give way to others.
func (l *lane) measure(c Counters, now time.Time) (busy float64, turned bool) {
	if past := now.Sub(l.measured); !l.measured.IsZero() && past > 0 {
		busy = min(float64(c.Busy-l.counters.Busy)/float64(past), 1) // counters that had to wait come close together
		l.load = 0.5*l.load + 0.5*busy
	}
	turned = c.GivingWay != l.counters.GivingWay
	l.counters, l.measured, l.fresh = c, now, 0
	return busy, turned
}

// silent returns for how long the thread has said nothing although it has sessions.
func (l *lane) silent(now time.Time) time.Duration {
	if l.sessions == 0 {
		return 0
	}
	return min(now.Sub(l.measured), now.Sub(l.began))
}

// leastCost is what a session is taken to cost while nothing is measured.
const leastCost = 1e-4

// weight is how busy a thread is, or soon will be: what it was measured at, and
// what each session that came since will cost, judged by those that are there.
func (l *lane) weight() float64 {
	each := leastCost
	if known := l.sessions - l.fresh; known > 0 {
		each = max(each, l.load/float64(known))
	}
	return l.load + float64(l.fresh)*each + float64(l.sessions)*leastCost
}

// choose returns the least busy lane.
func (p *plane) choose() *lane {
	least := p.lanes[0]
	for _, l := range p.lanes[1:] {
		if l.weight() < least.weight() {
			least = l
		}
	}
	return least
}

// quit tells the threads to stop. Under Engine.mu.
func (p *plane) quit() {
	for _, l := range p.lanes {
		if !l.door.Quit() { // full of Closes that nobody obeys
			p.kill()
		}
	}
}

// close waits for threads that were told to stop, and takes everything apart.
func (p *plane) close() error {
	const patience = 10 * time.Second
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.kill()
		<-p.ended
	}
	return p.dismantle()
}

// dismantle ends the pumps, after their last round, and gives everything back.
// The threads have ended.
func (p *plane) dismantle() error {
	var errs []error
	for _, l := range p.lanes {
		errs = append(errs, l.bell.Close())
	}
	p.pumps.Wait()
	for _, c := range p.parts {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}
