package dialog

import (
	"errors"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/count"
	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/reliable"
	"trunkline/sip/internal/wire"
)

// outbound is an INVITE of ours with its client transaction.
type outbound struct {
	offer     []byte
	headers   [][2]string
	line      line.Line      // as it was when this left, of one that makes the dialog
	sent      *gosip.Request // nil until it is on its way, and once it is acknowledged
	branch    string
	seq       uint32
	proof     *digest.Attempt
	cancel    *Cause                    // we want it to end before it is answered
	cancelled bool                      // the CANCEL is sent
	final     bool                      // a final response has come, or we wait for none
	deserted  bool                      // we wait for none, and sipgo's transaction is gone
	ack       *gosip.Request            // to its 2xx; nil: none has come
	forks     map[string]*gosip.Request // ACKs to other 2xx, by their tags
	rel       reliable.Receiver         // of a re-INVITE
	refresh   bool                      // a session timer's: nobody above asked for it
	glares    int                       // how often a 491 has sent it back
	clock     *time.Timer
	tx        *gosip.ClientTx
	follows   *outbound // whose refusal it answers
	next      func()    // sends the one that follows, when sipgo has acknowledged the refusal
}

// invite sends an INVITE of this dialog. challenge is the refusal of the one before,
// when that wants credentials; without any it is not sent. Only within do.
func (d *Dialog) invite(out *outbound, challenge *gosip.Response) error {
	req := d.line.Request(gosip.INVITE)
	for _, h := range out.headers {
		req.AppendHeader(gosip.NewHeader(h[0], h[1]))
	}
	d.policy().Ask(req, d.session.Terms, d.state != up)
	if d.trunk != nil && d.trunk.Reliable == "required" && d.state != up {
		req.AppendHeader(gosip.NewHeader("Require", reliable.Tag))
	}
	if err := d.sign(req, out.proof, challenge); err != nil {
		return err
	}
	wire.SetSDP(req, out.offer)
	if err := wire.CheckSent(req); err != nil {
		return err
	}
	out.sent, out.seq, out.branch = req, d.line.Seq, line.BranchOf(req)
	if d.state != up {
		out.line = d.line
	}
	d.branches.Watch(d.layer.roster, out.branch, d)
	out.next = func() {}
	send := func() {
		tx, err := d.layer.stack.TransactionLayer().Request(d.layer.ctx, req)
		if err != nil {
			d.do(func() { d.giveUp(out, err.Error()) })
			return
		}
		d.do(func() {
			if out.tx = tx; out.ack != nil {
				d.settle(out)
			}
		})
		if !d.layer.Begin(func() { d.attend(out, tx) }) {
			tx.Terminate()
		}
	}
	if out.follows == nil {
		d.then(send)
	} else {
		out.follows.next = send
	}
	return nil
}

// sign puts credentials on a request: the answer to a challenge, or what an earlier one has asked
// for; for those we call, never for whoever calls us and then asks (CVE-2021-41158).
func (d *Dialog) sign(req *gosip.Request, proof *digest.Attempt, challenge *gosip.Response) error {
	login := d.layer.Login(d.trunk)
	switch {
	case req.Method == gosip.CANCEL: // cannot be challenged: RFC 3261 §22.1
		return nil
	case challenge != nil && (login == nil || !d.outgoing):
		return errors.New("a password is wanted, and there is none for this trunk")
	case challenge != nil:
		return login.Answer(proof, req, challenge)
	case login != nil && d.outgoing:
		return login.Sign(req)
	}
	return nil
}

// attend keeps sipgo's transaction going. What the responses mean was decided
// when they came in (OnResponse); here is only seen that none come any more.
func (d *Dialog) attend(out *outbound, tx *gosip.ClientTx) {
	d.layer.Counts.TransactionBegun(count.Client)
	defer d.layer.Counts.TransactionEnded(count.Client)
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				d.do(func() { d.then(out.next) })
				return
			}
		case <-tx.Done():
			why := "no response"
			if err := tx.Err(); err != nil && !errors.Is(err, gosip.ErrTransactionTimeout) {
				why = err.Error()
			}
			d.do(func() { d.giveUp(out, why) })
			return
		case <-d.layer.ctx.Done():
			tx.Terminate()
			return
		}
	}
}

// settle lets go of an INVITE that is acknowledged. sipgo would keep it and its
// answer for half a minute, only to see to repetitions, which we do. Only within
// do.
func (d *Dialog) settle(out *outbound) {
	out.sent, out.offer, out.headers = nil, nil, nil
	if tx := out.tx; tx != nil {
		out.tx = nil
		d.then(tx.Terminate)
	}
}

// giveUp ends an INVITE that gets no final response. Only within do.
func (d *Dialog) giveUp(out *outbound, why string) {
	if d.gone || out.final {
		return
	}
	out.final, out.deserted = true, true
	halt(out.clock)
	if tx := out.tx; tx != nil {
		d.then(tx.Terminate)
	}
	if out != d.out {
		d.lost(why)
		d.sendBye(cause.New(cause.Unreachable, why)) // a re-INVITE: RFC 3261 §14.1
		return
	}
	if d.state == calling && !d.ended && d.way != nil && d.way.Tries.Heard(0, 0) {
		d.next(why)
		return
	}
	d.lost(why)
	d.remove()
}

// sendCancel cancels an INVITE, which has had a provisional response. Only within do.
func (d *Dialog) sendCancel(out *outbound, c Cause) {
	if out.cancelled || out.sent == nil || out.final && !out.deserted {
		return
	}
	out.cancelled = true
	req := line.Cancel(out.sent)
	line.Tell(req, c)
	d.transact(&out.line, req, func(*gosip.Response) {})
	if out.final {
		return // nobody waits for it
	}
	halt(out.clock)
	out.clock = d.after(d.layer.Timers.Give, func() { d.giveUp(out, "no answer to CANCEL") })
}
