package main

import (
	"fmt"
	"net/netip"
	"time"

	"trunkline/bench/load"
	"trunkline/bench/report"
)

// The tones of talkers, and of the prompt in bench/prompts, Hz.
const (
	callerTone = 800
	calleeTone = 1200
	promptTone = 440
)

// pure is which part of what is heard must be the tone that is expected.
const pure = 0.8

// destination is one that bench.yaml offers.
type destination struct {
	number string
	rooms  int // callers of one conference
	hears  float64
	called bool // there is a callee, who hears the caller
	keys   string
}

// destinations are all of them, with what a caller is to hear there.
var destinations = []destination{
	{number: "b2b", hears: calleeTone, called: true},
	{number: "b2bmix", hears: calleeTone, called: true},
	{number: "xcode", hears: calleeTone, called: true},
	{number: "xopus", hears: calleeTone, called: true},
	{number: "play", hears: promptTone},
	{number: "rec", hears: promptTone},
	{number: "dtmf", keys: "4711"},
	{number: "echo", hears: callerTone},
	{number: "conf", rooms: 10},
}

// visit sets calls to a destination up, drives them, looks at the sound of one
// more and reports.
func (c *customers) visit(d destination, calls int) error {
	number := func(i int) string {
		if d.rooms > 0 {
			return fmt.Sprintf("%s%04d", d.number, i/d.rooms)
		}
		return d.number
	}
	begun, used := time.Now(), c.server.used()
	took, failed, err := c.place(number, calls)
	if failed == calls {
		return err
	}
	setUp := float64(c.server.used()-used) / 1e3 / float64(calls)
	rate := float64(calls) / time.Since(begun).Seconds()
	sample := make(chan string, 1)
	go func() { sample <- c.listen(d, number(calls)) }()
	warm, measure, _ := c.b.times()
	o, err := c.drive(warm, measure, false)
	sound := <-sample
	if err != nil {
		return err
	}
	note := fmt.Sprintf("set-up p50 %.1f p99 %.1f ms, %.0f us, %.0f/s", took[len(took)/2], took[len(took)*99/100], setUp, rate)
	if failed > 0 {
		note += fmt.Sprintf(", %d FAILED", failed)
	}
	note += "; sound: " + sound
	if problem := o.clean(); problem != "" && d.keys == "" {
		note += "; " + problem
	}
	c.b.report.Figure(fmt.Sprintf("%s, %d calls", d.number, calls), o.perCall(calls), "us/s, call", report.None, note)
	return nil
}

// listen calls once more, talks and listens for two seconds, and says whether
// both sides heard what they should.
func (c *customers) listen(d destination, number string) string {
	t, err := load.NewTalker(here)
	if err != nil {
		return err.Error()
	}
	defer t.Close()
	call, err := c.uac.Place(c.b.ctx, netip.MustParseAddrPort(serverAddr), "talker1", number, t.Addr())
	if err != nil {
		return err.Error()
	}
	t.Talk(call.Stream, callerTone, d.keys)
	long := 1800 * time.Millisecond
	if d.keys != "" {
		long += time.Duration(len(d.keys)) * time.Second
	}
	time.Sleep(long)
	verdict := "as expected"
	switch heard := t.Share(d.hears); {
	case d.keys != "" && t.Keys() != d.keys:
		verdict = fmt.Sprintf("keys %q came back as %q", d.keys, t.Keys())
	case d.hears != 0 && heard < pure:
		verdict = fmt.Sprintf("only %.0f %% of what the caller hears is right", 100*heard)
	case d.called:
		verdict = c.callee()
	}
	if err := call.End(c.b.ctx); err != nil {
		return err.Error()
	}
	return verdict
}

// callee says whether the callee of the call under observation hears the caller.
func (c *customers) callee() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.talker) == 0 {
		return "nobody was called for it"
	}
	if heard := c.talker[len(c.talker)-1].Share(callerTone); heard < pure {
		return fmt.Sprintf("only %.0f %% of what the callee hears is right", 100*heard)
	}
	return "as expected"
}
