package call

import "context"

// Echo lets the caller hear what it says until ctx ends or the call is over.
func (c *Call) Echo(ctx context.Context) error {
	reply := make(chan error, 1)
	if err := c.wish(ctx, "echo", echo{reply}, reply); err != nil {
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

type echo struct{ reply chan<- error }

func (m echo) apply(c *Call) {
	l := c.head
	switch {
	case c.ending:
		m.reply <- over("echo")
	case l.answered.IsZero():
		m.reply <- failed("echo", CodeInvalid, "the caller is not answered yet")
	case !l.session.Echo(true):
		m.reply <- failed("echo", CodeInvalid, "the media thread is busy")
	default:
		l.session.Stop(0)
		m.reply <- nil
	}
}

type unecho struct{}

func (unecho) apply(c *Call) { c.head.session.Echo(false) }
