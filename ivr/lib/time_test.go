package lib

import (
	"strings"
	"testing"
	"time"

	"trunkline/ivr/lib/hours"
)

// clocked is a bench at 2026-11-21 15:04:05.678 in Shanghai, a Saturday, where the
// hours default are.
func clocked(t *testing.T) *bench {
	t.Helper()
	plan := hours.Plan{
		Zone: "Asia/Shanghai", Week: map[string][]string{"mon-fri": {"09:00-12:00", "13:30-18:00"}},
		Holidays: []string{"2026-10-01..2026-10-07"}, Workdays: []string{"2026-10-10"},
	}
	always := hours.Plan{Zone: "Europe/Berlin", Week: map[string][]string{"mon-sun": {"00:00-24:00"}}}
	fail := func(path string, err error) { t.Errorf("%s: %v", path, err) }
	return newBench(t, Deps{
		Hours: map[string]*hours.Hours{"default": hours.Parse(plan, nil, fail), "always": hours.Parse(always, nil, fail)},
		Now:   func() time.Time { return time.Date(2026, 11, 21, 7, 4, 5, 678_000_000, time.UTC) },
	})
}

func TestTimeNow(t *testing.T) {
	b := clocked(t)
	b.is(`time.now()`, "{day=21 hour=15 iso=2026-11-21T15:04:05+08:00 min=4 month=11 sec=5 unix=1795244645 weekday=sat yday=325 year=2026 zone=Asia/Shanghai}")
	b.is(`time.now{ zone = "America/New_York" }.iso`, "2026-11-21T02:04:05-05:00")
	b.is(`time.now{ zone = "Beijing" }`, `raised t.lua:1: time.now: argument zone: "Beijing" is no time zone such as Asia/Shanghai`)
	b.is(`time.now{ zone = "../etc/passwd" }`, "raised t.lua:1: time.now: argument zone…")
	b = newBench(t, Deps{})
	b.is(`time.now().zone`, time.Local.String())
	b.is(`math.floor(time.now().unix / 1e9)`, "1")
}

func TestTimeOpen(t *testing.T) {
	b := clocked(t)
	b.is(`time.open()`, "false")
	b.is(`time.open "always"`, "true")
	b.is(`time.open{ at = "2026-11-20 17:59:59" }`, "true")
	b.is(`time.open{ at = "2026-11-20T10:00:00Z" }`, "false") // 18:00 there
	b.is(`time.open{ at = 1795244645 - 86400 }`, "true")
	b.is(`time.open{ at = time.parse "2026-10-10 09:00" }`, "true")
	b.is(`time.open{ at = "2026-10-05 10:00" }`, "false")
	b.is(`time.open{ at = "soon" }`, `invalid: "soon" is no time such as 2026-11-21 15:04:05`)
	b.is(`time.open "holiday"`, `raised t.lua:1: time.open: there is no hours "holiday"; there are: always, default`)

	b.is(`time.change().iso`, "2026-11-23T09:00:00+08:00")
	b.is(`time.change().open`, "true")
	b.is(`local c = time.change{ at = "2026-11-20 09:00" } return c.iso .. tostring(c.open)`, "2026-11-20T12:00:00+08:00false")
	b.is(`time.change{ at = "2026-10-02" }.iso`, "2026-10-08T09:00:00+08:00")
	b.is(`time.change{ at = "x" }`, "invalid: …")
	b.is(`time.change "always"`, "invalid: it does not change within a year")

	b = newBench(t, Deps{})
	b.is(`time.open()`, "not_configured: the configuration has no hours")
	b.is(`time.change()`, "not_configured: the configuration has no hours")
}

