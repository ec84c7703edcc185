package conduct

import (
	"context"

	"trunkline/call/event"
)

// Conceal keeps the keys that the caller presses out of events and out of traces
// of signalling until show is called, which may be more than once. The flow gets
// them all the same. The caller's sound is not silenced, see PauseRecording, but for
// keys in it, from now on: the last one may still be down when show is called, and a
// recording goes on.
func (c *Call) Conceal(ctx context.Context) (show func(), err error) {
	var id string
	err = c.ask(ctx, "conceal", func() error {
		c.secret++
		id = c.head.Dialog.CallID()
		c.deps.Concealer.Hide(id)
		c.head.Session.MaskKeys(true)
		return nil
	})
	if err != nil {
		return nil, err
	}
	shown := false
	return func() {
		if shown {
			return
		}
		shown = true
		c.deps.Concealer.Show(id)
		c.post(act(func(c *Call) { c.secret-- }))
	}, nil
}

// keyEvent is what is told of a key.
func (c *Call) keyEvent(l *leg, d byte) event.Digit {
	if c.secret > 0 && l == c.head {
		return event.Digit{Hidden: true}
	}
	return event.Digit{Digit: string(d)}
}
