package conduct

import (
	"context"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/call/internal/inlet"
	"trunkline/media/msg"
	"trunkline/media/tap"
	"trunkline/sip"
)

// Inputs yields what comes from the caller while the flow listens, in order.
// There is one channel per call, and what is pressed ahead is kept; it is never
// closed: watch Done as well.
func (c *Call) Inputs() <-chan Input { return c.inputs.Ready() }

// MaxMessage is the longest message, bytes.
const MaxMessage = 4096

// Message hands the flow a text, as an Input. The error is that the call is over, the
// text is too long, or the flow lets a great many inputs lie ("overload").
func (c *Call) Message(ctx context.Context, text string) error {
	return c.ask(ctx, "message", func() error {
		switch {
		case c.ending:
			return fault.Over("message")
		case len(text) > MaxMessage:
			return fault.New("message", fault.Invalid, "the message is too long")
		case !c.feed(Input{Kind: inlet.MessageReceived, Text: text}):
			return fault.New("message", string(sip.Overload), "the flow does not listen")
		}
		return nil
	})
}

// feed hands the flow an input, and reports whether nothing was lost.
func (c *Call) feed(in Input) bool {
	ok := c.inputs.Feed(in)
	if !ok {
		c.log.Warn("input dropped: the flow does not listen", "kind", in.Kind)
	}
	return ok
}

// onDigit takes a key. What is pressed in a conversation is meant for the other
// side; only else is it the flow's.
func (l *leg) onDigit(d byte, crossed bool) {
	c := l.call
	c.publish(l.ID, c.keyEvent(l, d))
	if other := c.bridge.across(l); other != nil {
		if !crossed && c.bridge.stands { // else the media plane has passed it on, or nobody shall hear it
			other.press(0, string(d))
		}
	} else if l == c.head {
		c.feed(Input{Kind: inlet.KeyPressed, Digit: d})
	}
}

func (l *leg) onSpeech(k msg.Kind) {
	if l != l.call.head {
		return
	}
	if k == msg.SpeechEnded {
		l.call.feed(Input{Kind: inlet.SpeechEnded})
		return
	}
	l.call.publish(l.ID, event.SpeechStarted{})
	l.call.feed(Input{Kind: inlet.SpeechStarted})
}

// Listen turns speech detection on the caller's leg on and returns a live copy
// of what the caller says; stop ends both and may be called more than once.
func (c *Call) Listen() (t *tap.Tap, stop func(), err error) {
	t = tap.New(tap.Inbound, 8000, listenMillis)
	err = c.ask(context.Background(), "listen", func() error {
		switch {
		case c.ending:
			return fault.Over("listen")
		case !c.ears.Open(c.head.Session, t):
			return fault.New("listen", fault.Invalid, "the leg cannot be tapped now")
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	return t, func() { c.post(act(func(c *Call) { c.ears.Close(t) })) }, nil
}

// listenMillis is how far a recogniser may fall behind before it loses sound.
const listenMillis = 5000

// SendDigits sends digits (0–9 * # A–D) to the caller's side and waits until
// they are on the wire.
func (c *Call) SendDigits(ctx context.Context, digits string) error {
	ref, reply := c.player.Name(), make(chan error, 1)
	return c.wish(ctx, "dtmf", act(func(c *Call) {
		switch {
		case c.ending:
			reply <- fault.Over("dtmf")
		case !c.head.Up():
			reply <- fault.New("dtmf", fault.Invalid, "the leg is not up")
		case !c.head.press(ref, digits):
			reply <- fault.New("dtmf", fault.Invalid, "the media thread is busy")
		default:
			c.sends[ref] = reply
		}
	}), reply)
}

// press sends digits to a leg; onDigitsSent follows with ref. It reports false when
// the media thread is too busy.
func (l *leg) press(ref msg.Ref, digits string) bool {
	c := l.call
	return l.Press(ref, digits, func() { c.post(act(func(c *Call) { c.onDigitsSent(ref) })) })
}

func (c *Call) onDigitsSent(ref msg.Ref) {
	if reply, ok := c.sends[ref]; ok {
		delete(c.sends, ref)
		reply <- nil
	}
}
