package route

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestWhen(t *testing.T) {
	var w *window
	read := func(v When) {
		t.Helper()
		holidays := map[string][]string{"de": {"01-01", "12-25..12-26", "2026-04-03"}}
		w = parseWhen(v, holidays, func(key string, err error) { t.Errorf("%s: %v", key, err) })
	}
	f := func(at, want string) {
		t.Helper()
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := w.miss(moment); got != want {
			t.Errorf("%s: %q; want %q", at, got, want)
		}
	}

	read(When{Zone: "Europe/Berlin", Days: []string{"mon-fri"}, Hours: []string{"09:00-12:30", "13:30-17:00"}, Except: []string{"de"}})
	f("2026-11-23T09:00:00+01:00", "")
	f("2026-11-23T08:59:59+01:00", "when.hours")
	f("2026-11-23T12:29:59+01:00", "")
	f("2026-11-23T12:30:00+01:00", "when.hours")
	f("2026-11-23T16:59:59+01:00", "")
	f("2026-11-23T17:00:00+01:00", "when.hours")
	f("2026-11-22T10:00:00+01:00", "when.days")
	f("2026-12-25T10:00:00+01:00", "when.except")
	f("2027-12-25T10:00:00+01:00", "when.days") // a Saturday
	f("2026-04-03T10:00:00+02:00", "when.except")
	f("2028-04-03T10:00:00+02:00", "")
	f("2026-11-23T08:00:00Z", "") // another zone's clock
	f("2026-11-23T23:30:00+14:00", "")
	// The clock goes from 02:00 to 03:00 on 29 March, and from 03:00 to 02:00 on 25 October.
	read(When{Zone: "Europe/Berlin", Hours: []string{"02:00-03:00"}})
	f("2026-03-29T00:59:00Z", "when.hours") // 01:59
	f("2026-03-29T01:00:00Z", "when.hours") // 03:00: there is no such hour
	f("2026-10-25T00:00:00Z", "")           // 02:00
	f("2026-10-25T01:30:00Z", "")           // 02:30 once more
	f("2026-10-25T02:00:00Z", "when.hours") // 03:00
	read(When{Zone: "Europe/Berlin", Hours: []string{"09:00-10:00"}})
	f("2026-03-28T08:30:00Z", "")
	f("2026-03-29T08:30:00Z", "when.hours")
	f("2026-03-29T07:30:00Z", "")
	read(When{Zone: "America/New_York", Hours: []string{"09:00-10:00"}})
	f("2026-03-07T14:30:00Z", "")
	f("2026-03-09T13:30:00Z", "")
	f("2026-03-09T14:30:00Z", "when.hours")

	// The night from Friday to Saturday is Friday's.
	read(When{Zone: "Europe/Berlin", Days: []string{"fri"}, Hours: []string{"22:00-06:00"}})
	f("2026-11-20T21:59:00+01:00", "when.hours")
	f("2026-11-20T22:00:00+01:00", "")
	f("2026-11-21T05:59:00+01:00", "")
	f("2026-11-21T06:00:00+01:00", "when.hours")
	f("2026-11-20T05:00:00+01:00", "when.days")
	f("2026-11-21T23:00:00+01:00", "when.days")
	read(When{Zone: "Europe/Berlin", Days: []string{"sat"}, Hours: []string{"22:00-06:00"}})
	f("2026-10-25T02:30:00+01:00", "") // Saturday's night has an hour more
	read(When{Zone: "UTC", Dates: []string{"12-31"}, Hours: []string{"20:00-04:00"}})
	f("2026-12-31T21:00:00Z", "")
	f("2027-01-01T03:59:00Z", "")
	f("2026-12-31T03:00:00Z", "when.dates")

	read(When{Zone: "Asia/Shanghai", Days: []string{"sat-mon", "wed"}})
	f("2026-11-22T16:00:00Z", "")          // Monday there
	f("2026-11-23T15:59:00Z", "")          //
	f("2026-11-23T16:00:00Z", "when.days") // Tuesday
	f("2026-11-24T16:00:00Z", "")          // Wednesday
	read(When{Zone: "UTC", Dates: []string{"12-24..01-06", "2026-02-28..2026-03-01", "02-29"}})
	f("2026-12-24T00:00:00Z", "")
	f("2027-01-06T23:59:00Z", "")
	f("2027-01-07T00:00:00Z", "when.dates")
	f("2026-03-01T12:00:00Z", "")
	f("2027-03-01T12:00:00Z", "when.dates")
	f("2028-02-29T12:00:00Z", "")
	read(When{Hours: []string{"00:00-24:00"}, Dates: []string{"de"}}) // the zone of the time asked about
	f("2026-12-25T23:59:59-11:00", "")
	f("2026-12-27T00:00:00-11:00", "when.dates")
}

