package call

import (
	"context"
	"time"

	"trunkline/call/event"
	"trunkline/media/msg"
	"trunkline/media/tap"
)

// InputKind says what an Input is.
type InputKind uint8

// The kinds of Input.
const (
	KeyPressed InputKind = iota + 1
	SpeechStarted
	SpeechEnded
	PlaybackEnded
)

// Input is one thing that came from the caller's leg.
type Input struct {
	Kind     InputKind
	Digit    byte
	Playback Playback // of PlaybackEnded; comparable with what Play returned
	Outcome  string   // of PlaybackEnded: finished, stopped, replaced, dropped
	Heard    time.Duration
	Total    time.Duration
}

// How much may be typed or said ahead of the flow: in all, and of it what the
// channel holds. Most calls need little room, some none.
const (
	inputsSize  = 256
	inputsReady = 8
)

// Inputs yields what comes from the caller while the flow listens, in order.
// There is one channel per call, and what is pressed ahead is kept; it is never
// closed: watch Done as well.
func (c *Call) Inputs() <-chan Input { return c.inputs }

// feed hands the flow an input, unless it has let 256 of them lie. The end of a
// playback, for which the flow may be waiting, takes the place of the oldest
// that is not in the channel yet.
func (c *Call) feed(in Input) {
	if len(c.ahead) == 0 {
		select {
		case c.inputs <- in:
			return
		default:
		}
	}
	if len(c.ahead) == inputsSize-inputsReady {
		c.log.Warn("input dropped: the flow does not listen", "kind", in.Kind)
		if in.Kind != PlaybackEnded {
			return
		}
		c.ahead = c.ahead[1:]
	}
	c.ahead = append(c.ahead, in)
}

// offer is the input that is next, and where to; to nobody when there is none.
func (c *Call) offer() (chan<- Input, Input) {
	if len(c.ahead) == 0 {
		c.ahead = nil
		return nil, Input{}
	}
	return c.inputs, c.ahead[0]
}

// onDigit takes a key. What is pressed in a conversation is meant for the other
// side; only else is it the flow's.
func (l *leg) onDigit(d byte, crossed bool) {
	c := l.call
	c.publish(l.id, event.Digit{Digit: string(d)})
	if other := c.bridge.across(l); other != nil {
		if !crossed { // else the media plane has passed it on
			other.press(0, string(d))
		}
	} else if l == c.head {
		c.feed(Input{Kind: KeyPressed, Digit: d})
	}
}

func (l *leg) onSpeech(k msg.Kind) {
	if l != l.call.head {
		return
	}
	if k == msg.SpeechEnded {
		l.call.feed(Input{Kind: SpeechEnded})
		return
	}
	l.call.publish(l.id, event.SpeechStarted{})
	l.call.feed(Input{Kind: SpeechStarted})
}

// Listen turns speech detection on the caller's leg on and returns a live copy
// of what the caller says; stop ends both and may be called more than once.
func (c *Call) Listen() (t *tap.Tap, stop func(), err error) {
	t = tap.New(tap.Inbound, 8000, listenMillis)
	reply := make(chan error, 1)
	if err := c.wish(context.Background(), "listen", listen{t, reply}, reply); err != nil {
		return nil, nil, err
	}
	return t, func() { c.post(unlisten{t}) }, nil
}

// listenMillis is how far a recogniser may fall behind before it loses sound.
const listenMillis = 5000

type listen struct {
	tap   *tap.Tap
	reply chan<- error
}

func (m listen) apply(c *Call) {
	l := c.head
	if c.ending {
		m.reply <- over("listen")
		return
	}
	if !l.session.Tap(m.tap) {
		m.reply <- failed("listen", CodeInvalid, "the leg cannot be tapped now")
		return
	}
	c.ears[m.tap] = true
	l.session.DetectSpeech(true)
	m.reply <- nil
}

type unlisten struct{ tap *tap.Tap }

func (m unlisten) apply(c *Call) {
	if !c.ears[m.tap] {
		return
	}
	delete(c.ears, m.tap)
	l := c.head
	l.session.Untap(m.tap)
	if len(c.ears) == 0 {
		l.session.DetectSpeech(false)
	}
}

// SendDigits sends digits (0–9 * # A–D) to the caller's side and waits until
// they are on the wire.
func (c *Call) SendDigits(ctx context.Context, digits string) error {
	reply := make(chan error, 1)
	return c.wish(ctx, "dtmf", sendDigits{msg.Ref(c.deps.refs.Add(1)), digits, reply}, reply)
}

type sendDigits struct {
	ref    msg.Ref
	digits string
	reply  chan error
}

func (m sendDigits) apply(c *Call) {
	l := c.head
	switch {
	case c.ending:
		m.reply <- over("dtmf")
	case l.answered.IsZero():
		m.reply <- failed("dtmf", CodeInvalid, "the leg is not up")
	default:
		c.sends[m.ref] = m.reply
		if !l.press(m.ref, m.digits) {
			delete(c.sends, m.ref)
			m.reply <- failed("dtmf", CodeInvalid, "the media thread is busy")
		}
	}
}

// keyLength is what an INFO says of how long a key was pressed; in the sound the
// media plane decides.
const keyLength = 160 * time.Millisecond

// press sends digits in the way the leg takes them; onDigitsSent follows with
// ref. It reports false when the media thread is too busy.
func (l *leg) press(ref msg.Ref, digits string) bool {
	if l.params.Keys != msg.KeySignal {
		return l.session.SendDigits(ref, digits)
	}
	l.dialog.Press(digits, keyLength, func() { l.call.post(pressed{ref}) })
	return true
}

type pressed struct{ ref msg.Ref }

func (m pressed) apply(c *Call) { c.onDigitsSent(m.ref) }

func (c *Call) onDigitsSent(ref msg.Ref) {
	if reply, ok := c.sends[ref]; ok {
		delete(c.sends, ref)
		reply <- nil
	}
}
