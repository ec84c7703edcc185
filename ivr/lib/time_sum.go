package lib

import (
	"math"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func (k *kit) timeAdd() *Row {
	return &Row{Shape: verb.Shape{
		Name: "time.add",
		Doc: "Adds to a time: first years, months and days by the calendar, so that the clock shows the same (31 January and a month is " +
			"the last of February), then a duration. Each may be below 0.",
		Args: []verb.Arg{
			atArg("a time other than now"),
			{Name: "years", Kind: value.Number, Doc: "whole years"},
			{Name: "months", Kind: value.Number, Doc: "whole months"},
			{Name: "days", Kind: value.Number, Doc: "whole days"},
			{Name: "by", Kind: value.Text, Doc: "a duration such as \"90m\", \"-2h\" or \"36h\""},
			zoneArg(),
		},
		After:  true,
		Result: "the time; or nil and an error: invalid (at is no time, or the sum is beyond the year 9999)",
	}, Run: func(_ *Env, a verb.Args) (lua.LValue, error) {
		at, err := k.zoned("time.add", a)
		if err != nil {
			return nil, err
		}
		var by time.Duration
		if text := a.Text("by"); text != "" {
			if by, err = time.ParseDuration(text); err != nil {
				return nil, verb.Mistakef(`argument by: want a duration such as "90m" or "-2h", got %q`, sandbox.Clip(text))
			}
		}
		var n [3]int
		for i, name := range []string{"years", "months", "days"} {
			f := a.Level(name)
			if f != math.Trunc(f) || !(math.Abs(f) <= 1e6) {
				return nil, verb.Mistakef("argument %s: want a whole number from -1000000 to 1000000, got %v", name, f)
			}
			n[i] = int(f)
		}
		sum := addDate(at, n[0], n[1], n[2]).Add(by)
		if !within(sum) {
			return nil, refused("time.add", codeInvalid, "the sum is of the year %d", sum.Year())
		}
		return timeTable(sum), nil
	}}
}

// addDate adds years and months without leaving the month they lead to, then days.
func addDate(t time.Time, years, months, days int) time.Time {
	y, m, d := t.Date()
	if years != 0 || months != 0 {
		first := time.Date(y+years, m+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
		y, m = first.Year(), first.Month()
		d = min(d, first.AddDate(0, 1, -1).Day())
	}
	return time.Date(y, m, d+days, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
}

func (k *kit) timeDiff() *Row {
	return &Row{Shape: verb.Shape{
		Name: "time.diff",
		Doc:  "Says how much later one time is than another.",
		Args: []verb.Arg{
			{Name: "from", Kind: value.Any, Doc: "the earlier time, usually"},
			{Name: "to", Kind: value.Any, Doc: "the later one"},
			{Name: "unit", Kind: value.Text, Default: "seconds", Doc: "seconds, minutes, hours; or days: how often the date changes between them"},
			zoneArg(),
		},
		After:  true,
		Result: "a number, below 0 when `to` is earlier; or nil and an error: invalid (one is no time)",
	}, Run: func(_ *Env, a verb.Args) (lua.LValue, error) {
		zone, err := k.zone(a)
		if err != nil {
			return nil, err
		}
		from, err := k.instant("time.diff", a, "from", zone)
		if err != nil {
			return nil, err
		}
		to, err := k.instant("time.diff", a, "to", zone)
		if err != nil {
			return nil, err
		}
		// In milliseconds: centuries do not fit into a Duration.
		seconds := float64(to.UnixMilli()-from.UnixMilli()) / 1e3
		switch unit := a.Text("unit"); unit {
		case "seconds":
			return lua.LNumber(seconds), nil
		case "minutes":
			return lua.LNumber(seconds / 60), nil
		case "hours":
			return lua.LNumber(seconds / 3600), nil
		case "days":
			return lua.LNumber((midnight(to) - midnight(from)) / 86400), nil
		default:
			return nil, verb.Mistakef("argument unit: want seconds, minutes, hours or days, got %q", sandbox.Clip(unit))
		}
	}}
}

// midnight numbers the day that a calendar on the wall shows, in seconds.
func midnight(t time.Time) int64 {
	y, m, d := t.Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()
}
