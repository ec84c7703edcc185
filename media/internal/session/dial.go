package session

import (
	"trunkline/dsp"
	"trunkline/internal/clock"
	"trunkline/media/msg"
	"trunkline/media/rtp"
)

const (
	keySamples   = rate / 10 // how long a key is pressed: 100 ms
	gapSamples   = rate / 10 // and how long none is, after it
	shortPause   = rate / 2  // 'w'
	longPause    = rate      // 'W'
	endRepeats   = 2         // of the packet that ends a key: three in all (RFC 4733 §2.5.1.4)
	keyVolume    = 10        // −dBm0
	keyLevel     = dsp.DB(-13)
	maxDialWants = 16
)

// dial is the sending of digits.
type dial struct {
	wants [maxDialWants]dialling
	n     int

	step   step
	code   uint8
	begun  uint32 // timestamp of the key's beginning
	spent  int    // samples of this key
	repeat int    // end packets still to send
	rest   int    // samples of silence still to keep
	low    dsp.Tone
	high   dsp.Tone
}

type dialling struct {
	ref    msg.Ref
	digits string // what is left of them
}

// step is where the present digit is:
//
//	idle ─▶ pressed ─▶ ending ─▶ resting ─▶ idle
type step uint8

const (
	idle    step = iota
	pressed      // the key is down: event packets, or tones
	ending       // it is up: repeating the last packet
	resting      // silence before the next key
)

// SendDigits queues digits for sending as telephone-events, or as tones in the
// sound when the far side has no telephone-events; DigitsSent follows. Between
// keys, 'w' is a pause of half a second and 'W' of one second; other
// characters are left out. When too many wishes are waiting already,
// DigitsSent comes at once and nothing is sent.
func (s *Session) SendDigits(now clock.Time, ref msg.Ref, digits string) {
	if s.closed {
		return
	}
	if s.dial.n == maxDialWants {
		s.report(msg.Event{Kind: msg.DigitsSent, Ref: ref})
		return
	}
	s.dial.wants[s.dial.n] = dialling{ref, digits}
	s.dial.n++
}

func (d *dial) busy() bool { return d.n > 0 || d.step != idle }

// interrupt ends a key that can no longer be sent; it was heard by then.
func (d *dial) interrupt() {
	if d.step == pressed || d.step == ending {
		d.step, d.rest = resting, gapSamples
	}
}

// dialled sends this frame's part of a digit; false when there is none left
// and the frame is free for other sound.
func (s *Session) dialled(n int) bool {
	d := &s.dial
	if d.step == idle && !s.nextDigit() {
		return false
	}
	if d.step == ending && s.params.SendEvents == 0 { // a re-INVITE took them away
		d.interrupt()
	}
	clear(s.said[:n])
	switch d.step {
	case pressed:
		if s.params.SendEvents == 0 {
			s.sayTones(n)
		} else {
			s.sayEvent(n)
		}
	case ending:
		s.sendEvent(rtp.Event{Code: d.code, End: true, Volume: keyVolume, Duration: uint16(d.spent)})
		if d.repeat--; d.repeat == 0 {
			d.step = resting
		}
		d.rest -= n
	case resting, idle:
		s.saySound(s.said[:n])
		d.rest -= n
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
	for s.finishDigits(); d.n > 0; s.finishDigits() {
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
	for d.n > 0 && d.wants[0].digits == "" {
		ref := d.wants[0].ref
		copy(d.wants[:], d.wants[1:d.n])
		d.n--
		d.wants[d.n] = dialling{}
		s.report(msg.Event{Kind: msg.DigitsSent, Ref: ref})
	}
}

func (s *Session) press(code uint8) {
	d := &s.dial
	d.step, d.code, d.begun, d.spent = pressed, code, s.header.Timestamp, 0
	key, _ := rtp.Event{Code: code}.Digit()
	low, high, _ := dsp.DTMF(key)
	d.low, d.high = dsp.MakeTone(low, keyLevel, rate), dsp.MakeTone(high, keyLevel, rate)
}

// sayEvent sends the pressed key's next packet. Its duration counts this frame
// in, since a first packet of duration 0 confuses some.
func (s *Session) sayEvent(n int) {
	d := &s.dial
	first := d.spent == 0
	d.spent += n
	e := rtp.Event{Code: d.code, Volume: keyVolume, End: d.spent >= keySamples, Duration: uint16(d.spent)}
	s.header.Marker = first
	s.sendEvent(e)
	if e.End {
		d.step, d.repeat, d.rest = ending, endRepeats, gapSamples
	}
}

func (s *Session) sendEvent(e rtp.Event) {
	h := s.header
	h.Type, h.Timestamp = s.params.SendEvents, s.dial.begun
	s.header.Marker = false
	s.transmit(h, rtp.PutEvent(s.packet[rtp.HeaderSize:], e))
}

// sayTones sends the pressed key in the sound.
func (s *Session) sayTones(n int) {
	d := &s.dial
	part := s.said[:min(n, keySamples-d.spent)]
	d.low.Fill(part)
	d.high.Mix(part)
	d.spent += len(part)
	s.saySound(s.said[:n])
	if d.spent == keySamples {
		d.step, d.rest = resting, gapSamples-(n-len(part))
	}
}
