package session

import (
	"time"

	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/internal/session/ear"
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

const (
	keyLength    = 100 * time.Millisecond // how long a key is pressed
	keyGap       = 100 * time.Millisecond // and how long none is, after it
	shortPause   = 500 * time.Millisecond // 'w'
	longPause    = time.Second            // 'W'
	endRepeats   = 2                      // of the packet that ends a key: three in all (RFC 4733 §2.5.1.4)
	keyVolume    = 10                     // −dBm0
	keyLevel     = dsp.DB(-13)
	maxDialWants = 16
)

// dial is the sending of digits.
type dial struct {
	wants []dialling

	step   step
	tones  bool // the pressed key goes as tones
	code   uint8
	begun  uint32        // timestamp of the key's beginning
	spent  time.Duration // on this key
	repeat int           // end packets still to send
	rest   time.Duration // of silence still to keep
	low    dsp.Tone
	high   dsp.Tone
}

type dialling struct {
	ref    msg.Ref
	digits string // what is left of them
}

// step is where the present digit is:
//
//	idle ─▶ held ─▶ ending ─▶ resting ─▶ idle
type step uint8

const (
	idle    step = iota
	held         // the key is down: event packets, or tones
	ending       // it is up: repeating the last packet
	resting      // silence before the next key
)

// SendDigits queues digits for sending as telephone-events, or as tones in the
// sound when the far side has no telephone-events or wants tones; DigitsSent
// follows. Between keys, 'w' is a pause of half a second and 'W' of one second;
// other characters are left out. When too many wishes are waiting already,
// DigitsSent comes at once and nothing is sent.
func (s *Session) SendDigits(ref msg.Ref, digits string) {
	if s.closed {
		return
	}
	if len(s.dial.wants) == maxDialWants {
		s.report(msg.Event{Kind: msg.DigitsSent, Ref: ref})
		return
	}
	if s.dial.wants == nil {
		s.dial.wants = make([]dialling, 0, maxDialWants)
	}
	s.dial.wants = append(s.dial.wants, dialling{ref, digits})
}

func (d *dial) busy() bool { return len(d.wants) > 0 || d.step != idle }

// interrupt ends a key that can no longer be sent; it was heard by then.
func (d *dial) interrupt() {
	if d.step == held || d.step == ending {
		d.step, d.rest = resting, keyGap
	}
}

// dialled sends this frame's part of a digit; false when there is none left
// and the frame is free for other sound.
func (s *Session) dialled(now clock.Time) bool {
	d := &s.dial
	if d.step == idle && !s.nextDigit() {
		return false
	}
	if s.params.SendEvents == 0 && (d.step == ending || d.step == held && !d.tones) { // a re-INVITE took them away
		d.interrupt()
	}
	said := s.said[:s.samples]
	clear(said)
	switch d.step {
	case held:
		if d.tones {
			s.sayTones(now, said)
		} else {
			s.sayEvent(now)
		}
	case ending:
		s.sendEvent(now, rtp.Event{Code: d.code, End: true, Volume: keyVolume, Duration: s.eventUnits(d.spent)})
		if d.repeat--; d.repeat == 0 {
			d.step = resting
		}
		d.rest -= s.ptime
	case resting, idle:
		ear.Ease(said, s.seam.last, s.rate)
		s.saySound(now, said)
		d.rest -= s.ptime
	}
	if d.step == resting && d.rest <= 0 {
		d.step = idle
		s.finishDigits()
	}
	return true
}

// nextDigit begins the next digit that can be sent; false when there is none.
func (s *Session) nextDigit() bool {
	d := &s.dial
	for s.finishDigits(); len(d.wants) > 0; s.finishDigits() {
		want := &d.wants[0]
		key := want.digits[0]
		want.digits = want.digits[1:]
		switch key {
		case 'w':
			d.step, d.rest = resting, shortPause
			return true
		case 'W':
			d.step, d.rest = resting, longPause
			return true
		}
		if code, ok := rtp.EventCode(key); ok {
			s.press(code)
			return true
		}
	}
	return false
}

// finishDigits reports wishes that are fulfilled.
func (s *Session) finishDigits() {
	d := &s.dial
	for len(d.wants) > 0 && d.wants[0].digits == "" {
		ref := d.wants[0].ref
		n := copy(d.wants, d.wants[1:])
		d.wants[n] = dialling{}
		d.wants = d.wants[:n]
		s.report(msg.Event{Kind: msg.DigitsSent, Ref: ref})
	}
}

func (s *Session) press(code uint8) {
	d := &s.dial
	d.step, d.code, d.begun, d.spent = held, code, s.header.Timestamp, 0
	d.tones = s.params.SendEvents == 0 || s.params.Keys == msg.KeyTones
	key, _ := rtp.Event{Code: code}.Digit()
	low, high, _ := dsp.DTMF(key)
	d.low, d.high = dsp.MakeTone(low, keyLevel, s.rate), dsp.MakeTone(high, keyLevel, s.rate)
}

// eventUnits returns d as an event's duration.
func (s *Session) eventUnits(d time.Duration) uint16 {
	return uint16(d * time.Duration(s.clock) / time.Second)
}

// sayEvent sends the pressed key's next packet. Its duration counts this frame
// in, since a first packet of duration 0 confuses some.
func (s *Session) sayEvent(now clock.Time) {
	d := &s.dial
	s.header.Marker = d.spent == 0
	d.spent += s.ptime
	e := rtp.Event{Code: d.code, Volume: keyVolume, End: d.spent >= keyLength, Duration: s.eventUnits(d.spent)}
	s.sendEvent(now, e)
	if e.End {
		d.step, d.repeat, d.rest = ending, endRepeats, keyGap
	}
}

func (s *Session) sendEvent(now clock.Time, e rtp.Event) {
	h := s.header
	h.Type, h.Timestamp = s.params.SendEvents, s.dial.begun
	s.header.Marker = false
	s.transmit(now, h, rtp.PutEvent(s.packet[rtp.HeaderSize:], e))
}

// sayTones sends the pressed key in the sound.
func (s *Session) sayTones(now clock.Time, said []int16) {
	d := &s.dial
	sounding := min(s.ptime, keyLength-d.spent)
	part := said[:int(sounding*time.Duration(s.rate)/time.Second)]
	d.low.Fill(part)
	d.high.Mix(part)
	if d.spent == 0 {
		ear.Ease(said, s.seam.last, s.rate)
	}
	d.spent += sounding
	s.saySound(now, said)
	if d.spent >= keyLength {
		d.step, d.rest = resting, keyGap-(s.ptime-sounding)
	}
}
