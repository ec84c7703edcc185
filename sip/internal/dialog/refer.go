package dialog

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/refer"
	"trunkline/sip/internal/roster"
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
	text, n := line.Value(req, "Refer-To", "r")
	to, err := refer.ReadTarget(text)
	d.do(func() {
		switch {
		case d.state != up || d.ended:
			d.refuseBy(wire.RuleNoDialog, in, 481)
		case d.trunk != nil && d.trunk.Refer == "refuse":
			d.refuseBy(wire.RuleRefer, in, 403)
		case n != 1 || err != nil:
			d.refuseBy(wire.RuleMessage, in, 400)
		case d.told != nil:
			d.refuseBy(wire.RuleSecond, in, 491) // one transfer at a time
		default:
			d.takeReferral(in, to)
		}
	})
	d.wait(in, tx.Done())
}

// takeReferral accepts a REFER. Only within do.
func (d *Dialog) takeReferral(in *inbound, to refer.Target) {
	r := &Referral{To: Party{User: to.User, Host: to.Host}, Replaces: to.Replaces}
	by, _ := line.Value(in.req, "Referred-By", "b")
	r.By = wire.Clean(by)
	d.referrals++
	sub, _ := line.Value(in.req, "Refer-Sub", "")
	var silent bool
	d.told, silent = refer.NewTelling(d.referrals, in.seq, sub)
	res := d.line.Response(in.req, 202, nil)
	if silent {
		res = d.line.Response(in.req, 200, nil)
		res.AppendHeader(gosip.NewHeader("Refer-Sub", "false"))
	}
	d.send(in, res)
	d.then(func() { d.do(in.finish) })
	d.tell(100)
	if to.Replaces != nil {
		d.then(func() { r.Known = d.layer.Find(*to.Replaces) }) // its lock is another's: not under ours
	}
	d.report(Event{Kind: Referred, Refer: r})
}

// Tell reports to the far side how the transfer it wants goes; a final status is
// the last word. Without a transfer it does nothing. A Hangup that follows waits
// until the far side has heard it.
func (d *Dialog) Tell(status int) { d.do(func() { d.tell(status) }) }

func (d *Dialog) tell(status int) {
	if d.told != nil {
		d.told.Add(status)
		d.notify(d.told)
	}
}

// notify sends what is to be told next, and what waits for the last of it. Only
// within do.
func (d *Dialog) notify(t *refer.Telling) {
	if d.gone || d.state == over {
		return
	}
	event, state, status, ok := t.Next()
	if ok {
		req := d.line.Request(gosip.NOTIFY)
		req.AppendHeader(gosip.NewHeader("Event", event))
		req.AppendHeader(gosip.NewHeader("Subscription-State", state))
		req.AppendHeader(gosip.NewHeader("Content-Type", refer.FragmentType))
		req.SetBody(refer.Fragment(status, wire.Phrase(status)))
		d.transact(&d.line, req, func(res *gosip.Response) {
			d.do(func() {
				t.Heard(line.StatusOf(res))
				d.notify(t)
			})
		})
	}
	if t.Over() && d.told == t {
		d.told = nil
	}
	if d.bye != nil && !t.Busy() {
		d.sendBye(*d.bye)
	}
}

// Refer asks the far side to call uri itself, in the place of the dialog that r
// names if there is one. Transferred tells how it goes: with a final status once,
// at the end. The dialog stays until somebody hangs up.
func (d *Dialog) Refer(uri, by string, r *Replaces) (err error) {
	to := "<" + uri + ">"
	if r != nil {
		to = r.In(uri)
	}
	if wire.HasControl(to) || wire.HasControl(by) || strings.ContainsAny(uri, "<> \"") {
		return fmt.Errorf("refer to %.60q: not a URI", uri)
	}
	d.do(func() {
		if d.state != up || d.ended {
			err = ErrPast
			return
		}
		if d.asked.Open() {
			err = errors.New("refer: another transfer is under way")
			return
		}
		req := d.line.Request(gosip.REFER)
		a := &refer.Asking{Seq: d.line.Seq}
		d.asked = a
		req.AppendHeader(gosip.NewHeader("Refer-To", to))
		if by != "" {
			req.AppendHeader(gosip.NewHeader("Referred-By", by))
		}
		req.SetBody(nil)
		d.transact(&d.line, req, func(res *gosip.Response) { d.do(func() { d.onReferAnswered(a, res) }) })
	})
	return err
}

