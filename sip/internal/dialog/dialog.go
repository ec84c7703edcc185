package dialog

import (
	"errors"
	"fmt"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/trunk"
)

// Dialog is one INVITE dialog.
//
// Its state is guarded by one lock that is held for computing only. What is to
// be sent or reported is put on a list and done after the lock is free, in order,
// by whoever holds the list at that moment. So a sink may call the dialog back,
// and a slow peer holds up nobody else.
type Dialog struct {
	layer    *Layer
	callID   string
	localTag string
	trunk    *trunk.Trunk // nil when a URI was dialled directly
	outgoing bool

	mu    sync.Mutex
	todo  []func() // what remains to be done
	doing bool     // somebody is at it
	sink  func(Event)
	early []Event // reported before there was a sink

	state state
	ended bool // Ended was reported
	gone  bool // forgotten by the endpoint

	local, remote gosip.Uri // of From and To, without tags
	localName     string    // display names, quoted for the wire
	remoteName    string
	remoteTag     string
	target        gosip.Uri   // the far side's Contact
	routes        []gosip.Uri // in the order of Route headers
	peerUpdates   bool        // the far side takes UPDATE
	localSeq      uint32
	remoteSeq     uint32

	at    sockets.Place  // where we are
	peer  netip.AddrPort // where the far side's messages come from or ours went
	peers []netip.Addr   // what we told the trunk table

	in      *inbound          // the INVITE that made the dialog, when it came to us
	way     *journey          // of a dialog that we begin, until it is answered
	out     *outbound         // the INVITE that made the dialog, when we sent it
	rung    map[string]*early // what has rung of it, by tag
	past    []*outbound       // those before it, to other hops or without a password
	reoffer *inbound          // the peer's re-INVITE or UPDATE that waits for an answer
	renew   *outbound         // our re-INVITE
	waiting *outbound         // a re-INVITE that is sent again after a glare
	held    []byte            // the offer of a Reoffer that waits for an ACK
	told    *telling          // a transfer that the far side wants
	asked   bool              // a transfer that we want
	session session           // the session timer
	sdp     []byte            // what we last offered or answered
	bye     bool              // a BYE is owed as soon as the rules allow one
	sent    []string
}

// state is how far a dialog has come.
//
//	coming ──2xx──▶ answered ──ACK──▶ up ──▶ over
//	calling ──1xx──▶ ringing ──2xx──▶ up ──▶ over
//
// From every state a refusal, a CANCEL, a BYE or silence leads to over.
type state uint8

const (
	coming   state = iota // we have an INVITE and have not answered it
	answered              // we sent 2xx and have no ACK
	calling               // we sent an INVITE and heard nothing
	ringing               // we heard a provisional response
	up                    // established on both sides
	over                  // ended; only the last message may be under way
)

// ErrPast says that a dialog cannot do any more what was asked of it.
var ErrPast = errors.New("the dialog is past that")

// CallID returns the dialog's Call-ID.
func (d *Dialog) CallID() string { return d.callID }

// Handle sets the sink of an incoming dialog's events.
func (d *Dialog) Handle(sink func(Event)) {
	d.do(func() {
		d.sink = sink
		for _, ev := range d.early {
			d.then(func() { sink(ev) })
		}
		d.early = nil
	})
}

// do changes the dialog's state by f, then does what f and others have asked
// for with then, unless somebody is doing that already.
func (d *Dialog) do(f func()) {
	d.mu.Lock()
	if !d.safely(f) {
		d.safely(func() { d.end(cause.New(cause.Failed, "internal error")) })
	}
	if d.doing {
		d.mu.Unlock()
		return
	}
	d.doing = true
	for len(d.todo) > 0 {
		next := d.todo[0]
		d.todo = d.todo[1:]
		d.mu.Unlock()
		d.guard(next)
		d.mu.Lock()
	}
	d.todo = nil
	d.doing = false
	d.mu.Unlock()
}

// then asks for f to be done without the lock. Only within do.
func (d *Dialog) then(f func()) { d.todo = append(d.todo, f) }

