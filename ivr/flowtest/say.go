package flowtest

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/caller"
	"trunkline/ivr/lib/hours"
	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

type (
	trialRow = verb.Row[*trial]
	shape    = verb.Shape
)

// trialRows are the methods of t.
func trialRows() []*trialRow {
	return []*trialRow{callRow(), legRow(), transferRow(), queueRow(), httpRow(), requestsRow(), dbRow(), kvRow(), hoursRow()}
}

// table is t, as the test sees it.
func (t *trial) table() *lua.LTable {
	return object(t, t, "t", trialRows(), map[string]lua.LGFunction{
		"equal": t.equal, "ok": isTrue, "fails": t.fails,
	}, func(string) lua.LValue { return nil })
}

func callRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "call",
		Doc:  "Calls a flow. The call goes on while the test does other things; what is left of it at the end of the test is hung up.",
		Args: []verb.Arg{
			{Name: "flow", Kind: value.Text, Lead: true, Required: true, Doc: "which flow answers"},
			{Name: "from", Kind: value.Text, Default: "100", Doc: "the caller's number"},
			{Name: "to", Kind: value.Text, Doc: "the number called; else the flow's name"},
			{Name: "trunk", Kind: value.Text, Default: "local", Doc: "the trunk it comes from"},
			{Name: "vars", Kind: value.Table, Doc: "variables of the call: `{ lang = \"zh\" }`"},
			{Name: "now", Kind: value.Text, Doc: "date and time at which it comes, such as 2026-11-23T10:00:00+08:00; else Monday " +
				"2026-01-05 10:00, or as late as it has become in this test"},
			{Name: "deaf", Kind: value.Flag, Default: "false", Doc: "whether there is no recogniser: keys only"},
		},
		Result: "the caller",
	}, Run: startCall}
}

func startCall(t *trial, a verb.Args) (lua.LValue, error) {
	info := call.Info{
		ID: fmt.Sprintf("call-%d", len(t.calls)+1), Direction: call.Inbound, Trunk: a.Text("trunk"), From: a.Text("from"),
		To: a.Text("to"), Flow: a.Text("flow"), Vars: map[string]string{},
	}
	if info.To == "" {
		info.To = info.Flow
	}
	if t.suite.bundle.Flows[info.Flow] == nil {
		return nil, fmt.Errorf("there is no flow %q; %s", info.Flow, there(info.Flow, t.suite.bundle.FlowNames()))
	}
	if vars := a.Table("vars"); vars != nil {
		vars.ForEach(func(k, v lua.LValue) { info.Vars[k.String()] = v.String() })
	}
	if now := a.Text("now"); now != "" {
		at, err := moment(now)
		if err == nil {
			err = t.setClock(at)
		}
		if err != nil {
			return nil, err
		}
	}
	return t.open(info, a.Flag("deaf")).table(), nil
}

// moment reads a date and time.
func moment(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04"} {
		if at, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("argument now: %q is no time such as 2026-11-23T10:00:00+08:00 or 2026-11-23 10:00", sandbox.Clip(text))
}

func legRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "leg",
		Doc: "Says what becomes of a leg that a flow dials. Said twice, the first dialling goes as the first says, those that " +
			"follow as the last. A leg of which nothing is said rings and is not answered.",
		Args: []verb.Arg{
			{Name: "outcome", Kind: value.Text, Lead: true, Default: caller.Answers, Doc: "answer, busy, no_answer, rejected, not_found, unreachable, …"},
			{Name: "trunk", Kind: value.Text, Doc: "of legs through this trunk only"},
			{Name: "to", Kind: value.Text, Doc: "of legs to this number only"},
			{Name: "after", Kind: value.Duration, Default: "2s", Doc: "how long it rings"},
			{Name: "talks", Kind: value.Duration, Doc: "how long they talk once connected; else until the caller hangs up"},
			{Name: "by", Kind: value.Text, Default: "agent", Doc: "who hangs up after that: agent or caller"},
			{Name: "cause", Kind: value.Text, Default: "normal", Doc: "why the agent's leg ends"},
		},
		Result: "nothing",
	}, Run: func(t *trial, a verb.Args) (lua.LValue, error) {
		by, ok := map[string]string{"agent": call.ByCallee, "callee": call.ByCallee, "caller": call.ByCaller}[a.Text("by")]
		if !ok {
			return nil, fmt.Errorf("leg: argument by: want agent or caller, got %q", sandbox.Clip(a.Text("by")))
		}
		if err := known("leg", a.Text("outcome"), append([]string{caller.Answers}, refusals()...)); err != nil {
			return nil, err
		}
		t.legs.add(legRule{trunk: a.Text("trunk"), to: a.Text("to"), leg: caller.Leg{
			Outcome: a.Text("outcome"), After: a.Duration("after"), Talks: a.Duration("talks"), By: by, Ends: a.Text("cause"),
		}})
		return nil, nil
	}}
}