// onReferAnswered takes the answer to a REFER of ours; nil: none came. How that has
// gone may be known by then, and the next one be under way. Only within do.
func (d *Dialog) onReferAnswered(a *refer.Asking, res *gosip.Response) {
	switch {
	case d.asked != a:
	case res == nil:
		d.transferred(408)
		d.asked = nil
	case res.IsSuccess(): // NOTIFY will tell, and names the REFER as it was sent last
		a.Seq = res.CSeq().SeqNo
	default:
		d.transferred(res.StatusCode)
		d.asked = nil
	}
}

// transferred reports how a transfer goes that we have asked for. Only within do.
func (d *Dialog) transferred(status int) {
	if !d.asked.Say(status) {
		return
	}
	ev := Event{Kind: Transferred, Status: status}
	if status >= 300 {
		ev.Cause = cause.FromStatus(status, wire.Phrase(status))
	}
	d.report(ev)
}

// onNotify takes in how a transfer goes that we have asked for (RFC 3515 §2.4.4).
func (d *Dialog) onNotify(req *gosip.Request, tx *gosip.ServerTx) {
	in := newInbound(req, tx)
	event, _ := line.Value(req, "Event", "o")
	state, _ := line.Value(req, "Subscription-State", "")
	n := refer.ReadNotice(event, state, req.Body())
	d.do(func() {
		switch {
		case !n.Refer:
			d.refuseBy(wire.RuleEvent, in, 489, "Allow-Events: refer")
			return
		case !n.Of(d.asked):
			d.refuseBy(wire.RuleNoDialog, in, 481)
			return
		}
		d.succeed(in, nil)
		if n.Status != 0 {
			d.transferred(n.Status)
		}
		if n.Terminated {
			d.asked = nil
		}
	})
	d.wait(in, tx.Done())
}

// Replaces names the dialog to whoever shall take our place in it: in an INVITE to
// the far side, which knows our tag as the one of From (RFC 3891 §3).
func (d *Dialog) Replaces() (r Replaces) {
	d.do(func() { r = Replaces{CallID: d.key.CallID, ToTag: d.line.RemoteTag, FromTag: d.line.LocalTag} })
	return r
}

// Find returns the dialog that is named from the outside, or nil.
func (l *Layer) Find(r Replaces) *Dialog {
	d := l.roster.Find(roster.Key{CallID: r.CallID, LocalTag: r.ToTag})
	if d == nil || !d.isWith(r.FromTag) {
		return nil
	}
	return d
}

// replacing finds the dialog that an INVITE wants to take the place of (RFC 3891
// §3). Only whoever might speak within that dialog may.
func (l *Layer) replacing(req *gosip.Request, from netip.Addr) (d *Dialog, f *wire.Fault) {
	values := req.GetHeaders("Replaces")
	if len(values) == 0 {
		return nil, nil
	}
	r, err := refer.ReadReplaces(values[0].Value())
	if err != nil || len(values) > 1 {
		return nil, &wire.Fault{Status: 400, Why: "Replaces"}
	}
	d = l.Find(r)
	if d == nil || !d.mayCome(from) {
		return nil, &wire.Fault{Status: 481, Why: "Replaces names no dialog"}
	}
	d.queue.View(func() {
		switch {
		case d.ended || d.state == over:
			f = &wire.Fault{Status: 603, Why: "Replaces names a dialog that is over"}
		case r.Early && d.state == up:
			f = &wire.Fault{Status: 486, Why: "Replaces wants an early dialog"}
		case d.state != up:
			f = &wire.Fault{Status: 481, Why: "Replaces names a dialog that is not up"}
		}
	})
	if f != nil {
		return nil, f
	}
	return d, nil
}
