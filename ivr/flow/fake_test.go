package flow

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/ivr/bundle"
	"trunkline/ivr/line"
	"trunkline/speech"
)

// fake is a call with a scripted caller, on the clock of its bubble. The
// caller is a goroutine that hears prompts, speaks, presses keys and hangs up.
type fake struct {
	t    *testing.T
	info call.Info
	ctx  context.Context
	end  context.CancelFunc

	done   chan struct{}
	inputs chan call.Input

	mu      sync.Mutex
	change  *sync.Cond // something of what follows has changed
	times   call.Times
	cause   call.Cause
	log     []string // what happened, in the order of a test's expectations
	plays   []*fakePlay
	over    bool // the flow has returned
	voice   []voice
	ears    int // open Listens
	legs    int // open second legs
	streams int // open recognitions
	started int // recognitions ever begun
	dial    func(call.DialRequest) error
	talk    chan call.Cause // ends a bridge
	deaf    bool            // Listen fails
	sent    string          // digits sent to the caller

	conference call.Conference
	options    speech.RecognitionOptions
}

// player runs the flows of one bundle.
type player struct {
	*Runner
	bundle *bundle.Bundle
}

func newPlayer(cfg Config, b *bundle.Bundle) *player { return &player{New(cfg), b} }

func (p *player) run(ctx context.Context, to line.Phone) error { return p.Run(ctx, p.bundle, to) }

// Warm is the runner's for the bundle.
func (p *player) Warm(ctx context.Context) error { return p.Runner.Warm(ctx, p.bundle) }

// flowsOf is a bundle of the given flows.
func flowsOf(flows map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range flows {
		out["flows/"+name+".lua"] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

// voice is when the caller spoke; the sample value stands for the sentence.
type voice struct {
	from, to time.Time
	mark     int16
}

func newFake(t *testing.T, flow string) *fake {
	f := &fake{
		t: t, info: call.Info{ID: "c1", Direction: call.Inbound, Trunk: "local", From: "100", To: flow, Flow: flow},
		done: make(chan struct{}), inputs: make(chan call.Input, 256), talk: make(chan call.Cause),
	}
	f.change = sync.NewCond(&f.mu)
	f.times.Started = time.Now()
	f.ctx, f.end = context.WithCancel(context.Background())
	return f
}

// play runs a flow against a caller's script and returns when both are done.
func (f *fake) play(e *player, caller func()) error {
	f.t.Helper()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		caller()
	}()
	err := e.run(f.ctx, f)
	f.mu.Lock()
	f.over = true
	if f.ears != 0 || f.streams != 0 {
		f.t.Errorf("left open: %d ears, %d recognitions", f.ears, f.streams)
	}
	f.mu.Unlock()
	f.change.Broadcast()
	<-gone
	f.hangup("system", "normal")
	return err
}

func (f *fake) note(format string, args ...any) {
	f.log = append(f.log, fmt.Sprintf(format, args...))
	f.change.Broadcast()
}

func (f *fake) Info() call.Info       { return f.info }
func (f *fake) Done() <-chan struct{} { return f.done }

func (f *fake) Cause() call.Cause {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.cause
}

func (f *fake) Times() call.Times {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.times
}

func (f *fake) Ring(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("ring")
	return nil
}

func (f *fake) Answer(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.times.Answered.IsZero() {
		f.times.Answered = time.Now()
		f.note("answer")
	}
	return nil
}

func (f *fake) Reject(_ context.Context, code string) error {
	if !f.Times().Answered.IsZero() {
		return &call.Error{Verb: "reject", Cause: call.Cause{Code: call.CodeInvalid, Text: "the call was answered already"}}
	}
	f.hangup(call.ByFlow, code)
	return nil
}

// Transfer fails for whoever is called busy.
func (f *fake) Transfer(_ context.Context, to string, l line.Leg) error {
	if to == "busy" {
		return &call.Error{Verb: "transfer", Cause: call.Cause{Code: "busy", SIP: 486}}
	}
	f.mu.Lock()
	if f.note("transfer %s", to); l != nil {
		f.note("instead of leg %s", l.ID())
	}
	f.mu.Unlock()
	f.hangup(call.ByFlow, "normal")
	return nil
}

func (f *fake) Hangup(by, code, _ string) { f.hangup(by, code) }

// hangup ends the call, once.
func (f *fake) hangup(by, code string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.times.Ended.IsZero() {
		return
	}
	f.times.Ended = time.Now()
	f.cause = call.Cause{Code: code, By: by}
	f.note("end %s %s", by, code)
	for _, p := range f.plays {
		p.finish("dropped")
	}
	f.legs = 0
	f.end()
	close(f.done)
}

func (f *fake) Inputs() <-chan call.Input { return f.inputs }

func (f *fake) Listen() (line.Sound, func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.deaf {
		return nil, nil, &call.Error{Verb: "listen", Cause: call.Cause{Code: call.CodeInvalid}}
	}
	f.ears++
	closed := sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.ears--
	})
	return &fakeSound{f: f, last: time.Now()}, closed, nil
}