// refusals are the codes of what is not answered.
func refusals() []string {
	return []string{"busy", "no_answer", "rejected", "not_found", "unreachable", "cancelled", "media", "failed", "overload", "refused", "invalid"}
}

// known keeps slips of the pen from being outcomes.
func known(method, outcome string, all []string) error {
	if slices.Contains(all, outcome) {
		return nil
	}
	return fmt.Errorf("%s: argument outcome: want %s, got %q", method, strings.Join(all, ", "), sandbox.Clip(outcome))
}

func transferRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "transfer",
		Doc: "Says that a transfer to somebody else does not come about. One of which nothing is said does, and ends the call. Said " +
			"twice, the first transfer goes as the first says, those that follow as the last.",
		Args: []verb.Arg{
			{Name: "outcome", Kind: value.Text, Lead: true, Required: true, Doc: "why not: busy, no_answer, rejected, …"},
			{Name: "to", Kind: value.Text, Doc: "of transfers to this number only"},
		},
		Result: "nothing",
	}, Run: func(t *trial, a verb.Args) (lua.LValue, error) {
		if err := known("transfer", a.Text("outcome"), refusals()); err != nil {
			return nil, err
		}
		t.transfers.add(transferRule{to: a.Text("to"), code: a.Text("outcome")})
		return nil, nil
	}}
}

func hoursRow() *trialRow {
	return &trialRow{Shape: shape{
		Name: "hours",
		Doc:  "Says when the business is open, as `hours` of the configuration does, for calls that follow.",
		Args: []verb.Arg{
			{Name: "name", Kind: value.Text, Lead: true, Default: "default", Doc: "as time.open names it"},
			{Name: "zone", Kind: value.Text, Doc: "time zone, such as Asia/Shanghai; else the machine's"},
			{Name: "week", Kind: value.Table, Required: true, Doc: "days and hours: `{ [\"mon-fri\"] = \"09:00-17:30\" }`"},
			{Name: "holidays", Kind: value.Texts, Doc: "dates on which it is closed"},
			{Name: "workdays", Kind: value.Texts, Doc: "dates with Monday's hours"},
		},
		Result: "nothing",
	}, Run: func(t *trial, a verb.Args) (lua.LValue, error) {
		p := hours.Plan{Zone: a.Text("zone"), Week: map[string][]string{}, Holidays: a.Texts("holidays"), Workdays: a.Texts("workdays")}
		var wrong error
		a.Table("week").ForEach(func(k, v lua.LValue) {
			list, err := value.Texts.Read(v)
			if err != nil {
				wrong = fmt.Errorf("hours: %s: %w", k, err)
				return
			}
			p.Week[k.String()] = list.([]string)
		})
		h := hours.Parse(p, nil, func(path string, err error) { wrong = fmt.Errorf("hours: %s: %w", path, err) })
		if wrong != nil {
			return nil, wrong
		}
		t.hours[a.Text("name")] = h
		return nil, nil
	}}
}

// What is asserted without a caller.

// equal compares two values, tables by what is in them.
func (t *trial) equal(L *lua.LState) int {
	got, want := t.plain(L.Get(2)), t.plain(L.Get(3))
	if !reflect.DeepEqual(got, want) {
		L.RaiseError("%swant %s, got %s", prefix(L, 4), shown(want), shown(got))
	}
	return 0
}

func isTrue(L *lua.LState) int {
	if !lua.LVAsBool(L.Get(2)) {
		L.RaiseError("%sit is %s", prefix(L, 3), value.Shown(L.Get(2)))
	}
	return 0
}

// prefix is what the test says about an assertion.
func prefix(L *lua.LState, at int) string {
	if text := L.OptString(at, ""); text != "" {
		return text + ": "
	}
	return ""
}

// fails wants a function to raise, and returns with what.
func (t *trial) fails(L *lua.LState) int {
	f, want := L.CheckFunction(2), L.OptString(3, "")
	L.Push(f)
	err := L.PCall(0, 0, nil)
	if why := t.L.Stopped(); why != nil {
		L.RaiseError("%s", why)
	}
	if err == nil {
		L.RaiseError("it does not fail")
	}
	text := firstLine(sandbox.Failure(err))
	if !strings.Contains(text, want) {
		L.RaiseError("it fails with %q, not with %q", text, want)
	}
	L.Push(lua.LString(text))
	return 1
}
