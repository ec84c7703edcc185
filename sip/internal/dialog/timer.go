package dialog

import (
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/refresh"
)

// session is the session timer of a dialog (RFC 4028): who sees to it that the
// far side still lives, and when it is taken for dead.
type session struct {
	refresh.Terms
	clock *time.Timer // until the refresh, or until the end
	until time.Time   // the end, when nobody refreshes
}

func (d *Dialog) policy() refresh.Policy { return refresh.PolicyOf(d.trunk) }

// learnTimer takes the session timer from a 2xx of the far side. Only within do.
func (d *Dialog) learnTimer(res *gosip.Response) {
	d.runTimer(d.policy().Learn(refresh.Read(res), d.session.Terms))
}

// tooShort takes in a 422. It reports whether to ask again, for longer. Only within
// do.
func (d *Dialog) tooShort(res *gosip.Response) (again bool) {
	d.session.Terms, again = d.session.Longer(refresh.Read(res))
	return again
}

// runTimer starts a session interval. Only within do.
func (d *Dialog) runTimer(t refresh.Terms) {
	halt(d.session.clock)
	d.session = session{Terms: t}
	if t.Interval == 0 {
		return
	}
	times := d.layer.Timers
	d.session.until = time.Now().Add(times.session(t.Deadline()))
	d.session.clock = d.after(times.session(t.Wait()), d.onSession)
}

// onSession is the end of a wait: refresh, or give the session up.
func (d *Dialog) onSession() {
	left := time.Until(d.session.until)
	switch {
	case d.state == over || d.ended:
		return
	case left <= 0:
		d.dead("the session timer ran out")
		return
	}
	// And again, should this come to nothing, or our answer not be acknowledged yet.
	d.session.clock = d.after(max(left/2, d.layer.Timers.session(time.Second)), d.onSession)
	if d.state == up && d.session.Ours {
		d.refresh()
	}
}

// dead ends a session that nobody keeps alive. Only within do.
func (d *Dialog) dead(why string) {
	c := cause.New(cause.Unreachable, why)
	c.Status, c.Q850 = 0, 102 // recovery on timer expiry
	d.report(Event{Kind: Ended, Cause: c})
	d.sendBye(c)
}

// refresh shows the far side that we live, by UPDATE when it takes that, else by
// the offer that stands, once more (RFC 4028 §7.4). Only within do.
func (d *Dialog) refresh() {
	if d.renew != nil && !d.renew.final || d.reoffer != nil || d.waiting != nil {
		return // that will refresh it too
	}
	if d.peerUpdates && (d.trunk == nil || d.trunk.Timer.Refresh != "reinvite") {
		req := d.line.Request(gosip.UPDATE)
		d.policy().Ask(req, d.session.Terms, d.state != up)
		req.SetBody(nil)
		d.transact(&d.line, req, d.onRefreshed)
		return
	}
	if len(d.sdp) > 0 {
		d.offer(&outbound{offer: d.sdp, refresh: true})
	}
}

// onRefreshed takes the answer to an UPDATE that refreshes the session; nil: none
// came. What refuses it otherwise is tried again while there is time.
func (d *Dialog) onRefreshed(res *gosip.Response) {
	d.do(func() {
		switch {
		case d.state != up || d.ended:
		case res == nil || res.StatusCode == 408 || res.StatusCode == 481:
			d.dead("the far side does not know the call any more")
		case res.StatusCode == 405 || res.StatusCode == 501: // it said it could
			d.peerUpdates = false
			d.refresh()
		case res.StatusCode == 422 && d.tooShort(res):
			d.refresh()
		case res.IsSuccess():
			d.line.Refresh(res)
			d.learnTimer(res)
		}
	})
}
