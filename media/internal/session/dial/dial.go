// Package dial is the sending of digits: it knows what each frame carries of
// them, a telephone-event (RFC 4733), tones, or the silence between keys.
//
// A Sender is a passive part of one session: no thread, no clock, no lock. It
// sends nothing itself, and moves on only with the frames it is asked for. It
// allocates when the first digits are wished for, and never for a frame.
package dial

import (
	"time"

	"trunkline/dsp"
	"trunkline/media/internal/session/ear"
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

const (
	keyLength  = 100 * time.Millisecond // how long a key is pressed
	keyGap     = 100 * time.Millisecond // and how long none is, after it
	shortPause = 500 * time.Millisecond // 'w'
	longPause  = time.Second            // 'W'
	endRepeats = 2                      // of the packet that ends a key: three in all (RFC 4733 §2.5.1.4)
	keyVolume  = 10                     // −dBm0
)

// Most is how many wishes may wait to be fulfilled.
const Most = 16

// Line is what digits are sent on.
type Line struct {
	Rate, Clock int           // of sound and of telephone-events, Hz
	Ptime       time.Duration // of a frame
	Events      bool          // the far side takes telephone-events
	Tones       bool          // and wants tones nevertheless
}

// Part is what a frame carries of a digit.
type Part uint8

// The parts of a digit.
const (
	None  Part = iota // nothing: there is none to send
	Event             // a telephone-event
	Sound             // tones, or silence
)

// Packet is a telephone-event to be sent.
type Packet struct {
	rtp.Event
	Stamp uint32 // of the key's beginning
	First bool   // of its packets
}

// Sender sends digits, one wish after the other. Make makes one.
type Sender struct {
	report func(msg.Event)
	line   Line
	wishes []wish

	step   step
	code   uint8         // of the key
	begun  uint32        // timestamp of its beginning
	spent  time.Duration // on it
	repeat int           // end packets still to send
	rest   time.Duration // of silence still to keep
	pad    dsp.Keypad    // sounds the key
}

type wish struct {
	ref    msg.Ref
	digits string // what is left of them
}

// step is where the present digit is:
//
//	idle ─▶ held ─▶ ending ─▶ resting ─▶ idle
//	idle ─▶ sounding ───────▶ resting
type step uint8

const (
	idle     step = iota
	held          // the key is down: event packets
	ending        // it is up: repeating the last packet
	sounding      // the key is down: tones
	resting       // silence before the next key
)

// Make makes a Sender. report is called, from within its methods, with the
// event DigitsSent, which names no session.
func Make(report func(msg.Event)) Sender { return Sender{report: report} }

// SetLine changes what digits are sent on. A key that cannot go on ends; it was
// heard by then.
func (s *Sender) SetLine(l Line) {
	if l.Rate != s.line.Rate && s.step == sounding || !l.Events && (s.step == held || s.step == ending) {
		s.Interrupt()
	}
	s.line = l
}

// Send queues digits; DigitsSent follows. They go as telephone-events, or as
// tones when the far side has none or wants tones. Between keys, 'w' is a pause
// of half a second and 'W' of one second; other characters are left out. When too
// many wishes are waiting already, DigitsSent comes at once and nothing is sent.
func (s *Sender) Send(ref msg.Ref, digits string) {
	if len(s.wishes) == Most {
		s.report(msg.Event{Kind: msg.DigitsSent, Ref: ref})
		return
	}
	if s.wishes == nil {
		s.wishes = make([]wish, 0, Most)
	}
	s.wishes = append(s.wishes, wish{ref, digits})
}

// Busy reports whether there may be something to send.
func (s *Sender) Busy() bool { return len(s.wishes) > 0 || s.step != idle }

// Interrupt ends a key that can no longer be sent; it was heard by then.
func (s *Sender) Interrupt() {
	if s.step != idle && s.step != resting {
		s.step, s.rest = resting, keyGap
	}
}

// Next moves on by a frame whose timestamp is stamp and returns what it carries.
// Unless that is None, said is overwritten with what is heard of it; it begins
// where the sound before it ended, at the sample before.
func (s *Sender) Next(said []int16, before int16, stamp uint32) (part Part, e Packet) {
	if s.step == idle && !s.begin(stamp) {
		return None, Packet{}
	}
	clear(said)
	switch s.step {
	case held:
		part, e = Event, s.hold()
	case ending:
		part, e = Event, s.end()
	case sounding:
		part = Sound
		s.sound(said, before)
	case resting, idle:
		part = Sound
		ear.Ease(said, before, s.line.Rate)
		s.rest -= s.line.Ptime
	}
	if s.step == resting && s.rest <= 0 {
		s.step = idle
		s.finish()
	}
	return part, e
}

// begin begins the next digit that can be sent; false when there is none.
func (s *Sender) begin(stamp uint32) bool {
	for s.finish(); len(s.wishes) > 0; s.finish() {
		first := &s.wishes[0]
		key := first.digits[:1]
		first.digits = first.digits[1:]
		switch key {
		case "w":
			s.step, s.rest = resting, shortPause
			return true
		case "W":
			s.step, s.rest = resting, longPause
			return true
		}
		if code, ok := rtp.EventCode(key[0]); ok {
			s.press(key, code, stamp)
			return true
		}
	}
	return false
}

// finish reports wishes that are fulfilled.
func (s *Sender) finish() {
	for len(s.wishes) > 0 && s.wishes[0].digits == "" {
		ref := s.wishes[0].ref
		n := copy(s.wishes, s.wishes[1:])
		s.wishes[n] = wish{}
		s.wishes = s.wishes[:n]
		s.report(msg.Event{Kind: msg.DigitsSent, Ref: ref})
	}
}

func (s *Sender) press(key string, code uint8, stamp uint32) {
	s.step, s.code, s.begun, s.spent = held, code, stamp, 0
	if s.line.Events && !s.line.Tones {
		return
	}
	s.step = sounding
	s.pad = dsp.MakeKeypad(dsp.KeySound{On: keyLength, Off: keyGap}, s.line.Rate)
	s.pad.Dial(key)
}

// hold is the next packet of the key that is down. Its duration counts this
// frame in, since a first packet of duration 0 confuses some.
func (s *Sender) hold() Packet {
	first := s.spent == 0
	s.spent += s.line.Ptime
	up := s.spent >= keyLength
	if up {
		s.step, s.repeat, s.rest = ending, endRepeats, keyGap
	}
	return s.packet(first, up)
}

// end repeats the packet that ends the key.
func (s *Sender) end() Packet {
	if s.repeat--; s.repeat == 0 {
		s.step = resting
	}
	s.rest -= s.line.Ptime
	return s.packet(false, true)
}

func (s *Sender) packet(first, up bool) Packet {
	units := uint16(s.spent * time.Duration(s.line.Clock) / time.Second)
	e := rtp.Event{Code: s.code, End: up, Volume: keyVolume, Duration: units}
	return Packet{Event: e, Stamp: s.begun, First: first}
}

// sound sounds the key that is down, and the silence after it.
func (s *Sender) sound(said []int16, before int16) {
	s.pad.Fill(said)
	if s.spent == 0 {
		ear.Ease(said, before, s.line.Rate)
	}
	s.spent += s.line.Ptime
	if s.spent >= keyLength {
		s.step, s.rest = resting, keyLength+keyGap-s.spent
	}
}