func TestTimeParse(t *testing.T) {
	b := clocked(t)
	f := func(args, want string) {
		t.Helper()
		b.is(`local t, e = time.parse{ `+args+` } if t then return t.iso end return t, e`, want)
	}
	f(`"2026-03-01"`, "2026-03-01T00:00:00+08:00")
	f(`" 2026-03-01 07:08 "`, "2026-03-01T07:08:00+08:00")
	f(`"2026-03-01T07:08:09"`, "2026-03-01T07:08:09+08:00")
	f(`"2026-03-01T07:08:09Z"`, "2026-03-01T15:08:09+08:00")
	f(`"2026-03-01 07:08+01:00", zone = "UTC"`, "2026-03-01T06:08:00Z")
	f(`"01.03.2026", format = "%d.%m.%Y", zone = "Europe/Berlin"`, "2026-03-01T00:00:00+01:00")
	f(`"2026年3月"`, `invalid: "2026年3月" is no time such as 2026-11-21 15:04:05`)
	f(`"2026年03月01日", format = "%Y年%m月%d日"`, "2026-03-01T00:00:00+08:00")
	f(`"Sun, March 1 2026", format = "%a, %B %d %Y"`, `invalid: "Sun, March 1 2026" is not as "%a, %B %d %Y" wants it: " " is missing`)
	f(`"Sun, March 01 2026 03 PM", format = "%a, %B %d %Y %I %p"`, "2026-03-01T15:00:00+08:00")
	f(`"Jan 2026-060", format = "Jan %Y-%j"`, "2026-03-01T00:00:00+08:00")
	f(`"20260301 100%", format = "%Y%m%d 100%%"`, "2026-03-01T00:00:00+08:00")
	f(`"2026-03-01 07:08:09 +0100", format = "%F %T %z"`, "2026-03-01T14:08:09+08:00")
	f(`"2026-02-29"`, "invalid: …")
	f(`"2026-02-30", format = "%F"`, `invalid: "2026-02-30" is not as "%F" wants it`)
	f(`"2026-03-01x", format = "%F"`, `invalid: "2026-03-01x" is not as "%F" wants it`)
	f(`"07:00", format = "%H:%M"`, `invalid: "07:00" is of no year from 1 to 9999`)
	f(`"`+strings.Repeat("9", 5000)+`"`, `invalid: "`+strings.Repeat("9", 60)+`…`)
	f(`"x", format = "%Q"`, `raised t.lua:1: time.parse: argument format: there is no %"Q"; there are %Y…`)
	f(`"x", format = "x%"`, "raised t.lua:1: time.parse: argument format: it ends with %")
	f(`"CET", format = "%Z"`, "raised t.lua:1: time.parse: argument format: %Z cannot be read…")
	f(`"x", format = "`+strings.Repeat("x", 1001)+`"`, "raised t.lua:1: time.parse: argument format: 1001 bytes: at most 1000")
	// The clock goes from 02:00 to 03:00 on 29 March: a time that is not there is moved.
	f(`"2026-03-29 02:30", zone = "Europe/Berlin"`, "2026-03-29T03:30:00+02:00")
}

func TestTimeFormat(t *testing.T) {
	b := clocked(t)
	b.is(`time.format()`, "2026-11-21 15:04:05")
	b.is(`time.format{ format = "%Y年%m月%d日 %H:%M 100%% Jan 2 %j %a %A %b %B %I%p %y %z %Z %F %T" }`,
		"2026年11月21日 15:04 100% Jan 2 325 Sat Saturday Nov November 03PM 26 +0800 CST 2026-11-21 15:04:05")
	b.is(`time.format{ 0, zone = "UTC" }`, "1970-01-01 00:00:00")
	b.is(`time.format(0)`, "1970-01-01 08:00:00")
	b.is(`time.format{ time.parse "2026-01-01", format = "%H" }`, "00")
	b.is(`time.format{ "2026-13-01" }`, "invalid: …")
	b.is(`time.format{ 3e11 }`, "invalid: a time in the year 11476")
	b.is(`time.format{ 1e300 }`, "raised t.lua:1: time.format: argument at: 1e+300 is no time: want seconds since 1970")
	b.is(`time.format{ 0/0 }`, "raised t.lua:1: time.format: argument at: NaN is no time…")
	b.is(`time.format{ true }`, "raised t.lua:1: time.format: argument at: want a time, seconds since 1970 or a text, got boolean true")
	b.is(`time.format{ {} }`, "raised t.lua:1: time.format: argument at: the table is no time: it has no unix")
	b.is(`time.format{ format = "%" }`, "raised t.lua:1: time.format: argument format: it ends with %")
}

