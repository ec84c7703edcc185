// Package shard is one media thread: it owns its sessions outright, and no lock
// guards them because no other thread can reach them.
//
// Everything here runs on the shard's own thread, except inbox.go, which is the
// only door: commands come in and events go out through bounded rings. There is
// no Go channel, mutex, timer or select on this side of the glass. The thread
// reads the clock once per lap and hands the reading down.
//
// What a shard promises: commands are obeyed in the order they were posted, a
// session's events leave in the order they happened, and PlayDone, DigitsSent
// and Closed are never lost (see outbox). It allocates when a session comes or
// goes, never per packet or tick.
package shard

import (
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
	"trunkline/internal/owner"
	"trunkline/media/internal/session"
	"trunkline/media/internal/wire"
	"trunkline/media/mix"
	"trunkline/media/msg"
)

// Limits of one lap, so that no flood of one kind starves the rest.
const (
	batch        = 128                  // datagrams moved per call
	lapBatches   = 32                   // batches received per lap; what is left waits a millisecond
	publishEvery = time.Second          // between two Counters
	lateLap      = 5 * time.Millisecond // a lap this long after the one before counts as late

	// For commands there is an eighth of the time since they last had their turn,
	// within bounds: a thread with too much to do has few laps, and must be able to
	// end calls in them.
	lapObeying  = 500 * time.Microsecond
	lateObeying = 8
	mostObeying = 20 * time.Millisecond
)

// Shard is one media thread's world.
type Shard struct {
	pane   pane // shared with the control plane
	gate   *gate
	outbox outbox

	packets netio.Packets
	pacer   netio.Pacer
	bell    netio.Bell
	bag     wire.Baggage
	store   Store
	turn    Turn // nil: it goes before none
	yard    *Yard
	index   int // in the yard

	own       owner.Mark
	now       clock.Time
	sessions  map[msg.Session]*leg
	rooms     map[msg.Room]*mix.Room
	scratch   session.Scratch // of the session whose code runs
	expected  map[msg.Session]*expectation
	byPort    []*leg // by netio.Leg
	wheel     wheel
	obeyed    clock.Time // when commands had their turn last
	beat      beat
	in        [batch]netio.Datagram
	out       outgoing
	warmth    int // of warm
	count     Counters
	begun     clock.Time
	strain    strain
	published clock.Time // when count was reported last
	current   *leg       // whose code is running, for rescue
	silent    []*leg     // lost their media while none conducts them
	roll      []msg.Session
	rolling   bool // somebody waits to hear who is present
	ending    bool // every session is closed and none will come
}

// lap is one turn of the shard: hear what happened, then do what is due.
func (sh *Shard) lap() {
	defer sh.rescue()
	sh.wait()    // until the next millisecond, or a command when there is nothing to do
	sh.greet()   // sessions from other shards
	sh.obey()    // commands from the control plane
	sh.receive() // packets in, in batches
	sh.tick()    // sessions whose time has come
	sh.endSilent()
	sh.flush()  // packets out, in batches
	sh.report() // events to the control plane
}

// busy reports whether there is a reason to run every millisecond.
func (sh *Shard) busy() bool {
	return len(sh.sessions) > 0 || sh.outbox.holds() || sh.rolling || !sh.quiet()
}

// quiet reports whether none has asked for anything.
func (sh *Shard) quiet() bool { return sh.pane.commands.Empty() && sh.gate.arrivals.Empty() }

// wait sleeps and takes the lap's reading of the clock.
func (sh *Shard) wait() {
	if sh.busy() {
		before := sh.now
		sh.now = sh.pacer.Tick()
		sh.countLap(sh.now.Sub(before))
		return
	}
	sh.beat.rest()
	sh.pane.asleep.Store(1)
	// A command posted before the note was up woke none: look once more.
	if sh.quiet() {
		sh.now = sh.pacer.Sleep()
	} else {
		sh.now = sh.pacer.Now()
	}
	sh.pane.asleep.Store(0)
}

func (sh *Shard) countLap(took time.Duration) {
	sh.count.Laps++
	sh.count.Lateness.add(sh.beat.late(int64(sh.now)))
	if took < lateLap || sh.count.Laps == 1 {
		return
	}
	sh.count.LateLaps++
	sh.count.LongestLap = max(sh.count.LongestLap, took)
}

