package dialog

import (
	"errors"
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/refer"
	"trunkline/sip/internal/wire"
)

// Replaces names a dialog from the outside (RFC 3891).
type Replaces = refer.Replaces

// Referral is a far side's wish to be connected with somebody else (RFC 3515).
type Referral struct {
	To       Party
	Replaces *Replaces // the dialog that the new call shall take the place of
	// Known is that dialog, when it is one of ours: both halves of an attended
	// transfer are here.
	Known *Dialog
	By    string // Referred-By, for who wants to pass it on
}

// onRefer takes in a REFER. Whoever decides hears of it as Referred and tells how
// it goes by Tell.
func (d *Dialog) onRefer(req *gosip.Request, tx *gosip.ServerTx) {
	in := newInbound(req, tx)
	values := req.GetHeaders("Refer-To")
	d.do(func() {
		if d.state != up || d.ended {
			d.refuse(in, 481)
			return
		}
		if d.trunk != nil && d.trunk.Refer == "refuse" {
			d.refuse(in, 403, `Reason: SIP;cause=403;text="refer_refused"`)
			return
		}
		if len(values) != 1 {
			d.refuse(in, 400)
			return
		}
		to, err := refer.ReadTarget(values[0].Value())
		if err != nil {
			d.layer.Refused(RuleMessage, d.peer, "method", "REFER", "why", err.Error())
			d.refuse(in, 400)
			return
		}
		if d.told != nil {
			d.refuse(in, 491) // one transfer at a time
			return
		}
		r := &Referral{To: Party{User: to.User, Host: to.Host}, Replaces: to.Replaces}
		if h := req.GetHeader("Referred-By"); h != nil {
			r.By = wire.Clean(h.Value())
		}
		d.told = &telling{}
		if h := req.GetHeader("Refer-Sub"); h != nil && strings.EqualFold(strings.TrimSpace(h.Value()), "false") {
			d.told.silent = true // RFC 4488
		}
		d.send(in, d.response(req, 202, nil))
		d.then(func() { d.do(in.finish) })
		d.tell(100)
		if r.Replaces != nil {
			found := *r.Replaces
			d.then(func() { r.Known = d.layer.Find(found) }) // its lock is another's: not under ours
		}
		d.report(Event{Kind: Referred, Refer: r})
	})
	d.wait(in, tx.Done())
}

// telling is the subscription that a REFER makes: we tell how the transfer goes.
type telling struct {
	silent bool  // nobody wants to hear
	queue  []int // statuses that wait for the one before to be answered
	busy   bool
}

// Tell reports to the far side how the transfer it wants goes; a final status is
// the last word. Without a transfer it does nothing.
func (d *Dialog) Tell(status int) { d.do(func() { d.tell(status) }) }

func (d *Dialog) tell(status int) {
	t := d.told
	if t == nil {
		return
	}
	if status >= 200 {
		defer func() { d.told = nil }()
	}
	if t.silent {
		return
	}
	t.queue = append(t.queue, status)
	d.notify(t)
}

// notify sends the next of what is to be told (RFC 3515 §2.4.5). Only within do.
func (d *Dialog) notify(t *telling) {
	if t.busy || len(t.queue) == 0 || d.gone || d.state == over {
		return
	}
	status := t.queue[0]
	t.queue, t.busy = t.queue[1:], true
	d.localSeq++
	req := d.request(gosip.NOTIFY, d.localSeq)
	contact := d.contact()
	req.AppendHeader(&contact)
	req.AppendHeader(gosip.NewHeader("Event", "refer"))
	state := "active;expires=180"
	if status >= 200 {
		state = "terminated;reason=noresource"
	}
	req.AppendHeader(gosip.NewHeader("Subscription-State", state))
	req.AppendHeader(gosip.NewHeader("Content-Type", refer.FragmentType))
	req.SetBody(refer.Fragment(status, wire.Phrase(status)))
	d.then(func() {
		d.transact(req, func(*gosip.Response) {
			d.do(func() {
				t.busy = false
				d.notify(t)
			})
		})
	})
}

