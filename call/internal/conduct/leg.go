package conduct

import (
	"slices"
	"sync/atomic"
	"time"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/internal/fault"
	"trunkline/call/internal/line"
	"trunkline/media/msg"
	"trunkline/sip"
)

// leg is a line and its place in a call. It belongs to the goroutine of its call,
// which may hand it over to another call (see handOver).
type leg struct {
	*line.Line
	call *Call
	home atomic.Pointer[Call] // call, for those who post

	dial       *dialing  // of a leg we placed, until it is answered or fails
	ear        *leg      // whoever waited for it; nil: nobody
	takes      *leg      // whose place it takes once it is answered (RFC 3891)
	tells      *transfer // that it carries out for the other side
	progressed bool      // ringing was reported
	rung       bool      // by a 180
	ringback   msg.Ref   // what the caller hears because of this leg; 0: nothing
	rest       *rest     // it is on hold; nil: it is not
}

// newLeg makes a leg; it has a name and counts for the call once take has it.
func (c *Call) newLeg(direction string, trunk *gate.Trunk) *leg {
	l := &leg{Line: line.New(direction, trunk), call: c}
	l.home.Store(c)
	return l
}

// take makes a leg one of the call's.
func (c *Call) take(l *leg) {
	l.call, l.ID = c, line.Name(len(c.legs))
	l.home.Store(c)
	c.legs = append(c.legs, l)
	if c.head == nil {
		c.head = l
	}
	c.deps.Roster.Hold(l.Dialog, c)
}

// by says who the far side of the leg is.
func (l *leg) by() string {
	if l.ID == "a" && l.Direction == event.Inbound {
		return event.ByCaller
	}
	return event.ByCallee
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

// open gives the leg a media session near that of whoever waits for it.
func (l *leg) open() error {
	var near *line.Line
	if l.ear != nil {
		near = l.ear.Line
	}
	return l.Open(l.call.deps.Plane, near, func(e msg.Event) { l.post(mediaEvent{l, e}) })
}

// sink takes what happens in the leg's dialog.
func (l *leg) sink(e sip.Event) { l.post(dialogEvent{l, e}) }

// announce reports the leg: its INVITE has come or is on its way.
func (l *leg) announce() {
	l.call.publish(l.ID, event.LegStarted{
		Direction: l.Direction, Trunk: l.Trunk.Data.Name, Address: l.Address, SIPCallID: l.Dialog.CallID(),
	})
}

// up starts the sound of an answered leg.
func (l *leg) up(p msg.Params) {
	l.Start(p)
	if !l.Up() {
		l.Answered = time.Now()
		if l == l.call.head {
			l.call.onAnswered(l.Answered)
		}
		l.call.log.Info("answered", "leg", l.ID, "codec", l.Codec(), "remote", p.Remote)
		l.call.publish(l.ID, event.LegAnswered{Codec: l.Codec()})
	}
	if old := l.takes; old != nil {
		l.takes = nil
		l.call.replace(old, l)
		l.call.dismiss(old, "replaced")
	}
}

// hangup ends the leg for cause c, whatever state it is in.
func (l *leg) hangup(c Cause) { l.hangupAs(c, fault.Signal(c)) }

// hangupAs tells the far side told, of which c is what we make.
func (l *leg) hangupAs(c Cause, told sip.Cause) {
	if l.dial != nil {
		l.dial.timer.Stop()
	}
	l.Hangup(c, told)
}

// fail ends a leg for something that only we can see.
func (l *leg) fail(code sip.Code, why string) {
	l.hangup(Cause{Code: string(code), By: event.BySystem, Text: why})
}

// agreed starts the sound as the answer to an offer of ours says. One that cannot be
// used ends the leg.
func (l *leg) agreed(answer []byte) {
	p, err := l.Accept(answer)
	if err != nil {
		l.fail(sip.Media, err.Error())
		return
	}
	l.up(p)
}

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
		l.call.publish(l.ID, event.LegRinging{Status: e.Status})
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
	l.Confirmed = true
	if l.Awaiting {
		l.Awaiting = false
		l.agreed(body)
	}
	l.settle()
}

// onReoffered answers a re-INVITE or UPDATE: hold, resume, a moved address.
func (l *leg) onReoffered(body []byte) {
	p, up, err := l.Reoffered(body)
	if err != nil {
		l.call.log.Warn("re-offer refused", "leg", l.ID, "error", err)
	}
	if other := l.call.bridge.across(l); other != nil && line.Images(body) {
		l.call.log.Info("a fax goes through as sound", "leg", l.ID)
		l.Fix(true)
		other.Fix(true)
	}
	if up {
		l.up(p)
	}
}

func (l *leg) onEnded(c sip.Cause) {
	l.End(c, l.by())
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
		c.log.Debug("first packet", "leg", l.ID)
	case msg.MediaLost:
		if l.Params.Direction == msg.SendRecv { // who holds us need not send music
			l.fail(sip.Failed, "no media from the far side")
		}
	case msg.Closed:
		l.onClosed(m.Stats)
	}
}

// onClosed takes note that the leg's media session is gone. It may have ended
// by itself: then nobody hears anything any more, and the dialog goes too.
func (l *leg) onClosed(s msg.Stats) {
	l.Close(s)
	if !l.Silent {
		l.fail(sip.Failed, "the media session is gone")
	}
	l.call.dropPlays(l) // they reached a session that was closing
	l.call.onLegOver(l)
}
