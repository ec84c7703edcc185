package flowtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing/synctest"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/caller"
	"trunkline/ivr/lib/hours"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/verb"
)

// trial is one test under way. It belongs to the goroutine of the test, but for
// what mu guards.
type trial struct {
	suite     *Suite
	file      string // of the test
	L         *sandbox.State
	ctx       context.Context // ends when the test takes too long
	cancel    context.CancelCauseFunc
	late      *time.Timer
	skipped   time.Duration // by setting the clock
	calls     []*scene
	legs      *rules[legRule]
	queues    *rules[queueRule]
	transfers *rules[transferRule]
	web       *services
	queries   *rules[queryRule]
	values    *values
	hours     map[string]*hours.Hours
}

// legRule is what the test says about legs that are dialled.
type legRule struct {
	trunk, to string // "": any
	leg       caller.Leg
}

// transferRule is what the test says about transfers that fail.
type transferRule struct{ to, code string }

// transfer says why a transfer fails; "" is that it does not.
func (t *trial) transfer(to string) string {
	rule, _ := t.transfers.pick(func(r transferRule) bool { return r.to == "" || r.to == to })
	return rule.code
}

func newTrial(s *Suite, file string) *trial {
	t := &trial{
		suite: s, file: file, legs: &rules[legRule]{}, queues: &rules[queueRule]{}, transfers: &rules[transferRule]{},
		web: &services{}, queries: &rules[queryRule]{}, values: newValues(), hours: map[string]*hours.Hours{},
	}
	t.ctx, t.cancel = context.WithCancelCause(context.Background())
	t.late = time.AfterFunc(longestTest, func() {
		t.cancel(fmt.Errorf("the test takes more than %v by its own clock", longestTest))
	})
	return t
}

// setClock lets the time pass up to a moment, without counting it.
func (t *trial) setClock(to time.Time) error {
	d := time.Until(to)
	if d < 0 {
		return fmt.Errorf("now is %s already, and the clock does not go back: give the earliest call of a test the earliest now",
			time.Now().Format(time.RFC3339))
	}
	t.late.Stop()
	time.Sleep(d)
	t.skipped += d
	t.late.Reset(longestTest)
	return nil
}

// dial says what a dialled leg does. One of which nothing was said rings unheard.
func (c *scene) dial(r call.DialRequest) caller.Leg {
	rule, ok := c.trial.legs.pick(func(l legRule) bool {
		return (l.trunk == "" || l.trunk == r.Trunk) && (l.to == "" || l.to == r.To)
	})
	if !ok {
		c.caller.Aside(fmt.Sprintf("says nothing about the leg to %s through %s (t:leg), so nobody answers it", r.To, r.Trunk))
		return caller.Leg{Outcome: "no_answer", After: 24 * time.Hour}
	}
	return rule.leg
}

// close ends all calls and waits for their flows. It says what is wrong with
// them that the test did not expect.
func (t *trial) close() (problems string) {
	t.aside("is over before the call is")
	for _, c := range t.calls {
		c.caller.HangUp()
		c.join()
		problems = join(problems, c.problem())
		t.suite.cover.nodes(c.caller.Events())
	}
	t.late.Stop()
	t.cancel(nil)
	return problems
}

// aside notes something about the test in the dialogues of calls that go on.
func (t *trial) aside(what string) {
	for _, c := range t.calls {
		if _, over := c.caller.Ended(); !over && !c.failed {
			c.caller.Aside(what)
			c.failed = true
		}
	}
}

// dialogue tells what happened in all calls.
func (t *trial) dialogue() string {
	var b strings.Builder
	for i, c := range t.calls {
		if len(t.calls) > 1 {
			fmt.Fprintf(&b, "call %d, of flow %s\n", i+1, c.caller.Info().Flow)
		}
		b.WriteString(c.caller.Dialogue())
	}
	return b.String()
}

// object is a table with the methods of a row each. Fields are what else it has.
func object[C any](t *trial, c C, name string, rows []*verb.Row[C], plain map[string]lua.LGFunction,
	field func(string) lua.LValue) *lua.LTable {
	L := t.L.LState
	self, meta := L.NewTable(), L.NewTable()
	methods := slices.Sorted(maps.Keys(plain))
	for _, row := range rows {
		methods = append(methods, row.Name)
		self.RawSetString(row.Name, L.NewFunction(func(L *lua.LState) int {
			return act(t, L, self, name, row, c)
		}))
	}
	for method, f := range plain {
		self.RawSetString(method, L.NewFunction(func(L *lua.LState) int {
			colon(L, self, name, method)
			t.L.Wait(L)
			return f(L)
		}))
	}
	meta.RawSetString("__index", L.NewFunction(func(L *lua.LState) int {
		t.L.Wait(L)
		if v := field(L.Get(2).String()); v != nil {
			L.Push(v)
			return 1
		}
		L.RaiseError("%s has no %s; %s", name, sandbox.Clip(L.Get(2).String()), there(L.Get(2).String(), methods))
		return 0
	}))
	meta.RawSetString("__metatable", lua.LFalse)
	L.SetMetatable(self, meta)
	return self
}

func colon(L *lua.LState, self *lua.LTable, name, method string) {
	if L.Get(1) != self {
		L.RaiseError("%s: write %s:%s, with a colon", method, name, method)
	}
}

// act does one thing that a test wants.
func act[C any](t *trial, L *lua.LState, self *lua.LTable, name string, row *verb.Row[C], c C) int {
	colon(L, self, name, row.Name)
	t.L.Wait(L)
	a := row.Parse(L, 2)
	synctest.Wait() // what is to happen at this moment has happened
	v, err := row.Run(c, a)
	t.L.Think()
	if why := context.Cause(t.ctx); why != nil {
		err = why
	}
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	if v == nil {
		return 0
	}
	L.Push(v)
	return 1
}