// fakeSound makes the caller's sound out of when they spoke.
type fakeSound struct {
	f    *fake
	last time.Time
}

func (s *fakeSound) ReadAtLeast(ctx context.Context, dst []int16, least int) (int, error) {
	t := time.NewTimer(time.Until(s.last.Add(time.Duration(least) * time.Second / speech.Rate)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	n := min(len(dst), int(time.Since(s.last)*speech.Rate/time.Second))
	s.f.mu.Lock()
	defer s.f.mu.Unlock()
	for i := range n {
		at := s.last.Add(time.Duration(i) * time.Second / speech.Rate)
		dst[i] = 0
		for _, v := range s.f.voice {
			if !at.Before(v.from) && (v.to.IsZero() || at.Before(v.to)) {
				dst[i] = v.mark
			}
		}
	}
	s.last = s.last.Add(time.Duration(n) * time.Second / speech.Rate)
	return n, nil
}

func (f *fake) SendDigits(_ context.Context, digits string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent += digits
	return nil
}

func (f *fake) Record(context.Context) (string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("record")
	return "/recordings/c1.wav", nil
}

func (f *fake) Hold(_ context.Context, r call.HoldRequest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("hold with %s", r.Music.What.File)
	return nil
}

func (f *fake) Unhold(context.Context, string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("unhold")
	return nil
}

func (f *fake) Park(_ context.Context, r call.ParkRequest) (call.Parked, error) {
	if r.Told != nil {
		r.Told("701")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("park %s with %s", r.Slot, r.Music.What.File)
	return call.Parked{Slot: "701", Code: "timeout", Waited: r.Timeout}, nil
}

func (f *fake) Pickup(_ context.Context, slot string) (call.BridgeResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("pickup %s", slot)
	return call.BridgeResult{Cause: call.Cause{Code: "normal", By: "callee"}, Duration: time.Minute}, nil
}

func (f *fake) Conceal(context.Context) (func(), error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("conceal")
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.note("show")
	}, nil
}

func (f *fake) PauseRecording(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("record_pause")
	return nil
}

func (f *fake) ResumeRecording(context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.note("record_resume")
	return nil
}

type fakeLeg struct{ f *fake }

func (l *fakeLeg) ID() string { return "b" }

func (l *fakeLeg) Hangup() {
	l.f.mu.Lock()
	defer l.f.mu.Unlock()
	l.f.legs = 0
	l.f.note("leg hung up")
}

func (f *fake) Dial(ctx context.Context, r call.DialRequest) (line.Leg, error) {
	f.mu.Lock()
	f.note("dial %s %s %v", r.Trunk, r.To, r.Timeout)
	dial := f.dial
	f.mu.Unlock()
	if dial == nil {
		<-ctx.Done() // rings until the caller gives up
		return nil, &call.Error{Verb: "dial", Cause: call.Cause{Code: call.CodeHangup}}
	}
	if err := dial(r); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.legs++
	return &fakeLeg{f}, nil
}

func (f *fake) Bridge(ctx context.Context, l line.Leg) (call.BridgeResult, error) {
	from := time.Now()
	f.mu.Lock()
	f.note("bridge %s", l.ID())
	f.mu.Unlock()
	select {
	case c := <-f.talk:
		f.mu.Lock()
		defer f.mu.Unlock()
		f.legs = 0
		return call.BridgeResult{Cause: c, Duration: time.Since(from)}, nil
	case <-ctx.Done():
		return call.BridgeResult{}, &call.Error{Verb: "bridge", Cause: call.Cause{Code: call.CodeHangup}}
	}
}

func (f *fake) Confer(ctx context.Context, r call.Conference) error {
	f.mu.Lock()
	f.note("conference %s", r.Room)
	f.conference = r
	f.mu.Unlock()
	<-ctx.Done()
	return &call.Error{Verb: "conference", Cause: call.Cause{Code: call.CodeHangup}}
}

func (f *fake) Echo(ctx context.Context) error {
	f.mu.Lock()
	f.note("echo")
	f.mu.Unlock()
	<-ctx.Done()
	return &call.Error{Verb: "echo", Cause: call.Cause{Code: call.CodeTimeout}}
}

func (f *fake) Emit(d event.Data) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch d := d.(type) {
	case event.NodeReached:
		f.note("node %s by %s", d.Node, d.By)
	case event.NoMatch:
		f.note("nomatch %s %s", d.Reason, d.Heard)
	case event.SpeechRecognized:
		f.note("recognized %s", d.Text)
	case event.FlowFailed:
		f.note("failed %s", d.Error)
	default:
		f.note("event %T", d)
	}
}
