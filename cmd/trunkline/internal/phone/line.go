package phone

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"trunkline/call/negotiate"
	"trunkline/codecs"
	"trunkline/media"
	"trunkline/media/msg"
	"trunkline/media/record"
	"trunkline/media/tap"
	"trunkline/sip"
)

// line is one call. Its goroutine, in run, drains its mailbox and alone touches
// what is not marked otherwise.
//
//	dial/incoming ─▶ ringing ─▶ answered ─▶ ended ─▶ closed
//
// The dialog ends first; then the media session is closed; its last event brings
// the statistics and the line is over.
type line struct {
	phone  *phone
	mail   chan any // sip.Event and msg.Event
	report Report
	placed time.Time
	upAt   time.Time

	dialog  *sip.Dialog
	session media.Session
	local   negotiate.Local
	offer   []byte // the caller's; empty when it is our turn to offer
	flowing bool   // media was started

	recorders []*record.Recorder
	taps      []*tap.Tap
	ear       ear

	script sync.WaitGroup
	stop   context.CancelFunc // ends the script
	refs   refs

	ring, end <-chan time.Time // nil when nothing is due
	ended     bool             // the dialog is over
	closed    bool             // and so is the media session
}

// mailboxSize is far above what one call can have in flight.
const mailboxSize = 256

func newLine(p *phone, peer string) *line {
	return &line{
		phone: p, mail: make(chan any, mailboxSize), placed: time.Now(),
		report: Report{Peer: peer}, stop: func() {}, closed: true,
	}
}

// post is the sink of the dialog and the session; it must not block. What finds
// the mailbox full is lost, which only a peer that floods us can bring about.
func (l *line) post(e any) {
	select {
	case l.mail <- e:
	default:
	}
}

// open gives the line its media session and files to record to.
func (l *line) open() error {
	if err := l.record(); err != nil {
		return err
	}
	session, addr, err := l.phone.engine.Open(media.Session{}, func(e msg.Event) { l.post(e) })
	if err != nil {
		return err
	}
	var id [8]byte
	rand.Read(id[:]) // never fails (crypto/rand)
	n := binary.BigEndian.Uint64(id[:]) >> 2
	l.session, l.closed = session, false
	l.local = negotiate.Local{
		Addr: addr, Codecs: l.phone.cfg.Codecs, SessionID: n, Version: n, NAT: l.phone.cfg.NAT, Secure: l.phone.cfg.Secure,
	}
	if l.phone.cfg.Secure != negotiate.SecureOff {
		l.local.Own, err = negotiate.NewKeys()
	}
	return err
}

// dial places the call.
func (l *line) dial() error {
	cfg := l.phone.cfg
	from, err := parseFrom(cfg.From, l.phone.bind.Addr())
	if err != nil {
		return err
	}
	if err := l.open(); err != nil {
		return err
	}
	offer, err := negotiate.Offer(l.local)
	if err != nil {
		return err
	}
	l.ring = time.After(cfg.Ringing)
	l.dialog, err = l.phone.endpoint.Dial(sip.DialRequest{URI: cfg.To, From: from, Offer: offer, Headers: cfg.Headers},
		func(e sip.Event) { l.post(e) })
	return err
}

// incoming takes a call up far enough that the caller hears it ring. It runs
// before run.
func (l *line) incoming(in *sip.Incoming) {
	l.dialog, l.offer = in.Dialog, in.Offer
	in.Handle(func(e sip.Event) { l.post(e) })
	answer := l.phone.cfg.Answer
	if answer.Reject != 0 {
		cause := sip.FromStatus(answer.Reject, "")
		in.Hangup(cause)
		return
	}
	if err := in.Ring(); err != nil {
		return // gone already: Ended follows
	}
	if !answer.Never {
		l.ring = time.After(answer.After)
	}
}

// run conducts the call to its end.
func (l *line) run(ctx context.Context) Report {
	l.report.CallID = l.dialog.CallID()
	scripted, stop := context.WithCancel(ctx)
	l.stop = stop
	quit, giveUp := ctx.Done(), (<-chan time.Time)(nil)
	for !l.ended || !l.closed {
		select {
		case m := <-l.mail:
			switch e := m.(type) {
			case sip.Event:
				l.signal(scripted, e)
			case msg.Event:
				l.sound(e)
			}
		case <-l.ring:
			l.ring = nil
			l.rung(scripted)
		case <-l.end:
			l.end = nil
			l.dialog.Hangup(sip.New(sip.Normal, ""))
		case <-quit:
			quit, giveUp = nil, time.After(farewell)
			l.dialog.Hangup(sip.New(sip.Normal, ""))
		case <-giveUp:
			giveUp = nil
			l.over(sip.New(sip.Failed, "the other side did not answer our hang-up"))
		}
	}
	stop()
	l.script.Wait()
	l.keep()
	return l.report
}

// farewell is how long a phone that was told to stop waits for the other side.
const farewell = 3 * time.Second

