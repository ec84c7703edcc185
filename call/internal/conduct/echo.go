package conduct

import (
	"context"

	"trunkline/call/internal/fault"
)

// Echo lets the caller hear what it says until ctx ends or the call is over.
func (c *Call) Echo(ctx context.Context) error {
	if err := c.ask(ctx, "echo", c.echo); err != nil {
		return err
	}
	defer c.post(act(func(c *Call) { c.head.Session.Echo(false) }))
	select {
	case <-c.done:
		return fault.Over("echo")
	case <-ctx.Done():
		return fault.New("echo", c.interrupted(), context.Cause(ctx).Error())
	}
}

func (c *Call) echo() error {
	l := c.head
	switch {
	case c.ending:
		return fault.Over("echo")
	case !l.Up():
		return fault.New("echo", fault.Invalid, "the caller is not answered yet")
	case !l.Session.Echo(true):
		return fault.New("echo", fault.Invalid, "the media thread is busy")
	}
	l.Session.Stop(0)
	return nil
}