// guard runs f without the lock; when it panics, this dialog ends and nothing else.
func (d *Dialog) guard(f func()) {
	if !d.safely(f) {
		d.do(func() { d.end(cause.New(cause.Failed, "internal error")) })
	}
}

// safely runs f and reports whether it came to its end.
func (d *Dialog) safely(f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			d.layer.Log.Error("sip dialog panicked", "call_id", d.callID, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			ok = false
		}
	}()
	f()
	return true
}

// report queues an event for the sink. Nothing follows Ended.
func (d *Dialog) report(ev Event) {
	if d.ended {
		return
	}
	d.ended = ev.Kind == Ended
	if d.sink == nil {
		d.early = append(d.early, ev)
		return
	}
	sink := d.sink
	d.then(func() { sink(ev) })
}

// Hangup ends the dialog by whatever its state demands: a refusal, CANCEL or
// BYE. Ended follows. Hanging up twice is harmless.
func (d *Dialog) Hangup(c Cause) {
	c = c.Complete()
	c.Remote = false
	d.do(func() {
		if !d.ended {
			d.end(c)
		}
	})
}

// end reports the end and takes leave of the far side. Only within do.
func (d *Dialog) end(c Cause) {
	d.report(Event{Kind: Ended, Cause: c})
	switch d.state {
	case coming:
		d.state = over
		d.reject(c)
	case answered:
		d.bye = true // not before the ACK: RFC 3261 §15
	case calling:
		if d.out.sent == nil { // it has not even left
			d.state = over
			d.remove()
			return
		}
		d.out.cancel = &c // not before a provisional response: RFC 3261 §9.1
	case ringing:
		d.out.cancel = &c
		d.sendCancel(c)
	case up:
		d.sendBye(c)
	case over:
	}
}

// lost ends a dialog whose far side does not answer any more.
func (d *Dialog) lost(why string) {
	c := cause.New(cause.Unreachable, why)
	c.Status, c.Q850, c.Remote = 0, 102, true
	d.report(Event{Kind: Ended, Cause: c})
}

// remove forgets the dialog; nothing is to be sent any more. Only within do.
func (d *Dialog) remove() {
	if d.gone {
		return
	}
	d.report(Event{Kind: Ended, Cause: cause.New(cause.Failed, "endpoint closed")})
	d.gone, d.state = true, over
	for _, a := range d.peers {
		d.layer.Table.DropPeer(a)
	}
	for _, in := range []*inbound{d.in, d.reoffer} {
		if in != nil {
			in.finish()
		}
		if in != nil && in.req != nil {
			d.layer.Invites.Release(in.req)
		}
	}
	for _, out := range []*outbound{d.out, d.renew, d.waiting} {
		if out != nil && out.clock != nil {
			out.clock.Stop()
		}
	}
	if d.session.clock != nil {
		d.session.clock.Stop()
	}
	d.peers = nil
	d.layer.drop(d, d.sent)
}

// after runs f, within do, after wait unless the dialog is gone by then. The
// dialog keeps no list of its timers: a long call has any number of them.
func (d *Dialog) after(wait time.Duration, f func()) *time.Timer {
	return time.AfterFunc(wait, func() {
		d.do(func() {
			if !d.gone {
				f()
			}
		})
	})
}

// knowPeer lets the far side in, although no trunk names it.
func (d *Dialog) knowPeer(a netip.Addr) {
	a = a.Unmap()
	for _, p := range d.peers {
		if p == a {
			return
		}
	}
	d.peers = append(d.peers, a)
	d.layer.Table.AddPeer(a)
}

func (d *Dialog) hasPeer(a netip.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.peer.Addr() == a.Unmap() {
		return true
	}
	for _, p := range d.peers {
		if p == a.Unmap() {
			return true
		}
	}
	return false
}

// isWith reports whether tag is the far side's. Before the far side has one, any
// may be.
func (d *Dialog) isWith(tag string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return tag != "" && (d.remoteTag == tag || d.rung[tag] != nil)
}