// rung ends the ringing: with an answer when we are called, by giving up when we
// call.
func (l *line) rung(script context.Context) {
	if l.phone.cfg.To != "" {
		l.dialog.Hangup(sip.New(sip.NoAnswer, fmt.Sprintf("nobody answered within %s", l.phone.cfg.Ringing)))
		return
	}
	if err := l.answer(script); err != nil {
		l.phone.journal.note("cannot answer: " + err.Error())
		code := sip.Failed
		if l.session != (media.Session{}) {
			code = sip.Media // all was there but a sound both can make
		}
		l.dialog.Hangup(sip.New(code, err.Error()))
	}
}

// answer answers the caller.
func (l *line) answer(script context.Context) error {
	if err := l.open(); err != nil {
		return err
	}
	var body []byte
	var params msg.Params
	var err error
	if len(l.offer) == 0 {
		body, err = negotiate.Offer(l.local) // its answer comes with the ACK
	} else {
		body, params, err = negotiate.Answer(l.offer, l.local)
	}
	if err != nil {
		return err
	}
	if err := l.dialog.Answer(body); err != nil {
		return err
	}
	if len(l.offer) != 0 {
		l.flow(params)
	}
	l.up(script)
	return nil
}

// signal obeys what happened in the dialog.
func (l *line) signal(script context.Context, e sip.Event) {
	switch e.Kind {
	case sip.Ringing:
		l.agreed(e.SDP) // early media, if any
	case sip.Answered:
		l.ring = nil
		if !l.agreed(e.SDP) && !l.flowing {
			l.dialog.Hangup(sip.New(sip.Media, "answered without a sound we share"))
			return
		}
		l.up(script)
	case sip.Confirmed:
		if len(l.offer) == 0 {
			l.agreed(e.SDP)
		}
	case sip.Reoffered:
		l.reoffered(e.SDP)
	case sip.Reanswered: // we never offer anew
	case sip.Ended:
		l.over(e.Cause)
	}
}

// agreed starts the sound as the answer to our offer says.
func (l *line) agreed(answer []byte) bool {
	if len(answer) == 0 {
		return false
	}
	params, err := negotiate.Accept(l.local, answer)
	if err != nil {
		l.phone.journal.note("cannot use the answer: " + err.Error())
		return false
	}
	l.flow(params)
	return true
}

// reoffered answers a change of the session: hold, resume, another address.
func (l *line) reoffered(offer []byte) {
	l.local.Version++
	if len(offer) == 0 {
		body, err := negotiate.Offer(l.local)
		if err == nil {
			l.offer = nil // its answer comes with the ACK
			l.dialog.AnswerReoffer(body)
			return
		}
	}
	body, params, err := negotiate.Answer(offer, l.local)
	if err != nil {
		l.phone.journal.note("cannot change the call: " + err.Error())
		l.dialog.AnswerReoffer(nil)
		return
	}
	if err := l.dialog.AnswerReoffer(body); err == nil {
		l.flow(params)
	}
}

// flow starts or changes the sound.
func (l *line) flow(p msg.Params) {
	l.session.Start(p)
	if c, ok := codecs.ByID(p.Send.Codec); ok {
		l.report.Codec = c.Name
	}
	if l.flowing {
		return
	}
	l.flowing = true
	for _, t := range l.taps {
		l.session.Tap(t)
	}
	if l.phone.cfg.WhenSilent {
		t := tap.New(tap.Inbound, 8000, 2000)
		l.script.Go(func() { l.ear.hear(t) })
		l.session.Tap(t)
	}
}

// up begins what is to happen once the call is answered.
func (l *line) up(script context.Context) {
	if l.report.Answered {
		return
	}
	l.upAt = time.Now()
	l.report.Answered = true
	l.report.Setup = l.upAt.Sub(l.placed)
	if l.phone.cfg.Hangup > 0 {
		l.end = time.After(l.phone.cfg.Hangup)
	}
	l.perform(script)
}

// over notes that the dialog has ended and ends the sound as well.
func (l *line) over(c sip.Cause) {
	if l.ended {
		return
	}
	l.ended, l.ring, l.end = true, nil, nil
	l.report.Cause = c
	if l.report.Answered {
		l.report.Duration = time.Since(l.upAt)
	}
	l.stop()
	if !l.session.Close() {
		l.closed = true // there is none, or its thread takes no wishes any more
	}
}

// sound obeys what happened in the media session.
func (l *line) sound(e msg.Event) {
	switch e.Kind {
	case msg.Digit:
		l.report.Keys += string(rune(e.Digit))
		l.phone.journal.note("key " + string(rune(e.Digit)) + " pressed over there")
	case msg.PlayDone, msg.DigitsSent:
		l.refs.done(e.Ref)
	case msg.FirstPacket:
		l.phone.journal.note("first sound from over there")
	case msg.Closed:
		l.closed = true
		l.report.Stats = e.Stats
	case msg.SpeechStarted, msg.SpeechEnded, msg.MediaLost: // not asked for
	}
}
