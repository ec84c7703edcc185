package call

import "context"

// Echo lets the caller hear what it says until ctx ends or the call is over.
func (c *Call) Echo(ctx context.Context) error {
	if err := c.ask(ctx, "echo", c.echo); err != nil {
		return err
	}
	defer c.post(unecho{})
	select {
	case <-c.done:
		return over("echo")
	case <-ctx.Done():
		return failed("echo", c.interrupted(), context.Cause(ctx).Error())
	}
}

func (c *Call) echo() error {
	l := c.head
	switch {
	case c.ending:
		return over("echo")
	case !l.Up():
		return failed("echo", CodeInvalid, "the caller is not answered yet")
	case !l.Session.Echo(true):
		return failed("echo", CodeInvalid, "the media thread is busy")
	}
	l.Session.Stop(0)
	return nil
}

type unecho struct{}

func (unecho) apply(c *Call) { c.head.Session.Echo(false) }
