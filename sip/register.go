package sip

import (
	"net/netip"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

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
func (e *Endpoint) dialog(req *gosip.Request, a sockets.Arrival) *Dialog {
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
	if !d.mayCome(a.From.Addr()) {
		e.refused(ruleForeign, a.From, "method", string(req.Method), "call_id", wire.Clean(d.callID))
		return nil
	}
	return d
}

// mayCome reports whether requests of this dialog may come from source: from its
// trunk, or from whom it was placed with.
func (d *Dialog) mayCome(source netip.Addr) bool {
	if d.trunk != nil {
		if t := d.e.trunkOf(source); t != nil && t.Name == d.trunk.Name {
			return true
		}
	}
	return d.hasPeer(source)
}
