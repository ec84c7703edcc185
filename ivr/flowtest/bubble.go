package flowtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
)

const (
	// longestTest is how long a test may take by its own clock,
	longestTest = 10 * time.Minute
	// longestWait by that of everyone else,
	longestWait = 30 * time.Second
	// and lettingGo how long a flow may take to end when its call is over, by
	// the test's clock.
	lettingGo = time.Minute
)

// run runs one test in a bubble of its own. One that never ends is left behind:
// a goroutine cannot be killed.
func (s *Suite) run(f *file, i int) Result {
	began := time.Now()
	came := make(chan Result, 1)
	go func() { came <- s.bubble(f, i) }()
	late := time.NewTimer(longestWait)
	defer late.Stop()
	r := Result{}
	select {
	case r = <-came:
	case <-late.C:
		r.Err = fmt.Sprintf("%s: it did not end in %v", f.name, longestWait)
	}
	r.File, r.Name, r.Took = f.name, f.tests[i], time.Since(began)
	return r
}

// bubble runs one test on a clock of its own.
func (s *Suite) bubble(f *file, i int) (r Result) {
	defer func() {
		// What keeps the bubble from ending: something waits that nobody will wake.
		if p := recover(); p != nil {
			r.Err = join(r.Err, fmt.Sprintf("%s: something was left running: %v", f.name, p))
		}
	}()
	// A testing.T that belongs to no test: the bubble needs one, nobody reports to it.
	synctest.Test(new(testing.T), func(*testing.T) {
		defer func() {
			if p := recover(); p != nil {
				r.Err = join(r.Err, fmt.Sprintf("%s: panic: %v", f.name, p))
			}
		}()
		r = s.try(f, i)
	})
	return r
}

// try runs one test, within a bubble.
func (s *Suite) try(f *file, i int) (r Result) {
	time.Sleep(time.Until(tests2026()))
	t := newTrial(s, f.name)
	began := time.Now()
	t.L = sandbox.New(t.ctx, sandbox.Limits{}, func(text string) { r.Printed = append(r.Printed, text) })
	defer t.L.Close()
	tests, err := collect(t.L, f)
	if err == nil && i >= len(tests) {
		err = fmt.Errorf("%s: it has no %d tests any more", f.name, i+1)
	}
	if err == nil {
		err = t.play(tests[i].body)
	}
	if err != nil {
		r.Err = err.Error()
		t.aside("fails here")
	}
	r.Err = join(r.Err, t.close())
	r.Clock = time.Since(began) - t.skipped
	r.Dialogue = t.dialogue()
	return r
}

// tests2026 is when tests take place that name no time: a Monday at ten, by the
// clock of this machine.
func tests2026() time.Time { return time.Date(2026, time.January, 5, 10, 0, 0, 0, time.Local) }

// play runs the body of a test.
func (t *trial) play(body *lua.LFunction) error {
	t.L.Think()
	err := t.L.CallByParam(lua.P{Fn: body, Protect: true}, t.table())
	if err == nil {
		return nil
	}
	text := blamed(sandbox.Failure(err), t.file)
	if why := context.Cause(t.ctx); why != nil {
		text = strings.Replace(text, sandbox.ErrOver.Error(), why.Error(), 1)
		for _, c := range t.calls {
			text += c.at()
		}
	}
	return errors.New(text)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "\n" + b
}
