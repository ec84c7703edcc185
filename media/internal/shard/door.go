package shard

import (
	"trunkline/internal/netio"
	"trunkline/internal/netio/shm"
	"trunkline/media/internal/wire"
	"trunkline/media/msg"
)

// Door is the control plane's end of the connection to one Shard, which may be
// in another process. Post, HasRoom and Quit are serialised by the caller;
// Await and Collect belong to one pump goroutine.
type Door struct {
	pane pane
	wake func()
	bell netio.Bell
	bag  wire.Baggage

	scratch []byte
	coder   wire.Coder // of push; a field, so that it is not allocated each time
	shut    bool
	notice  Notice
}

// NewDoor makes the door to the shard whose memory is m. wake ends the thread's
// sleep, bell is what it rings, and bag carries what records cannot hold.
func NewDoor(m shm.Memory, wake func(), bell netio.Bell, bag wire.Baggage) *Door {
	return &Door{pane: newPane(m), wake: wake, bell: bell, bag: bag, scratch: make([]byte, 0, 4096)}
}

// HasRoom reports whether a wish would be taken.
//
// The last half of the ring is kept for Close: a shard that is too busy for
// wishes must still be able to shed load, and calls that end must end.
func (d *Door) HasRoom() bool { return !d.shut && d.pane.commands.Used() < commandBytes/2 }

// Post hands cmd over and returns at once; false means that the shard is too
// busy, or closing, and will not see it.
func (d *Door) Post(cmd Command) bool {
	if _, ends := cmd.(*Close); d.shut || !ends && !d.HasRoom() || d.pane.commands.Used() > commandBytes-lastRoom {
		return false
	}
	return d.push(cmd)
}

// lastRoom is kept for Quit, which must always fit.
const lastRoom = 4096

// Quit asks the shard to finish its sessions and stop, and returns at once; the
// end of Run says that it did. What was posted before is still obeyed; nothing
// is taken afterwards.
func (d *Door) Quit() bool { return d.QuitFor(msg.Wished) }

// QuitFor is Quit with a reason that sessions are Closed with.
func (d *Door) QuitFor(why msg.Reason) bool {
	d.shut = d.shut || d.push(&Quit{Reason: why})
	return d.shut
}

// Alone tells the shard whether there is nobody who hears its events: 1, or 0.
// Sessions whose media is lost meanwhile end by themselves.
func (d *Door) Alone(nobody uint64) { d.pane.alone.Store(nobody) }

// Asleep reports whether the thread sleeps, since it has no sessions.
func (d *Door) Asleep() bool { return d.pane.asleep.Load() != 0 }

func (d *Door) push(cmd Command) bool {
	d.coder = wire.Writer(d.scratch[:0], d.bag)
	x := &d.coder
	encode(x, cmd)
	d.scratch = x.Written()[:0]
	if !x.OK() || !d.pane.commands.Push(x.Written()) {
		return false
	}
	if d.pane.asleep.Load() != 0 && d.pane.asleep.Swap(0) != 0 {
		d.wake()
	}
	return true
}

// Await waits until the shard has reported something; false after the bell was
// closed.
func (d *Door) Await() bool { return d.bell.Wait() }

// Collect hands over all that was reported, in order. The Notice is to's during
// the call only; to must not block. A notice that to did not return from is
// handed over again by the Door that comes after.
func (d *Door) Collect(to func(*Notice)) {
	for rec, ok := d.pane.events.Next(); ok; rec, ok = d.pane.events.Next() {
		x := wire.Reader(rec, nil)
		d.notice = Notice{}
		d.notice.fields(&x)
		if x.OK() {
			to(&d.notice)
		}
		d.pane.events.Done()
	}
}