func TestTimeAdd(t *testing.T) {
	b := clocked(t)
	f := func(args, want string) {
		t.Helper()
		b.is(`local t, e = time.add{ `+args+` } if t then return t.iso end return t, e`, want)
	}
	f(`by = "90m"`, "2026-11-21T16:34:05+08:00")
	f(`days = -1, by = "-1h"`, "2026-11-20T14:04:05+08:00")
	f(`"2026-01-31", months = 1`, "2026-02-28T00:00:00+08:00")
	f(`"2026-01-31", months = -11`, "2025-02-28T00:00:00+08:00")
	f(`"2024-02-29", years = 1, days = 1`, "2025-03-01T00:00:00+08:00")
	f(`"2026-12-31", days = 1`, "2027-01-01T00:00:00+08:00")
	// A day has 23 hours when the clock goes forward: the clock shows the same.
	f(`"2026-03-28 12:00", days = 1, zone = "Europe/Berlin"`, "2026-03-29T12:00:00+02:00")
	f(`"2026-03-28 12:00", by = "24h", zone = "Europe/Berlin"`, "2026-03-29T13:00:00+02:00")
	f(`years = 9000`, "invalid: the sum is of the year 11026")
	f(`years = 1e6, months = 1e6, days = 1e6`, "invalid: the sum is of the year…")
	f(`"x", days = 1`, "invalid: …")
	f(`days = 1.5`, "raised t.lua:1: time.add: argument days: want a whole number from -1000000 to 1000000, got 1.5")
	f(`days = 1e7`, "raised t.lua:1: time.add: argument days: want…")
	f(`months = 0/0`, "raised t.lua:1: time.add: argument months: want…")
	f(`by = "soon"`, `raised t.lua:1: time.add: argument by: want a duration such as "90m" or "-2h", got "soon"`)
	f(`hours = 1`, `raised t.lua:1: time.add: unknown argument "hours"; it takes at, years, months, days, by, zone`)
}

func TestTimeDiff(t *testing.T) {
	b := clocked(t)
	b.is(`time.diff{ from = "2026-11-21 15:00" }`, "245.678")
	b.is(`time.diff{ from = "2026-11-21", to = "2026-11-20", unit = "hours" }`, "-24")
	b.is(`time.diff{ from = 0, to = 90, unit = "minutes" }`, "1.5")
	b.is(`time.diff{ from = "2026-11-20 23:59", to = "2026-11-21 00:01", unit = "days" }`, "1")
	b.is(`time.diff{ from = "2026-03-28", to = "2026-03-30", unit = "days", zone = "Europe/Berlin" }`, "2")
	b.is(`time.diff{ from = "2026-03-28", to = "2026-03-30", unit = "hours", zone = "Europe/Berlin" }`, "47")
	b.is(`time.diff{ from = "0002-01-01", to = "9998-01-01", unit = "days" }`, "3650964")
	b.is(`time.diff{ from = "x" }`, "invalid: …")
	b.is(`time.diff{ to = "x" }`, "invalid: …")
	b.is(`time.diff{ unit = "weeks" }`, `raised t.lua:1: time.diff: argument unit: want seconds, minutes, hours or days, got "weeks"`)
}

// FuzzTimeParse: whatever is read can be written in the same format, and read again.
func FuzzTimeParse(f *testing.F) {
	f.Add("2026-03-01 07:08:09 +0100", "%F %T %z")
	f.Add("Sun, March 01 2026", "%a, %B %d %Y")
	f.Add("1 100% x", "%j%% Jan")
	f.Fuzz(func(t *testing.T, text, format string) {
		at, err := parseAs(text, format, time.UTC)
		if err != nil || !within(at) {
			return
		}
		var b strings.Builder
		if err := pieces(format, func(between, layout string) error {
			b.WriteString(between + at.Format(layout))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		again, err := parseAs(b.String(), format, time.UTC)
		if err != nil && !strings.Contains(format, "%a") && !strings.Contains(format, "%A") || err == nil && !again.Equal(at) {
			t.Fatalf("%q as %q: %v, written %q: %v, %v", text, format, at, b.String(), again, err)
		}
	})
}
