package dialog

import (
	"context"
	"errors"
	"fmt"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/count"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/fork"
	"trunkline/sip/internal/journey"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Dial sends an INVITE through a trunk, or to a URI when there is none, and returns
// at once; ringing, answer and refusal arrive at sink. The 2xx is acknowledged here.
func (l *Layer) Dial(r Request, t *trunk.Trunk, sink func(Event)) (*Dialog, error) {
	j, err := journey.New(r, t)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	d := l.begin(calling, line.Line{
		Net: &l.net, Trunk: t, Outgoing: true, Hops: r.MaxForwards, Target: j.URI,
		CallID: wire.NewToken(), LocalTag: wire.NewToken(),
	})
	d.sink, d.way, d.out = sink, j, &outbound{}
	if !l.roster.Add(d.key, d) {
		d.stop()
		return nil, errors.New("dial: the endpoint is closing")
	}
	d.do(func() { d.meter = l.counted(t, count.Out) })
	if !l.Begin(func() { d.queue.Guard(func() { d.launch(j) }) }) {
		d.do(d.remove)
		return nil, errors.New("dial: the endpoint is closed")
	}
	return d, nil
}

// Absent is why a call has nowhere to go: a person is not there, as opposed to a
// network.
type Absent struct {
	Status int // 404: there is nobody of that name; 480: not now
	Text   string
}

// Error implements error.
func (a *Absent) Error() string { return a.Text }

// launch finds out where the call goes and tries the first hop.
func (d *Dialog) launch(j *journey.Journey) {
	ctx, cancel := context.WithTimeout(d.ctx, d.layer.Timers.Connect)
	defer cancel()
	tries, err := d.layer.Locate(ctx, d.trunk, j.URI)
	d.do(func() {
		if d.gone {
			return
		}
		if absent := (*Absent)(nil); errors.As(err, &absent) {
			d.report(Event{Kind: Ended, Cause: cause.FromStatus(absent.Status, err.Error())})
		}
		if err != nil {
			d.lost(err.Error())
			d.remove()
			return
		}
		j.Tries = tries
		d.next("no hop to try")
	})
}

// next tries the next hop; why says what became of the last. Only within do.
func (d *Dialog) next(why string) {
	hop, ok := d.way.Tries.Next()
	if !ok || d.ended {
		d.lost(why)
		d.remove()
		return
	}
	d.head(hop)
}

// head sets off for a hop. Only within do.
func (d *Dialog) head(hop Hop) {
	d.way.Hop, d.way.Proof = hop, digest.Attempt{}
	size := d.way.Size(d.trunk)
	d.then(func() {
		if !d.layer.Begin(func() { d.queue.Guard(func() { d.depart(hop, size) }) }) {
			d.do(d.remove)
		}
	})
}

// depart finds the socket for a hop, which may take a connection, and sends the
// INVITE. One that is too large for a datagram goes by TCP, if the hop has it.
func (d *Dialog) depart(hop Hop, size int) {
	to := sockets.Peer{Network: hop.Network, Addr: hop.Addr}
	if sockets.Secure(hop.Network) && hop.Contact == nil { // a phone's own connection proves enough
		to.Name = hop.Host
	}
	at, err := d.layer.sockets.To(d.ctx, to)
	if err == nil {
		at = d.layer.sockets.Fit(d.ctx, size, at, hop.Addr)
	}
	d.do(func() {
		switch {
		case d.gone:
		case d.ended:
			d.remove()
		case err != nil:
			if d.way.Tries.Heard(0, 0) {
				d.next(err.Error())
				return
			}
			d.lost(err.Error())
			d.remove()
		default:
			d.line.At, d.line.Peer, d.line.Host = at, hop.Addr, to.Name
			d.guests.Add(d.layer.Table, hop.Addr.Addr())
			d.way.Address(&d.line)
			if err := d.call(nil, nil); err != nil {
				d.lost(err.Error())
				d.remove()
			}
		}
	})
}

// call sends the INVITE that makes the dialog, once more with another number when
// it was sent before. challenge is the refusal that wants credentials, if one does;
// there may be none to give; follows is the INVITE that a refusal answered. Only within do.
func (d *Dialog) call(challenge *gosip.Response, follows *outbound) error {
	j := d.way
	out := &outbound{offer: j.Offer(), headers: j.Headers(), proof: &j.Proof, follows: follows}
	if err := d.invite(out, challenge); err != nil {
		return err
	}
	if d.out.sent != nil {
		d.past = append(d.past, d.out)
	}
	d.out, d.rung = out, fork.Set{}
	out.clock = d.after(min(j.Tries.Patience(), d.layer.Timers.Give), func() { d.giveUp(out, "no response") })
	return nil
}

// retry sends the INVITE once more to the same hop, because a refusal has said how
// it would be taken, and reports whether it could. Only within do.
func (d *Dialog) retry(challenge *gosip.Response) bool {
	if err := d.call(challenge, d.out); err != nil {
		d.layer.Log.Warn("sip invite not repeated", "call_id", d.key.CallID, "peer", d.line.Peer.String(), "error", err)
		return false
	}
	d.state = calling
	return true
}

// detour reports whether a refusal of the INVITE that makes the dialog was not the
// last word: it is answered by another INVITE. Only within do.
func (d *Dialog) detour(out *outbound, res *gosip.Response) bool {
	j := d.way
	if d.ended || out.cancel != nil || j == nil {
		return false
	}
	switch {
	case res.StatusCode == 401 || res.StatusCode == 407:
		return d.retry(res)
	case res.StatusCode == 422 && d.tooShort(res):
		return d.retry(nil)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		if !j.Redirect(d.trunk, res) {
			return false
		}
		j.Address(&d.line)
		return d.retry(nil)
	}
	if !j.Tries.Heard(res.StatusCode, wire.RetryAfter(res)) {
		return false
	}
	hop, ok := j.Tries.Next()
	if ok {
		d.state = calling
		d.head(hop)
	}
	return ok
}
