package call

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/limit"
	"trunkline/call/negotiate"
	"trunkline/codecs"
	"trunkline/media"
	"trunkline/media/msg"
	"trunkline/sip"
)

// leg is one SIP dialog with its media session. It belongs to the goroutine of its
// call, which may hand it over to another call (see handOver).
type leg struct {
	call      *Call
	home      atomic.Pointer[Call] // call, for those who post
	id        string               // "a" for the first, then "b", "c", …
	direction string
	trunk     *gate.Trunk
	hold      *limit.Hold // it counts on its trunk until nothing of it is left
	address   string
	dialog    *sip.Dialog
	session   media.Session
	local     negotiate.Local
	params    msg.Params
	offer     []byte // the far side's, of a leg that called us
	reply     []byte // our answer to it
	started   time.Time
	answered  time.Time
	ended     time.Time
	cause     Cause
	stats     msg.Stats
	wanted    Cause // why we are ending it, if we are
	rec       *recording

	dial       *dialing  // of a leg we placed, until it is answered or fails
	ear        *leg      // whoever waited for it; nil: nobody
	takes      *leg      // whose place it takes once it is answered (RFC 3891)
	tells      *transfer // that it carries out for the other side
	retry      bool      // it failed in a way that another trunk may not
	confirmed  bool      // our 2xx is acknowledged
	awaiting   bool      // we sent an offer in a 2xx; the answer comes with the ACK
	silent     bool      // the dialog has ended
	closed     bool      // the media session has closed
	progressed bool      // ringing was reported
	rung       bool      // by a 180
	early      bool      // sound flows before the answer
	ringback   msg.Ref   // what the caller hears because of this leg; 0: nothing
}

// by says who the far side of the leg is.
func (l *leg) by() string {
	if l.id == "a" && l.direction == Inbound {
		return ByCaller
	}
	return ByCallee
}

// post puts m into the mailbox of the leg's call, whichever that is.
func (l *leg) post(m message) { l.home.Load().post(m) }

// has reports whether l is a leg of the call. What concerns a leg that was handed
// over meanwhile follows it.
func (c *Call) has(l *leg) bool { return slices.Contains(c.legs, l) }

func (c *Call) follow(l *leg, m message) {
	if home := l.home.Load(); home != c {
		home.post(m)
	}
}

// open gives the leg a media session near another's and what to negotiate with.
func (l *leg) open(near media.Session) error {
	session, addr, err := l.call.deps.engine.Open(near, func(e msg.Event) { l.post(mediaEvent{l, e}) })
	if err != nil {
		return err
	}
	if l.call.deps.advertise.IsValid() {
		addr = netip.AddrPortFrom(l.call.deps.advertise, addr.Port())
	}
	l.session = session
	id := l.call.deps.sessionID()
	l.local = l.trunk.Local()
	l.local.Addr, l.local.SessionID, l.local.Version = addr, id, id
	if l.local.Secure != negotiate.SecureOff {
		l.local.Own, err = negotiate.NewKeys()
	}
	return err
}

// announce reports the leg: its INVITE has come or is on its way.
func (l *leg) announce() {
	l.call.publish(l.id, event.LegStarted{
		Direction: l.direction, Trunk: l.trunk.Data.Name, Address: l.address, SIPCallID: l.dialog.CallID(),
	})
}

// up starts the sound of an answered leg.
func (l *leg) up(p msg.Params) {
	l.params = p
	l.session.Start(p)
	if l.answered.IsZero() {
		l.answered = time.Now()
		if l == l.call.head {
			l.call.onAnswered(l.answered)
		}
		l.call.log.Info("answered", "leg", l.id, "codec", codecName(p), "remote", p.Remote)
		l.call.publish(l.id, event.LegAnswered{Codec: codecName(p)})
	}
	if old := l.takes; old != nil {
		l.takes = nil
		l.call.replace(old, l)
		l.call.dismiss(old, "replaced")
	}
}

// fitting is c, but only an answered leg ends as normal: one that was not is
// cancelled, or rejected when it is we who were called.
func (l *leg) fitting(c Cause) Cause {
	if c.Code != string(sip.Normal) || !l.answered.IsZero() || l.awaiting {
		return c
	}
	code := sip.Cancelled
	if l.direction == Inbound {
		code = sip.Rejected
	}
	s := sip.New(code, c.Text)
	c.Code, c.Q850 = string(s.Code), s.Q850
	return c
}

// hangup ends the leg for cause c, whatever state it is in.
func (l *leg) hangup(c Cause) { l.hangupAs(c, signal(c)) }

// hangupAs tells the far side told, of which c is what we make.
func (l *leg) hangupAs(c Cause, told sip.Cause) {
	if fit := l.fitting(c); fit.Code != c.Code {
		c, told = fit, signal(fit)
	}
	if l.wanted == (Cause{}) {
		l.wanted = c
	}
	if l.dial != nil {
		l.dial.timer.Stop()
	}
	if l.dialog != nil && !l.silent {
		l.dialog.Hangup(told)
	}
	l.session.Close()
}

// over reports whether nothing of the leg is left.
func (l *leg) over() bool { return l.silent && l.closed }

// dialogEvent is something that happened in a leg's dialog.
type dialogEvent struct {
	leg *leg
	sip.Event
}