func TestWhenReasons(t *testing.T) {
	w := parseWhen(When{Zone: "Europe/Berlin", Days: []string{"mon-fri"}, Except: []string{"12-25"}}, nil, func(string, error) {})
	at := time.Date(2026, 11, 21, 17, 30, 0, 0, time.UTC)
	if got := w.reason("when.days", at); got != "Sat 2026-11-21 18:30 CET is not within mon-fri" {
		t.Error(got)
	}
	if got := w.reason("when.except", at); got != "Sat 2026-11-21 18:30 CET is one of 12-25" {
		t.Error(got)
	}
}

func TestWhenErrors(t *testing.T) {
	f := func(want string, w When) {
		t.Helper()
		var got []string
		parseWhen(w, map[string][]string{"de": {"x"}}, func(key string, err error) { got = append(got, fmt.Sprintf("%s: %v", key, err)) })
		if len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%+v: %q; want %s", w, got, want)
		}
	}
	f(": days, hours, dates or except", When{})
	f(`zone: "Berlin" is no time zone`, When{Zone: "Berlin", Days: []string{"mon"}})
	f(`zone: "../etc"`, When{Zone: "../etc", Days: []string{"mon"}})
	for _, bad := range []string{"", "Mon", "monday", "mon-", "mon-fri-sat", "-mon"} {
		f(fmt.Sprintf("days[0]: %q is no day", bad), When{Days: []string{bad}})
	}
	for _, bad := range []string{"", "9:00-17:00", "09:00", "09:00-09:00", "09:00-25:00", "09:60-10:00", "24:00-06:00", "09:00-17:00-18:00", "00:00-24:01", "-09:00"} {
		f(fmt.Sprintf("hours[0]: %q: want", bad), When{Hours: []string{bad}})
	}
	for _, bad := range []string{"", "fr", "2026-02-30", "02-30", "12-24..2026-12-26", "2026-12-24..", "..12-24", "24.12."} {
		f(fmt.Sprintf("dates[0]: %q: want", bad), When{Dates: []string{bad}})
		f(fmt.Sprintf("except[0]: %q: want", bad), When{Except: []string{bad}})
	}
	f(`dates[1]: "2026-12-24..2026-12-23" ends`, When{Dates: []string{"de", "2026-12-24..2026-12-23"}})
}

func FuzzWhen(f *testing.F) {
	f.Add("mon-fri", "09:00-17:00", "12-24..01-06", int64(1e9))
	f.Add("sun", "22:00-06:00", "2026-12-24", int64(1764000000))
	f.Fuzz(func(t *testing.T, days, hours, dates string, at int64) {
		ok := true
		w := parseWhen(When{Zone: "Europe/Berlin", Days: []string{days}, Hours: []string{hours}, Dates: []string{dates}}, nil,
			func(string, error) { ok = false })
		moment := time.Unix(at%1e11, 0)
		if key := w.miss(moment); ok && key != "" && w.reason(key, moment) == "" {
			t.Errorf("%s keeps %v out for no reason", key, moment)
		}
		// What is inside on its own days is outside when they are excepted.
		if ok && w.miss(moment) == "" {
			w.except = w.dates
			if w.miss(moment) == "" {
				t.Errorf("%s %s %s: %v is within and without", days, hours, dates, moment)
			}
		}
	})
}