// Refer asks the far side to call uri itself, in the place of the dialog that r
// names if there is one. Transferred tells how it goes: with a final status once,
// at the end. The dialog stays until somebody hangs up.
func (d *Dialog) Refer(uri, by string, r *Replaces) (err error) {
	d.do(func() {
		if d.state != up || d.ended {
			err = ErrPast
			return
		}
		if d.asked {
			err = errors.New("refer: another transfer is under way")
			return
		}
		d.asked = true
		to := "<" + uri + ">"
		if r != nil {
			to = r.In(uri)
		}
		d.localSeq++
		req := d.request(gosip.REFER, d.localSeq)
		contact := d.contact()
		req.AppendHeader(&contact)
		req.AppendHeader(gosip.NewHeader("Refer-To", to))
		if by != "" {
			req.AppendHeader(gosip.NewHeader("Referred-By", by))
		}
		req.SetBody(nil)
		d.then(func() { d.transact(req, d.onReferAnswered) })
	})
	return err
}

// onReferAnswered takes the answer to our REFER; nil: none came.
func (d *Dialog) onReferAnswered(res *gosip.Response) {
	d.do(func() {
		switch {
		case res != nil && res.IsSuccess():
			return // NOTIFY will tell
		case res == nil:
			d.transferred(408)
		default:
			d.transferred(res.StatusCode)
		}
	})
}

// transferred reports how a transfer goes that we have asked for. Only within do.
func (d *Dialog) transferred(status int) {
	if !d.asked {
		return
	}
	d.asked = status < 200
	ev := Event{Kind: Transferred, Status: status}
	if status >= 300 {
		ev.Cause = cause.FromStatus(status, wire.Phrase(status))
	}
	d.report(ev)
}

// onNotify takes in how a transfer goes that we have asked for.
func (d *Dialog) onNotify(req *gosip.Request, tx *gosip.ServerTx) {
	in := newInbound(req, tx)
	d.do(func() {
		event := ""
		if h := req.GetHeader("Event"); h != nil {
			event, _, _ = strings.Cut(h.Value(), ";")
		}
		if !strings.EqualFold(strings.TrimSpace(event), "refer") {
			d.refuse(in, 489, "Allow-Events: refer")
			return
		}
		d.send(in, d.response(req, 200, nil))
		d.then(func() { d.do(in.finish) })
		status, ok := refer.ReadFragment(req.Body())
		if h := req.GetHeader("Subscription-State"); !ok && h != nil && strings.HasPrefix(strings.ToLower(h.Value()), "terminated") {
			status, ok = 487, true // over, and nothing said
		}
		if ok {
			d.transferred(status)
		}
	})
	d.wait(in, tx.Done())
}

// Find returns the dialog that is named from the outside, or nil.
func (l *Layer) Find(r Replaces) *Dialog {
	l.mu.Lock()
	d := l.dialogs[key{r.CallID, r.ToTag}]
	l.mu.Unlock()
	if d == nil || !d.isWith(r.FromTag) {
		return nil
	}
	return d
}

// replacing finds the dialog that an INVITE wants to take the place of (RFC 3891
// §3). Only whoever might speak within that dialog may.
func (l *Layer) replacing(req *gosip.Request, from netip.Addr) (*Dialog, *wire.Fault) {
	values := req.GetHeaders("Replaces")
	if len(values) == 0 {
		return nil, nil
	}
	r, err := refer.ReadReplaces(values[0].Value())
	if err != nil || len(values) > 1 {
		return nil, &wire.Fault{Status: 400, Why: "Replaces"}
	}
	d := l.Find(r)
	if d == nil || !d.mayCome(from) {
		return nil, &wire.Fault{Status: 481, Why: "Replaces names no dialog"}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.ended || d.state == over:
		return nil, &wire.Fault{Status: 603, Why: "Replaces names a dialog that is over"}
	case r.Early && d.state == up:
		return nil, &wire.Fault{Status: 486, Why: "Replaces wants an early dialog"}
	case d.state != up:
		return nil, &wire.Fault{Status: 481, Why: "Replaces names a dialog that is not up"}
	}
	return d, nil
}
