package dialog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Provisional responses that are acknowledged (RFC 3262), in both roles.

// rel100 is the option tag.
const rel100 = "100rel"

// reliance is the provisional responses of an INVITE that came to us, when the
// caller acknowledges them.
type reliance struct {
	always bool // every one, not only those with a session description
	rseq   uint32
	open   *gosip.Response // not acknowledged yet, and so repeated
	sdp    bool            // open, or one before it, has a session description
	wait   time.Duration
	since  time.Time
	clock  *time.Timer
	next   func() // what had to wait for the acknowledgement; the last of it counts
}

// reliableBy decides whether the provisional responses of an INVITE are reliable;
// nil: they are not. A caller and a trunk who want opposite things do not meet.
func reliableBy(t *trunk.Trunk, req *gosip.Request) (*reliance, *wire.Fault) {
	policy := "supported"
	if t != nil && t.Reliable != "" {
		policy = t.Reliable
	}
	wanted, known := lists(req, "Require", rel100), lists(req, "Supported", rel100)
	switch {
	case wanted && policy == "off":
		return nil, &wire.Fault{Status: 420, Why: rel100 + " is off", Extra: []string{"Unsupported: " + rel100}}
	case !wanted && !known && policy == "required":
		return nil, &wire.Fault{Status: 421, Why: rel100 + " is required", Extra: []string{"Require: " + rel100}}
	case wanted || known && policy == "required":
		return &reliance{always: true, rseq: firstRSeq()}, nil
	case known && policy != "off":
		return &reliance{rseq: firstRSeq()}, nil
	}
	return nil, nil
}

// firstRSeq is where the numbering begins (RFC 3262 §3: 1 to 2^31-1).
func firstRSeq() uint32 { return uint32(1 + time.Now().UnixNano()%(1<<20)) }

// assure sends a provisional response again and again until its PRACK. Only within
// do.
func (d *Dialog) assure(in *inbound, code int, sdp []byte) {
	r := in.rel
	if r.open != nil { // one at a time: RFC 3262 §3
		r.next = func() { d.assure(in, code, sdp) }
		return
	}
	r.rseq++
	res := d.response(in.req, code, sdp)
	res.AppendHeader(gosip.NewHeader("Require", rel100))
	res.AppendHeader(gosip.NewHeader("RSeq", strconv.FormatUint(uint64(r.rseq), 10)))
	r.open, r.sdp = res, r.sdp || len(sdp) > 0
	r.wait, r.since = d.layer.Timers.T1, time.Now()
	in.last = res
	d.send(in, res)
	r.clock = d.after(r.wait, func() { d.reassure(in, res) })
}

// reassure repeats a provisional response, or gives the call up.
func (d *Dialog) reassure(in *inbound, res *gosip.Response) {
	r := in.rel
	if r.open != res || d.state != coming || d.ended {
		return
	}
	if time.Since(r.since) >= d.layer.Timers.Give {
		c := cause.FromStatus(504, "our ringing was never acknowledged")
		d.end(c)
		return
	}
	d.send(in, res)
	r.wait *= 2 // not capped at T2: RFC 3262 §3
	r.clock.Reset(r.wait)
}

// onPrack takes in the acknowledgement of a provisional response.
func (d *Dialog) onPrack(req *gosip.Request, tx *gosip.ServerTx) {
	in := newInbound(req, tx)
	offer, f := wire.SDP(req)
	d.do(func() {
		var r *reliance
		if d.in != nil {
			r = d.in.rel
		}
		switch {
		case f != nil:
			d.refuse(in, f.Status, f.Extra...)
			return
		case r == nil || r.open == nil || rack(req) != fmt.Sprintf("%d %d INVITE", r.rseq, d.in.seq):
			d.refuse(in, 481)
			return
		case len(offer) > 0: // it may be made again when the call is up
			d.refuse(in, 488)
		default:
			d.send(in, d.response(req, 200, nil))
			d.then(func() { d.do(in.finish) })
		}
		r.open = nil
		r.clock.Stop()
		if next := r.next; next != nil {
			r.next = nil
			next()
		}
	})
	d.wait(in, tx.Done())
}

// rack reads what a PRACK acknowledges, in one form.
func rack(req *gosip.Request) string {
	values := req.GetHeaders("RAck")
	if len(values) != 1 {
		return ""
	}
	return strings.Join(strings.Fields(values[0].Value()), " ")
}

// early is a dialog that a provisional response to our INVITE has begun: there may
// be several, one for each branch of a fork.
type early struct {
	party *Dialog // as far as requests within it need one
	rseq  uint32
	sdp   bool // our offer is answered
}

// maxEarly bounds how many of them one INVITE may make.
const maxEarly = 16

// onEarly notes the dialog that a provisional response begins, and acknowledges the
// response when it wants that. It reports whether the response is a new one. Only
// within do.
func (d *Dialog) onEarly(out *outbound, res *gosip.Response) bool {
	tag, _ := res.To().Params.Get("tag")
	rseq := uint32(number(res, "RSeq"))
	reliable := rseq > 0 && lists(res, "Require", rel100)
	if tag == "" {
		return true
	}
	e := d.rung[tag]
	if e == nil {
		if len(d.rung) >= maxEarly {
			return false
		}
		if d.rung == nil {
			d.rung = map[string]*early{}
		}
		e = &early{party: d.branchOf(out, res, tag)}
		d.rung[tag] = e
	}
	e.sdp = e.sdp || reliable && len(res.Body()) > 0
	if !reliable {
		return true
	}
	if e.rseq != 0 && rseq != e.rseq+1 {
		return false // repeated, or one before it was lost: that will be repeated
	}
	e.rseq = rseq
	d.localSeq++
	req := e.party.request(gosip.PRACK, d.localSeq)
	req.AppendHeader(gosip.NewHeader("RAck", fmt.Sprintf("%d %d INVITE", rseq, out.seq)))
	req.SetBody(nil)
	d.then(func() { d.transact(req, func(*gosip.Response) {}) })
	return true
}

// branchOf is the dialog that a response to our INVITE makes, for building requests
// of it: it is not known to the layer.
func (d *Dialog) branchOf(out *outbound, res *gosip.Response, tag string) *Dialog {
	f := &Dialog{
		layer: d.layer, callID: d.callID, localTag: d.localTag, trunk: d.trunk, outgoing: true, local: d.local, remote: d.remote,
		localName: d.localName, remoteName: d.remoteName, target: d.target, at: out.at, peer: out.peer,
		peers: slices.Clone(d.peers), localSeq: out.seq + 1, remoteTag: tag,
	}
	f.routes = recorded(res)
	slices.Reverse(f.routes)
	if wire.CheckContact(res) == nil {
		f.target = res.Contact().Address
	}
	return f
}
