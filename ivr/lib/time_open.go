package lib

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/lib/hours"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func hoursArg() verb.Arg {
	return verb.Arg{Name: "hours", Kind: value.Text, Lead: true, Default: "default", Doc: "which of the configuration's `hours`"}
}

func (k *kit) timeOpen() *Row {
	return &Row{Shape: verb.Shape{
		Name: "time.open",
		Doc:  "Says whether the business is open, by the configuration's `hours`: weekdays, holidays and days worked in place of others.",
		Args: []verb.Arg{
			hoursArg(),
			{Name: "at", Kind: value.Any, Doc: "a time other than now"},
		},
		After:  true,
		Result: "true or false; or nil and an error: not_configured (there are no hours at all)",
	}, Run: func(_ *Env, a verb.Args) (lua.LValue, error) {
		h, err := k.hours("time.open", a)
		if err != nil {
			return nil, err
		}
		at, err := k.instant("time.open", a, "at", h.Zone())
		if err != nil {
			return nil, err
		}
		return lua.LBool(h.Open(at)), nil
	}}
}

func (k *kit) timeChange() *Row {
	return &Row{Shape: verb.Shape{
		Name: "time.change",
		Doc:  "Says when the business opens next, if it is closed, or closes, if it is open.",
		Args: []verb.Arg{
			hoursArg(),
			{Name: "at", Kind: value.Any, Doc: "a time other than now"},
		},
		After: true,
		Result: "the time, which has a field `open` too: true when it opens then; or nil and an error: invalid (never, or in more than a " +
			"year), not_configured",
	}, Run: func(_ *Env, a verb.Args) (lua.LValue, error) {
		h, err := k.hours("time.change", a)
		if err != nil {
			return nil, err
		}
		at, err := k.instant("time.change", a, "at", h.Zone())
		if err != nil {
			return nil, err
		}
		next, ok := h.Change(at)
		if !ok {
			return nil, refused("time.change", codeInvalid, "it does not change within a year")
		}
		t := timeTable(next).(*lua.LTable)
		t.RawSetString("open", lua.LBool(h.Open(next)))
		return t, nil
	}}
}

func (k *kit) hours(name string, a verb.Args) (*hours.Hours, error) {
	which := a.Text("hours")
	switch h := k.Hours[which]; {
	case h != nil:
		return h, nil
	case len(k.Hours) == 0:
		return nil, refused(name, codeNotConfigured, "the configuration has no hours")
	}
	return nil, noSuch("hours", which, k.Hours)
}
