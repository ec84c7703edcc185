package sip

import (
	"net/netip"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// slotKey is what an INVITE and its CANCEL have in common, whatever way they
// came (RFC 3261 §9.2, §8.2.2.2).
type slotKey struct {
	callID, fromTag string
	seq             uint32
}

func slotKeyOf(req *gosip.Request) slotKey {
	tag, _ := req.From().Params.Get("tag")
	return slotKey{req.CallID().Value(), tag, req.CSeq().SeqNo}
}

// slot is an INVITE that has come in. It exists before the transaction does,
// because its CANCEL may overtake it on the way through sipgo.
type slot struct {
	branch    string
	d         *Dialog // once a handler has taken the INVITE
	cancelled bool    // before one did
	timer     *time.Timer
}

// expect opens a slot for a new INVITE. It reports false when the same request
// has come another way: it was forked on its way to us.
func (e *Endpoint) expect(req *gosip.Request) bool {
	key := slotKeyOf(req)
	branch, _ := req.Via().Params.Get("branch")
	e.mu.Lock()
	defer e.mu.Unlock()
	if s := e.slots[key]; s != nil {
		return s.branch == branch
	}
	s := &slot{branch: branch}
	s.timer = time.AfterFunc(e.timers.give, func() { e.forget(key, s) }) // if sipgo loses it
	e.slots[key] = s
	return true
}

// expectReinvite opens a slot for an INVITE within a dialog.
func (e *Endpoint) expectReinvite(req *gosip.Request) { e.expect(req) }

// forget closes an unclaimed slot.
func (e *Endpoint) forget(key slotKey, s *slot) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.slots[key] == s && s.d == nil {
		delete(e.slots, key)
	}
}

// claim gives the slot of an INVITE to its dialog. It reports whether the CANCEL
// has come already.
func (e *Endpoint) claim(req *gosip.Request, d *Dialog) (cancelled bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	s := e.slots[slotKeyOf(req)]
	if s == nil {
		return false
	}
	s.timer.Stop()
	s.d = d
	return s.cancelled
}

// release closes the slot of an INVITE that is dealt with.
func (e *Endpoint) release(req *gosip.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	key := slotKeyOf(req)
	if s := e.slots[key]; s != nil {
		s.timer.Stop()
		delete(e.slots, key)
	}
}

// cancel takes in a CANCEL and reports whether it found its INVITE.
func (e *Endpoint) cancel(req *gosip.Request, a arrival) bool {
	branch, _ := req.Via().Params.Get("branch")
	e.mu.Lock()
	s := e.slots[slotKeyOf(req)]
	if s == nil || s.branch != branch {
		e.mu.Unlock()
		return false
	}
	d := s.d
	if d == nil {
		s.cancelled = true
	}
	e.mu.Unlock()
	if d != nil {
		d.onCancel(req)
	}
	return true
}

// add makes a dialog known; false when the endpoint takes no more.
func (e *Endpoint) add(d *Dialog) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closing {
		return false
	}
	e.dialogs[dialogKey{d.callID, d.localTag}] = d
	return true
}

// drop forgets a dialog and the branches of the INVITEs it sent.
func (e *Endpoint) drop(d *Dialog, branches []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.dialogs, dialogKey{d.callID, d.localTag})
	for _, b := range branches {
		delete(e.branches, b)
	}
	if e.closing && len(e.dialogs) == 0 {
		select {
		case <-e.idle:
		default:
			close(e.idle)
		}
	}
}

// watch makes the responses to an INVITE of d find it.
func (e *Endpoint) watch(branch string, d *Dialog) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.branches[branch] = d
}

func (e *Endpoint) dialogOfBranch(branch string) *Dialog {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.branches[branch]
}

// dialog finds the dialog a request belongs to (RFC 3261 §12.2.2), and refuses
// one that comes from somebody who is no part of it.
func (e *Endpoint) dialog(req *gosip.Request, a arrival) *Dialog {
	toTag, ok := req.To().Params.Get("tag")
	if !ok {
		return nil
	}
	fromTag, _ := req.From().Params.Get("tag")
	e.mu.Lock()
	d := e.dialogs[dialogKey{req.CallID().Value(), toTag}]
	e.mu.Unlock()
	if d == nil || !d.isWith(fromTag) {
		return nil
	}
	if !d.mayCome(a.from.Addr()) {
		e.refusals.say("foreign_source_in_dialog", a.from, "method", string(req.Method), "call_id", clean(d.callID))
		return nil
	}
	return d
}

// mayCome reports whether requests of this dialog may come from source: from its
// trunk, or from whom it was placed with.
func (d *Dialog) mayCome(source netip.Addr) bool {
	if d.trunk != nil {
		if t := d.e.trunks.bySource(source); t != nil && t.Name == d.trunk.Name {
			return true
		}
	}
	return d.hasPeer(source)
}
