package call_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/media/tap"
)

// drained reads a copy to its end.
func drained(t *tap.Tap) error {
	buf := make([]int16, 1600)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		if _, err := t.Read(ctx, buf); err != nil {
			return err
		}
	}
}

// TestListen holds that a flow gets copies of what its caller says, each until it has
// had enough.
func TestListen(t *testing.T) {
	copies, enough := make(chan *line, 2), make(chan bool)
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		for range 2 {
			ear, stop, err := c.Listen()
			if err != nil {
				return err
			}
			copies <- &line{t: t, ear: ear}
			defer func() {
				<-enough
				stop()
				stop() // harmless
				enough <- true
			}()
		}
		return nil
	})
	caller := r.caller.dial(r.addr, "100")
	caller.up()
	caller.hum(440)
	second, first := <-copies, <-copies // they are given up in the other order
	first.hears(440)
	second.hears(440)
	stopped := func(l *line) {
		t.Helper()
		enough <- true
		<-enough
		if err := drained(l.ear); !errors.Is(err, io.EOF) {
			t.Errorf("after the end there was %v", err)
		}
	}
	stopped(first)
	second.forget()
	second.hears(440)
	stopped(second)
	caller.end()
	r.record()
}

// TestListenToWhoGoes holds that nobody is listened to who goes to another call: what is
// said there passes by.
func TestListenToWhoGoes(t *testing.T) {
	ears := make(chan *tap.Tap, 1)
	parks := lots(0, make(chan call.Parked, 1), make(chan error, 1))
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if c.Info().To == "100" {
			ear, _, err := c.Listen()
			if err != nil {
				return err
			}
			ears <- ear
		}
		return parks(ctx, c)
	})
	waiting := r.caller.dial(r.addr, "100")
	waiting.up()
	waiting.hum(440)
	await[event.Parked](r)
	comes := r.callee.dial(r.addr, "101")
	comes.up()
	comes.hum(1000)
	waiting.hears(1000)
	comes.hears(440)
	if err := drained(<-ears); !errors.Is(err, io.EOF) {
		t.Errorf("after the end there was %v", err)
	}
	comes.end(waiting)
	if c := bothRecords(r)["101"]; len(c.Legs) != 2 || c.Legs[1].Quality.Relayed == 0 {
		t.Errorf("record %+v", c)
	}
}
