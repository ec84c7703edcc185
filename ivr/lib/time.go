package lib

import (
	"math"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

func (k *kit) time() Library {
	return Library{
		Name: "time",
		Doc: "The clock, the calendar and the hours of business. A time is a table: `year`, `month`, `day`, `hour`, `min`, `sec`, " +
			"`weekday` (\"mon\" … \"sun\"), `yday`, `zone`, `iso` (a text such as 2026-11-21T15:04:05+08:00) and `unix` (seconds since " +
			"1970). Where a time is wanted, such a table, its `unix` or a text that time.parse reads without a format will do, and " +
			"now is what is left out. A zone is a name such as Asia/Shanghai; left out it is that of the hours `default`, or " +
			"the machine's when there are none.",
		Rows: []*Row{k.timeNow(), k.timeOpen(), k.timeChange(), k.timeParse(), k.timeFormat(), k.timeAdd(), k.timeDiff()},
	}
}

// The arguments that most functions of time have.
func atArg(what string) verb.Arg {
	return verb.Arg{Name: "at", Kind: value.Any, Lead: true, Doc: what}
}

func zoneArg() verb.Arg {
	return verb.Arg{Name: "zone", Kind: value.Text, Doc: "time zone; see above"}
}

func (k *kit) timeNow() *Row {
	return &Row{Shape: verb.Shape{
		Name:   "time.now",
		Doc:    "Looks at the clock.",
		Args:   []verb.Arg{zoneArg()},
		After:  true,
		Result: "the time",
	}, Run: func(_ *Env, a verb.Args) (lua.LValue, error) {
		zone, err := k.zone(a)
		if err != nil {
			return nil, err
		}
		return timeTable(k.Now().In(zone)), nil
	}}
}

// zone is the one that is named, or the usual one.
func (k *kit) zone(a verb.Args) (*time.Location, error) {
	switch name := a.Text("zone"); {
	case name == "" && k.Hours["default"] != nil:
		return k.Hours["default"].Zone(), nil
	case name == "" || name == "Local":
		return time.Local, nil
	default:
		zone, err := time.LoadLocation(name)
		if err != nil {
			return nil, verb.Mistakef("argument zone: %q is no time zone such as Asia/Shanghai", sandbox.Clip(name))
		}
		return zone, nil
	}
}

// The times that scripts may work with: years of four digits, in every zone.
var (
	earliest = time.Date(1, 1, 2, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(9999, 12, 30, 0, 0, 0, 0, time.UTC)
)

// within reports whether a time may be worked with.
func within(t time.Time) bool { return !t.Before(earliest) && t.Before(latest) }

// instant reads an argument that is a time, and shows it in zone.
func (k *kit) instant(name string, a verb.Args, arg string, zone *time.Location) (time.Time, error) {
	var t time.Time
	v := a.Value(arg)
	if table, ok := v.(*lua.LTable); ok {
		v = table.RawGetString("unix")
	}
	switch v := v.(type) {
	case *lua.LNilType:
		if a.Has(arg) {
			return t, verb.Mistakef("argument %s: the table is no time: it has no unix", arg)
		}
		return k.Now().In(zone), nil
	case lua.LNumber:
		seconds, part := math.Modf(float64(v))
		if !(math.Abs(seconds) < 1e12) {
			return t, verb.Mistakef("argument %s: %s is no time: want seconds since 1970", arg, v)
		}
		t = time.Unix(int64(seconds), int64(part*1e9)).In(zone)
	case lua.LString:
		var err error
		if t, err = parseISO(string(v), zone); err != nil {
			return t, refused(name, codeInvalid, "%v", err)
		}
		t = t.In(zone)
	default:
		return t, verb.Mistakef("argument %s: want a time, seconds since 1970 or a text, got %s", arg, value.Shown(v))
	}
	if !within(t) {
		return t, refused(name, codeInvalid, "a time in the year %d", t.Year())
	}
	return t, nil
}

// zoned reads the argument at and shows it in the zone that is named.
func (k *kit) zoned(name string, a verb.Args) (time.Time, error) {
	zone, err := k.zone(a)
	if err != nil {
		return time.Time{}, err
	}
	return k.instant(name, a, "at", zone)
}

// timeTable is a time as scripts have it.
func timeTable(t time.Time) lua.LValue {
	return record(map[string]any{
		"year": t.Year(), "month": int(t.Month()), "day": t.Day(),
		"hour": t.Hour(), "min": t.Minute(), "sec": t.Second(),
		"weekday": weekday(t), "yday": t.YearDay(),
		"zone": t.Location().String(), "iso": t.Format(time.RFC3339),
		"unix": t.Unix(),
	})
}

// weekday is mon … sun, as in the configuration.
func weekday(t time.Time) string { return strings.ToLower(t.Weekday().String()[:3]) }
