package dialog

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// session is the session timer of a dialog (RFC 4028): who sees to it that the
// far side still lives, and when it is taken for dead.
type session struct {
	expires time.Duration // 0: there is none
	ours    bool          // we refresh
	clock   *time.Timer   // until the refresh, or until the end
	until   time.Time     // the end, when nobody refreshes
}

// The least interval, and what is asked for when nobody says (RFC 4028 §4, §5).
const (
	leastSession = 90 * time.Second
	usualSession = 30 * time.Minute
)

// timing is a trunk's policy for session timers, with its defaults.
type timing struct {
	off, ask     bool
	expires, min time.Duration
}

func timingOf(t *trunk.Trunk) timing {
	w := timing{expires: usualSession, min: leastSession}
	if t == nil {
		return w
	}
	w.off, w.ask = t.Timer.Policy == "off", t.Timer.Policy == "request"
	w.expires, w.min = t.Timer.Expires.Or(w.expires), max(t.Timer.Min.Or(w.min), leastSession)
	return w
}

// offerTimer asks for a session timer in a request that opens or refreshes the
// session.
func (d *Dialog) offerTimer(req *gosip.Request) {
	w := timingOf(d.trunk)
	if w.off {
		return
	}
	least, expires := w.min, d.session.expires
	if d.way != nil && d.way.minSE > 0 {
		least = max(least, time.Duration(d.way.minSE)*time.Second)
		expires = max(w.expires, least)
	}
	if expires == 0 && w.ask && d.state != up {
		expires = w.expires
	}
	if expires == 0 {
		return
	}
	value := inSeconds(max(expires, least))
	if d.session.expires > 0 { // a refresh keeps its roles (§7.4)
		value += ";refresher=" + role(d.session.ours)
	}
	req.AppendHeader(gosip.NewHeader("Session-Expires", value))
	req.AppendHeader(gosip.NewHeader("Min-SE", inSeconds(least)))
}

// role is what the one who sends a request writes for us, or for the other.
func role(ours bool) string {
	if ours {
		return "uac"
	}
	return "uas"
}

// checkTimer refuses an interval that is too short for us (§9). A far side that
// knows no session timers cannot be told so.
func checkTimer(t *trunk.Trunk, req *gosip.Request) *wire.Fault {
	w := timingOf(t)
	asked := time.Duration(number(req, "Session-Expires")) * time.Second
	if w.off || asked == 0 || asked >= w.min || !lists(req, "Supported", "timer") {
		return nil
	}
	return &wire.Fault{Status: 422, Why: fmt.Sprintf("session interval of %s", asked), Extra: []string{"Min-SE: " + inSeconds(w.min)}}
}

// acceptTimer decides on the session timer that a request of the far side asks
// for, or that we want, and says so in our 2xx (§9). Only within do.
func (d *Dialog) acceptTimer(req *gosip.Request, res *gosip.Response) {
	w := timingOf(d.trunk)
	if w.off {
		return
	}
	knows := lists(req, "Supported", "timer")
	asked := time.Duration(number(req, "Session-Expires")) * time.Second
	expires := min(asked, w.expires)
	if asked == 0 {
		if expires = d.session.expires; expires == 0 && w.ask {
			expires = w.expires
		}
		if expires == 0 || !knows && !w.ask && d.session.expires == 0 {
			d.runTimer(0, false)
			return
		}
	}
	expires = max(expires, w.min, time.Duration(number(req, "Min-SE"))*time.Second)
	ours := !knows
	switch {
	case refresher(req) == "uas":
		ours = true
	case asked == 0:
		ours = true
	}
	who := "uas"
	if !ours {
		who = "uac"
		res.AppendHeader(gosip.NewHeader("Require", "timer"))
	}
	res.AppendHeader(gosip.NewHeader("Session-Expires", inSeconds(expires)+";refresher="+who))
	d.runTimer(expires, ours)
}

// learnTimer takes the session timer from a 2xx of the far side (§7.2). Only
// within do.
func (d *Dialog) learnTimer(res *gosip.Response) {
	expires := time.Duration(number(res, "Session-Expires")) * time.Second
	if timingOf(d.trunk).off {
		expires = 0
	}
	if expires > 0 {
		expires = max(expires, leastSession)
	}
	d.runTimer(expires, refresher(res) != "uas")
}

// refresher reads who refreshes, in the words of whoever sent the request.
func refresher(m gosip.Message) string {
	values := m.GetHeaders("Session-Expires")
	if len(values) == 0 {
		return ""
	}
	for _, p := range strings.Split(values[0].Value(), ";")[1:] {
		if name, value, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(strings.TrimSpace(name), "refresher") {
			return strings.ToLower(strings.TrimSpace(value))
		}
	}
	return ""
}

// runTimer starts a session interval. Whoever refreshes does so at half of it; the
// other takes the session for dead a little before its end (§10). Only within do.
func (d *Dialog) runTimer(expires time.Duration, ours bool) {
	if d.session.clock != nil {
		d.session.clock.Stop()
	}
	d.session = session{expires: expires, ours: ours}
	if expires == 0 {
		return
	}
	expires = d.layer.Timers.session(expires)
	wait := expires - min(32*time.Second, expires/3)
	d.session.until = time.Now().Add(wait)
	if ours {
		wait = expires / 2
	}
	d.session.clock = d.after(wait, d.onSession)
}

// onSession is the end of a wait: refresh, or give the session up.
func (d *Dialog) onSession() {
	if d.state != up || d.ended {
		return
	}
	left := time.Until(d.session.until)
	if left <= 0 {
		c := cause.New(cause.Unreachable, "the session timer ran out")
		c.Q850 = 102 // recovery on timer expiry
		d.report(Event{Kind: Ended, Cause: c})
		d.sendBye(c)
		return
	}
	d.session.clock = d.after(max(left/2, time.Second), d.onSession) // and again, should this come to nothing
	if d.session.ours {
		d.refresh()
	}
}

// refresh shows the far side that we live, by UPDATE when it takes that, else by
// the offer that stands, once more (§7.4). Only within do.
func (d *Dialog) refresh() {
	if d.renew != nil && !d.renew.final || d.reoffer != nil {
		return // that will refresh it too
	}
	if d.peerUpdates && (d.trunk == nil || d.trunk.Timer.Refresh != "reinvite") {
		d.localSeq++
		req := d.request(gosip.UPDATE, d.localSeq)
		d.offerTimer(req)
		d.then(func() { d.transact(req, d.onRefreshed) })
		return
	}
	if len(d.sdp) > 0 {
		d.offer(&outbound{offer: d.sdp, refresh: true})
	}
}

// onRefreshed takes the answer to an UPDATE that refreshes the session; nil: none
// came.
func (d *Dialog) onRefreshed(res *gosip.Response) {
	d.do(func() {
		switch {
		case d.state != up || d.ended:
		case res == nil || res.StatusCode == 408 || res.StatusCode == 481:
			c := cause.New(cause.Unreachable, "the far side does not know the call any more")
			d.report(Event{Kind: Ended, Cause: c})
			d.sendBye(c)
		case res.StatusCode == 405 || res.StatusCode == 501: // it said it could
			d.peerUpdates = false
			d.refresh()
		case res.IsSuccess():
			d.learnTimer(res)
		}
	})
}

func inSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }
