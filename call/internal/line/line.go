// Package line is one end of a call: a SIP dialog, the media session that belongs to
// it, and what the two have agreed on with the far side.
//
// A Line is passive. It does what it is told and returns what came of it; what that
// means to the call, to whom it is told and who else is concerned is not its affair.
// It belongs to the goroutine of the call that has it, may be handed to another, and
// starts none of its own. Only package call uses it.
package line

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"net/netip"
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

// Line is a dialog with its media session.
type Line struct {
	ID        string // within its call: see Name
	Direction string // event.Inbound or event.Outbound
	Trunk     *gate.Trunk
	Hold      *limit.Hold // it counts on its trunk until nothing of it is left
	Address   string      // SIP URI of the far side
	Dialog    *sip.Dialog
	Session   media.Session
	Params    msg.Params // as sound flows, or will
	Tape      *Tape      // its recording; never nil

	Started, Answered, Ended time.Time
	Cause                    event.Cause // once it has ended

	Confirmed bool // our 2xx is acknowledged
	Awaiting  bool // we sent an offer in a 2xx; the answer comes with the ACK
	Silent    bool // the dialog has ended
	Closed    bool // the media session has closed
	Early     bool // sound flows before the answer
	Fax       bool // a fax machine speaks: nothing may improve its sound
	Retry     bool // it failed in a way that another trunk may not

	local  negotiate.Local
	asking *asking // a transfer that the far side carries out
	tender *tender // an offer of ours that is not answered yet; nil: none
	offer  []byte  // the far side's, of one that called us
	reply  []byte  // our answer to it
	wanted event.Cause
	stats  msg.Stats
}

// New makes a line that has neither a dialog nor sound yet.
func New(direction string, trunk *gate.Trunk) *Line {
	return &Line{Direction: direction, Trunk: trunk, Started: time.Now(), Tape: &Tape{}}
}

// Name returns "a" to "z" for the first lines of a call, "aa" to "zz" for those that
// follow.
func Name(n int) string {
	const letters = 'z' - 'a' + 1
	if n < letters {
		return string(rune('a' + n))
	}
	n -= letters
	return string([]rune{rune('a' + n/letters), rune('a' + n%letters)})
}

// Plane is where lines get their sound from.
type Plane struct {
	Engine    *media.Engine
	Advertise netip.Addr // for SDP when it is not the one RTP is bound on
}

// Open gives the line a media session and what to negotiate with. It lives near
// another's, if there is one, at whose rate it works when it can: more would be
// wasted, or missing. The sink hears of the session from media threads.
func (l *Line) Open(p Plane, near *Line, sink func(msg.Event)) error {
	if near == nil {
		near = &Line{}
	}
	session, addr, err := p.Engine.Open(near.Session, sink)
	if err != nil {
		return err
	}
	if p.Advertise.IsValid() {
		addr = netip.AddrPortFrom(p.Advertise, addr.Port())
	}
	l.Session = session
	id := sessionID()
	l.local = l.Trunk.Local()
	l.local.Addr, l.local.SessionID, l.local.Version, l.local.Rate = addr, id, id, near.Params.Rate
	if l.local.Secure != negotiate.SecureOff {
		l.local.Own, err = negotiate.NewKeys()
	}
	return err
}

// sessionID is a fresh random number for an o= line (RFC 8866 §5.2).
func sessionID() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return uint64(binary.BigEndian.Uint32(b[:]))
}

// Discard undoes Open, for a line that no call will have.
func (l *Line) Discard() {
	l.Session.Close()
	l.Hold.Release()
}

// Up reports whether the line was answered.
func (l *Line) Up() bool { return !l.Answered.IsZero() }

// Leaving reports whether it is we who are ending the line.
func (l *Line) Leaving() bool { return l.wanted != event.Cause{} }

// Over reports whether nothing of the line is left.
func (l *Line) Over() bool { return l.Silent && l.Closed }

// Codec is the encoding name of what the line sends.
func (l *Line) Codec() string {
	if c, ok := codecs.ByID(l.Params.Send.Codec); ok {
		return c.Name
	}
	return ""
}

// Start begins or changes the sound.
func (l *Line) Start(p msg.Params) {
	l.Params = p
	l.Session.Start(p)
	if l.Fax { // what came before may have been a codec through which none can be heard
		l.Session.Fix(true)
	}
}

// Fix lets what the far side says pass as a fax machine's sound, or no longer.
func (l *Line) Fix(fax bool) {
	if l.Fax != fax {
		l.Fax = fax
		l.Session.Fix(fax)
	}
}

// Preview lets sound flow to a caller who is not answered yet. It reports false when
// that cannot be.
func (l *Line) Preview() bool {
	switch {
	case l.Silent:
		return false
	case l.Up() || l.Early:
		return true
	case l.Direction == event.Outbound || len(l.offer) == 0:
		return false // he has not said where to send it
	}
	if err := l.Dialog.Progress(bytes.Clone(l.reply)); err != nil {
		return false
	}
	l.Early = true
	l.Session.Start(l.Params)
	return true
}

// keyLength is what an INFO says of how long a key was pressed; in the sound the
// media plane decides.
const keyLength = 160 * time.Millisecond

// Press sends digits in the way the far side takes them. Once they are sent, done is
// called by a goroutine of the dialog's, or the session reports msg.DigitsSent with
// ref. It returns false when the media thread is too busy.
func (l *Line) Press(ref msg.Ref, digits string, done func()) bool {
	if l.Params.Keys != msg.KeySignal {
		return l.Session.SendDigits(ref, digits)
	}
	l.Dialog.Press(digits, keyLength, done)
	return true
}
