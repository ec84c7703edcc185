package call_test

import (
	"context"
	"strings"
	"testing"

	"trunkline/call"
)

// TestMessage holds that a text from outside reaches the flow among its inputs, and that
// what does not fit is refused.
func TestMessage(t *testing.T) {
	calls, got := make(chan *call.Call, 1), make(chan call.Input, 1)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		calls <- c
		select {
		case in := <-c.Inputs():
			got <- in
		case <-ctx.Done():
		}
		<-ctx.Done()
		return nil
	})
	l := r.caller.dial(r.addr, "100")
	l.up()
	c := <-calls
	if err := c.Message(t.Context(), strings.Repeat("x", 4097)); code(err) != call.CodeInvalid {
		t.Errorf("too long: %v", err)
	}
	if err := r.m.Message(t.Context(), c.Info().ID, "你好"); err != nil {
		t.Fatal(err)
	}
	if in := <-got; in.Kind != call.MessageReceived || in.Text != "你好" {
		t.Errorf("got %+v", in)
	}
	refused := ""
	for n := 0; refused == "" && n < 1000; n++ {
		refused = code(c.Message(t.Context(), "more"))
	}
	if refused != "overload" {
		t.Errorf("messages without end: %q", refused)
	}
	if err := r.m.Message(t.Context(), "nobody", ""); err != call.ErrNoCall {
		t.Errorf("to nobody: %v", err)
	}
	l.end()
	r.record()
}