func (m dialogEvent) apply(c *Call) {
	l := m.leg
	if !c.has(l) {
		c.follow(l, m)
		return
	}
	switch m.Kind {
	case sip.Ringing:
		l.onRinging(m.Event)
	case sip.Answered:
		l.onAnswered(m.SDP)
	case sip.Confirmed:
		l.onConfirmed(m.SDP)
	case sip.Reoffered:
		l.onReoffered(m.SDP)
	case sip.Reanswered:
		l.onReanswered(m.Event)
	case sip.Pressed:
		l.onDigit(m.Key, false)
	case sip.Referred:
		c.onReferred(l, *m.Refer)
	case sip.Transferred:
		c.onTransferred(l, m.Event)
	case sip.Ended:
		l.onEnded(m.Cause)
	}
}

func (l *leg) onRinging(e sip.Event) {
	if !l.progressed {
		l.progressed = true
		l.call.publish(l.id, event.LegRinging{Status: e.Status})
	}
	l.rung = l.rung || e.Status == 180
	if len(e.SDP) > 0 && l.dial != nil {
		l.call.onEarly(l, e.SDP)
	}
	l.comfort()
	if d := l.dial; d != nil && d.ringing != nil {
		d.ringing()
	}
}

// onConfirmed takes the ACK to a 2xx, and in it the answer if that held our offer.
func (l *leg) onConfirmed(body []byte) {
	l.confirmed = true
	if m := l.call.sending; m != nil && m.held {
		m.send(l)
	}
	if !l.awaiting {
		return
	}
	l.awaiting = false
	p, err := negotiate.Accept(l.local, body)
	if err != nil {
		l.hangup(Cause{Code: string(sip.Media), By: BySystem, Text: err.Error()})
		return
	}
	l.up(p)
}

// onReanswered takes the answer to an offer of ours within the dialog. A refusal
// leaves everything as it was; an answer that cannot be used ends the leg rather
// than let it fall back to something less (SRTP that is required).
func (l *leg) onReanswered(e sip.Event) {
	if e.Cause != (sip.Cause{}) {
		return
	}
	p, err := negotiate.Accept(l.local, e.SDP)
	if err != nil {
		l.hangup(Cause{Code: string(sip.Media), By: BySystem, Text: err.Error()})
		return
	}
	l.up(p)
}

// onReoffered answers a re-INVITE or UPDATE: hold, resume, a moved address.
func (l *leg) onReoffered(body []byte) {
	next := l.local
	next.Version++ // once it is sent (RFC 3264 §8)
	if len(body) == 0 {
		offer, err := negotiate.Offer(next)
		if err != nil {
			l.call.log.Error("offer in re-INVITE", "leg", l.id, "error", err)
		}
		l.awaiting = l.answerReoffer(offer, next)
		return
	}
	answer, p, err := negotiate.Answer(body, next)
	if err != nil {
		l.call.log.Warn("re-offer refused", "leg", l.id, "error", err)
	}
	if l.answerReoffer(answer, next) {
		l.up(p)
	}
}

// answerReoffer sends body, which next describes; nil refuses. It reports
// whether body was sent.
func (l *leg) answerReoffer(body []byte, next negotiate.Local) bool {
	if err := l.dialog.AnswerReoffer(body); err != nil {
		l.call.log.Warn("answer re-offer", "leg", l.id, "error", err)
		return false
	}
	if body == nil {
		return false
	}
	l.local = next
	return true
}

func (l *leg) onEnded(c sip.Cause) {
	l.silent = true
	l.ended = time.Now()
	l.cause = l.wanted
	l.retry = l.wanted == (Cause{}) && c.Retry()
	if c.Remote || l.wanted == (Cause{}) {
		l.cause = causeOf(c, l.by())
		if !c.Remote {
			l.cause.By = BySystem
		}
	}
	l.session.Close()
	l.call.onLegDown(l)
}

// mediaEvent is something that happened in a leg's media session.
type mediaEvent struct {
	leg *leg
	msg.Event
}

func (m mediaEvent) apply(c *Call) {
	l := m.leg
	if !c.has(l) {
		c.follow(l, m)
		return
	}
	switch m.Kind {
	case msg.Digit:
		l.onDigit(m.Digit, m.Crossed)
	case msg.PlayDone:
		l.onPlayDone(m.Event)
	case msg.SpeechStarted, msg.SpeechEnded:
		l.onSpeech(m.Kind)
	case msg.DigitsSent:
		c.onDigitsSent(m.Ref)
	case msg.FirstPacket:
		c.log.Debug("first packet", "leg", l.id)
	case msg.MediaLost:
		if l.params.Direction == msg.SendRecv { // who holds us need not send music
			l.hangup(Cause{Code: string(sip.Failed), By: BySystem, Text: "no media from the far side"})
		}
	case msg.Closed:
		l.onClosed(m.Stats)
	}
}

// onClosed takes note that the leg's media session is gone. It may have ended
// by itself: then nobody hears anything any more, and the dialog goes too.
func (l *leg) onClosed(s msg.Stats) {
	l.stats, l.closed = s, true
	if !l.silent {
		l.hangup(Cause{Code: string(sip.Failed), By: BySystem, Text: "the media session is gone"})
	}
	if l == l.call.head {
		for ref := range l.call.plays { // they reached a session that was closing
			l.onPlayDone(msg.Event{Kind: msg.PlayDone, Ref: ref, Outcome: msg.Dropped})
		}
	}
	l.call.onLegOver(l)
}

// codecName is the encoding name of what a leg sends.
func codecName(p msg.Params) string {
	if c, ok := codecs.ByID(p.Send.Codec); ok {
		return c.Name
	}
	return ""
}
