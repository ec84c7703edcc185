package dialog

import (
	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/fork"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/wire"
)

// OnResponse takes in a response to an INVITE of ours. It reports whether sipgo
// must see it too.
func (d *Dialog) OnResponse(branch string, res *gosip.Response) (pass bool) {
	d.do(func() {
		switch {
		case d.gone:
			pass = true
		case d.renew != nil && d.renew.branch == branch:
			pass = d.onRenewed(d.renew, res)
		case d.out != nil && d.out.branch == branch:
			pass = d.onDialled(d.out, res)
		default:
			pass = d.onPast(branch, res)
		}
	})
	return pass
}

func (d *Dialog) onDialled(out *outbound, res *gosip.Response) (pass bool) {
	switch {
	case out.deserted:
		return d.onDeserted(out, res)
	case res.IsProvisional():
		d.onProvisional(out, res)
		return true
	case res.IsSuccess():
		return d.onSuccess(out, res)
	case out.final:
		return true // repeated: sipgo acknowledges again
	}
	out.final = true
	halt(out.clock)
	if d.detour(out, res) {
		return true
	}
	d.state = over
	d.report(Event{Kind: Ended, Cause: line.Refusal(res)})
	d.remove()
	return true
}

// onPast takes in a response to an INVITE that another has followed.
func (d *Dialog) onPast(branch string, res *gosip.Response) (pass bool) {
	for _, out := range d.past {
		if out.branch == branch && out.deserted {
			return d.onDeserted(out, res)
		}
		if out.branch == branch && res.IsSuccess() {
			d.hangFork(out, res)
			return false
		}
	}
	return true
}

// onDeserted takes in a response that nobody waits for any more, because its hop was
// silent for too long: what it rings is cancelled, a refusal is acknowledged, and an
// answer is thanked and hung up.
func (d *Dialog) onDeserted(out *outbound, res *gosip.Response) (pass bool) {
	switch {
	case res.IsProvisional():
		d.sendCancel(out, cause.New(cause.Cancelled, "it took too long"))
	case res.IsSuccess():
		d.hangFork(out, res)
	case out.sent != nil:
		d.write(&out.line, line.AckRefusal(out.sent, res))
	}
	return false // sipgo knows nothing of it
}

func (d *Dialog) onProvisional(out *outbound, res *gosip.Response) {
	if out.final {
		return
	}
	if d.state == calling {
		d.state = ringing
		halt(out.clock)
		out.clock = nil
	}
	if out.cancel != nil {
		d.sendCancel(out, *out.cancel)
		return
	}
	if res.StatusCode > 100 {
		d.way.Tries.Heard(res.StatusCode, 0) // that the hop lives; whether to try another is no question
	}
	news, fresh := d.rung.Ring(&out.line, out.seq, res)
	if news.Prack != nil {
		d.transact(&news.Branch.Line, news.Prack, func(*gosip.Response) {})
	}
	if fresh && res.StatusCode > 100 {
		d.report(Event{Kind: Ringing, Status: res.StatusCode, SDP: news.SDP})
	}
}

// onSuccess takes in a 2xx: the first makes the dialog, the same again gets its
// ACK again, one from another branch of a fork is thanked and hung up
// (RFC 3261 §13.2.2.4).
func (d *Dialog) onSuccess(out *outbound, res *gosip.Response) (pass bool) {
	tag := line.TagOf(res)
	switch {
	case !out.final:
		out.final = true
		halt(out.clock)
		sdp, _ := wire.SDP(res)
		if b := d.rung.Of(tag); b != nil {
			d.line.Seq, d.line.RemoteSeq = max(d.line.Seq, b.Line.Seq), b.Line.RemoteSeq
			if b.Agreed() || len(sdp) == 0 { // RFC 3261 §13.2.1: nothing changes it any more
				sdp = b.SDP
			}
		}
		d.establish(res)
		if !d.updated {
			d.sdp = out.offer
		}
		d.way.Tries.Heard(res.StatusCode, 0)
		d.way = nil
		d.learnTimer(res)
		d.acknowledge(out)
		d.state = up
		d.remember()
		d.tidy = d.after(d.layer.Timers.Give, d.tidyUp)
		if d.ended { // the answer crossed our CANCEL
			d.sendBye(*out.cancel)
			return false
		}
		d.report(Event{Kind: Answered, Status: res.StatusCode, SDP: sdp})
	case out.ack != nil && tag == d.line.RemoteTag:
		d.write(&d.line, out.ack)
	default:
		d.hangFork(out, res)
	}
	return false
}

// tidyUp forgets the INVITEs that made the dialog, when nothing more can come of
// them. Only within do.
func (d *Dialog) tidyUp() {
	d.out, d.past, d.rung = nil, nil, fork.Set{}
	keep := ""
	if d.renew != nil {
		keep = d.renew.branch
	}
	d.branches.Forget(d.layer.roster, keep)
}

// establish learns the far side from its 2xx (RFC 3261 §12.1.2).
func (d *Dialog) establish(res *gosip.Response) {
	d.line.Join(res)
	d.peerUpdates = wire.Has(res, "Allow", "UPDATE")
	if d.trunk != nil {
		return
	}
	for _, addr := range d.line.Places() { // its BYE may come from there
		d.guests.Add(d.layer.Table, addr)
	}
}

// acknowledge sends the ACK to a 2xx; the same is sent each time that it comes
// (RFC 3261 §13.2.2.4). Only within do.
func (d *Dialog) acknowledge(out *outbound) {
	out.ack = d.line.Ack(out.seq)
	if out.sent != nil {
		digest.Repeat(out.ack, out.sent) // §22.1
	}
	d.settle(out)
	d.write(&d.line, out.ack)
}

// maxForks bounds how many answers one INVITE may have.
const maxForks = 16

// hangFork ends a further dialog that a fork has made of our INVITE.
func (d *Dialog) hangFork(out *outbound, res *gosip.Response) {
	tag := line.TagOf(res)
	if ack := out.forks[tag]; ack != nil {
		d.write(&out.line, ack)
		return
	}
	if len(out.forks) >= maxForks || tag == "" {
		return
	}
	far := out.line.Branch(res)
	if b := d.rung.Of(tag); b != nil {
		far.Seq = max(far.Seq, b.Line.Seq)
	}
	ack, bye := far.Ack(out.seq), far.Request(gosip.BYE)
	bye.SetBody(nil)
	for _, signed := range []*gosip.Request{out.sent, out.ack} {
		if signed != nil {
			digest.Repeat(ack, signed)
		}
	}
	if out.forks == nil {
		out.forks = map[string]*gosip.Request{}
	}
	out.forks[tag] = ack
	d.write(&far, ack)
	d.transactFor(d.layer.ctx, &far, bye, func(*gosip.Response) {})
}