// obey carries out commands. It waits while the control plane has not taken
// the events of earlier ones: what it asks for it must also hear about.
func (sh *Shard) obey() {
	begun := sh.pacer.Now()
	patience := min(max(lapObeying, begun.Sub(sh.obeyed)/lateObeying), mostObeying)
	sh.obeyed = begun
	for sh.outbox.move() && !sh.ending {
		rec, ok := sh.pane.commands.Next()
		if !ok {
			break
		}
		cmd := decode(rec, sh.bag)
		sh.pane.commands.Done()
		if cmd == nil {
			sh.count.Torn++
			continue
		}
		if !sh.keep(cmd) {
			sh.do(cmd)
		}
		if sh.pacer.Now().Sub(begun) > patience { // a flood of new calls must not be heard by the others
			break
		}
	}
	sh.answer()
}

// do carries out one command.
func (sh *Shard) do(cmd Command) {
	sh.own.Check()
	sh.count.Commands++
	cmd.apply(sh)
	sh.current = nil
}

// receive takes what the sockets hold.
func (sh *Shard) receive() {
	for range lapBatches {
		n := sh.packets.Receive(sh.in[:])
		if n == 0 {
			return
		}
		sh.warm(sh.in[:n])
		for i := range sh.in[:n] {
			d := &sh.in[i]
			if d.Kind == netio.RTCP {
				sh.count.RTCP++
				sh.current = sh.byPort[d.Leg]
				sh.current.media.ReceiveControl(sh.now, d.Data, d.Peer)
				continue
			}
			sh.current = sh.byPort[d.Leg]
			sh.current.media.Receive(sh.now, d.Data, d.Peer)
		}
		sh.current = nil
	}
}

// warm asks for the memory of all sessions that are going to be needed, so that
// they need not wait for it one after the other.
func (sh *Shard) warm(in []netio.Datagram) {
	for i := range in {
		sh.current = sh.byPort[in[i].Leg]
		sh.warmth += sh.current.media.Warm()
		if p := sh.current.peer; p != nil {
			sh.warmth += int(p.at)
		}
	}
}

// tick runs the sessions whose time has come.
func (sh *Shard) tick() {
	for due := sh.wheel.due(sh.now); due != none; due = sh.wheel.due(sh.now) {
		for t := due; t != none; t = sh.wheel.after(t) {
			sh.current = sh.byPort[t.leg()]
			sh.warmth += sh.current.media.WarmFrame()
		}
		for t := due; t != none; {
			next := sh.wheel.after(t) // scheduling reuses the link
			l := sh.byPort[t.leg()]
			sh.current = l
			l.due = l.media.Tick(sh.now)
			sh.wheel.add(l.at, l.due)
			sh.outbox.serve(l.taps[:])
			for i := range l.plays {
				sh.outbox.serveFeed(l.plays[i])
			}
			t = next
		}
		sh.current = nil
	}
}

// flush hands collected packets to the wire.
func (sh *Shard) flush() {
	if sh.out.n > 0 {
		sh.packets.Send(sh.out.batch[:sh.out.n])
		sh.out.n, sh.out.used = 0, 0
	}
}

// report hands the lap's events to the control plane and rings for it when
// there are any.
func (sh *Shard) report() {
	sh.behave()
	news := sh.outbox.deliver()
	if sh.now.Sub(sh.published) >= publishEvery || sh.ending || !sh.busy() {
		sh.published = sh.now
		news = sh.publish() || news
	}
	if news {
		sh.bell.Ring()
	}
	sh.count.Busy += sh.pacer.Now().Sub(sh.now)
}

// publish offers the counters, and sees to what is done once a second; false
// when there is no room, and the next second's will do.
func (sh *Shard) publish() bool {
	sh.count.Counters = sh.packets.Counters()
	sh.count.EventsLost = sh.outbox.dropped
	sh.count.Sessions = uint64(len(sh.sessions))
	if sh.store != nil {
		sh.store.Sweep(func(clip uint64) { sh.outbox.tell(ClipDone, clip) })
	}
	if sh.pane.events.Used() < eventBytes/2 { // what happened is more important
		sh.outbox.notice.Kind, sh.outbox.notice.Counters = Counted, sh.count
		sh.outbox.put(&sh.outbox.notice)
	}
	return sh.outbox.deliver()
}

// closeAll ends every session; the shard has stopped once the events are out.
func (sh *Shard) closeAll(why msg.Reason) {
	for _, l := range sh.sessions {
		sh.current = l
		l.reason = why
		sh.remove(l)
	}
	sh.current = nil
	sh.ending = true
}

// stopped reports whether the thread may go.
func (sh *Shard) stopped() bool { return sh.ending && !sh.outbox.holds() }
