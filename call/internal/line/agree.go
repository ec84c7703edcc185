package line

import (
	"slices"

	"trunkline/call/negotiate"
	"trunkline/media/msg"
	"trunkline/sip"
	"trunkline/sip/sdp"
)

// A Dialer places calls, as sip.Endpoint.Dial does.
type Dialer func(r sip.DialRequest, sink func(sip.Event)) (*sip.Dialog, error)

// Invite sends an INVITE with our offer.
func (l *Line) Invite(dial Dialer, r sip.DialRequest, sink func(sip.Event)) (err error) {
	if r.Offer, err = negotiate.Offer(l.local); err != nil {
		return err
	}
	l.Dialog, err = dial(r, sink)
	return err
}

// Arrive works out the answer to the offer of an INVITE that has come; without one,
// ours goes out with the 2xx.
func (l *Line) Arrive(d *sip.Dialog, offer []byte) (err error) {
	if l.Dialog, l.offer = d, offer; len(offer) > 0 {
		l.reply, l.Params, err = negotiate.Answer(offer, l.local)
	}
	return err
}

// Answer sends the 2xx and reports whether sound may flow, as Params says. Without an
// offer in the INVITE it carries ours, and sound may flow when the ACK has brought
// the answer (RFC 3261 §13.3.1).
func (l *Line) Answer() (up bool, err error) {
	if len(l.offer) > 0 {
		err := l.Dialog.Answer(l.reply)
		if err == nil {
			l.offer, l.reply = nil, nil
		}
		return err == nil, err
	}
	offer, err := negotiate.Offer(l.local)
	if err == nil {
		err = l.Dialog.Answer(offer)
	}
	l.Awaiting = err == nil
	return false, err
}

// Accept reads the far side's answer to an offer of ours. It changes nothing.
func (l *Line) Accept(answer []byte) (msg.Params, error) { return negotiate.Accept(l.local, answer) }

// Images reports whether an offer is one of T.38, which is declined: the machines will
// go on in sound.
func Images(offer []byte) bool {
	o, err := sdp.Parse(offer)
	return err == nil && slices.ContainsFunc(o.Media, func(m sdp.Media) bool { return m.Kind == sdp.Image && m.Port != 0 })
}

// Reoffered answers a re-INVITE or UPDATE: hold, resume, a moved address. Sound goes
// on as p says if up; an offer that was empty has got ours, whose answer comes with
// the ACK. The error is why the offer was refused, or why it could not be answered.
func (l *Line) Reoffered(body []byte) (p msg.Params, up bool, err error) {
	next := l.local
	if l.tender == nil { // else the two have crossed, and ours, which comes again, has that number
		next.Version++ // once it is sent (RFC 3264 §8)
	}
	var answer []byte
	if len(body) == 0 {
		answer, err = negotiate.Offer(next)
	} else {
		answer, p, err = negotiate.Answer(body, next)
	}
	if failed := l.Dialog.AnswerReoffer(answer); failed != nil { // nil refuses
		return p, false, failed
	}
	if err != nil {
		return p, false, err
	}
	l.local = next
	if len(body) == 0 {
		l.Awaiting = true
		return p, false, nil
	}
	return p, true, nil
}
