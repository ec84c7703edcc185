package hours

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func parsed(t *testing.T, p Plan) *Hours {
	t.Helper()
	lists := map[string][]string{"cn": {"2026-10-01..2026-10-07"}}
	return Parse(p, lists, func(path string, err error) { t.Errorf("%s: %v", path, err) })
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestOpenAndChange(t *testing.T) {
	var h *Hours
	f := func(at string, open bool, change string) {
		t.Helper()
		got, next := h.Open(moment(t, at)), "never"
		if c, ok := h.Change(moment(t, at)); ok {
			next = c.Format("2006-01-02T15:04")
		}
		if got != open || next != change {
			t.Errorf("%s: open %t, changes %s; want %t, %s", at, got, next, open, change)
		}
	}
	h = parsed(t, Plan{
		Zone: "Asia/Shanghai", Week: map[string][]string{"mon-fri": {"09:00-12:00", "13:30-18:00"}, "sat": {"10:00-12:00"}},
		Holidays: []string{"cn", "01-01"}, Workdays: []string{"2026-09-20", "2026-10-10"},
	})
	f("2026-09-28T08:59:59+08:00", false, "2026-09-28T09:00")
	f("2026-09-28T01:00:00Z", true, "2026-09-28T12:00")
	f("2026-09-28T12:00:00+08:00", false, "2026-09-28T13:30")
	f("2026-09-30T18:00:00+08:00", false, "2026-10-08T09:00") // the golden week
	f("2026-10-05T10:00:00+08:00", false, "2026-10-08T09:00")
	f("2026-10-10T09:30:00+08:00", true, "2026-10-10T12:00") // a Saturday worked as if it were a Monday
	f("2026-09-19T12:00:00+08:00", false, "2026-09-20T09:00")
	f("2026-09-20T14:00:00+08:00", true, "2026-09-20T18:00")
	f("2026-10-17T09:30:00+08:00", false, "2026-10-17T10:00") // any other one
	f("2026-12-31T23:00:00+08:00", false, "2027-01-02T10:00")

	// The night from Friday to Saturday is Friday's; a holiday takes its own night away.
	h = parsed(t, Plan{Zone: "Europe/Berlin", Week: map[string][]string{"fri": {"22:00-06:00"}}, Holidays: []string{"2026-11-27"}})
	f("2026-11-20T21:00:00+01:00", false, "2026-11-20T22:00")
	f("2026-11-21T05:59:59+01:00", true, "2026-11-21T06:00")
	f("2026-11-21T06:00:00+01:00", false, "2026-12-04T22:00")
	f("2026-11-28T01:00:00+01:00", false, "2026-12-04T22:00")

	// The clock goes from 02:00 to 03:00 on 29 March, and from 03:00 to 02:00 on 25 October.
	h = parsed(t, Plan{Zone: "Europe/Berlin", Week: map[string][]string{"sun": {"01:00-02:30", "02:45-05:00"}}})
	f("2026-03-29T01:30:00+01:00", true, "2026-03-29T05:00") // 02:30 to 02:45 is not there
	f("2026-10-25T01:30:00+02:00", true, "2026-10-25T02:30")
	f("2026-10-25T02:30:00+02:00", false, "2026-10-25T02:45")
	f("2026-10-25T02:50:00+02:00", true, "2026-10-25T02:30") // 02:00 comes again, and with it 02:30
	f("2026-10-25T02:30:00+01:00", false, "2026-10-25T02:45")
	h = parsed(t, Plan{Zone: "Europe/Berlin", Week: map[string][]string{"sun": {"01:00-02:15"}}})
	f("2026-10-25T02:20:00+02:00", false, "2026-10-25T02:00") // open once more

	h = parsed(t, Plan{Zone: "UTC", Week: map[string][]string{"mon-sun": {"00:00-24:00"}}})
	f("2026-11-21T12:00:00Z", true, "never")
	h = parsed(t, Plan{Zone: "UTC", Week: map[string][]string{"mon": nil}})
	f("2026-11-21T12:00:00Z", false, "never")
	h = parsed(t, Plan{Week: map[string][]string{"mon-sun": {"09:00-17:00"}}})
	if h.Zone() != time.Local || !h.Open(time.Date(2026, 11, 21, 10, 0, 0, 0, time.Local)) {
		t.Error("without a zone it is the machine's")
	}
}

func TestMistakes(t *testing.T) {
	f := func(want string, p Plan) {
		t.Helper()
		var got []string
		Parse(p, nil, func(path string, err error) { got = append(got, fmt.Sprintf("%s: %v", path, err)) })
		if len(got) != 1 || !strings.HasPrefix(got[0], want) {
			t.Errorf("%q; want %s", got, want)
		}
	}
	week := map[string][]string{"mon-fri": {"09:00-17:00"}, "sat": {"10:00-12:00"}}
	f("week: days are needed", Plan{Zone: "UTC"})
	f(`zone: "Berlin" is no time zone`, Plan{Zone: "Berlin", Week: week})
	f("week.monday: \"monday\" is no day", Plan{Week: map[string][]string{"monday": {"09:00-17:00"}}})
	f("week.mon[1]: \"9-17\": want hours", Plan{Week: map[string][]string{"mon": {"07:00-08:00", "9-17"}}})
	f("holidays[1]: \"cn\": want 2026-12-24", Plan{Week: week, Holidays: []string{"12-25", "cn"}})
	f("workdays[0]: \"32-01\": want", Plan{Week: week, Workdays: []string{"32-01"}})
	f("workdays: they have the hours of a Monday", Plan{Week: map[string][]string{"tue": {"09:00-10:00"}}, Workdays: []string{"2026-10-10"}})
}

// FuzzChange: between a time and the next change nothing changes, and there it
// does.
func FuzzChange(f *testing.F) {
	f.Add("mon-fri", "09:00-12:00", "22:00-06:00", "12-25..01-02", int64(1774746000))
	f.Add("sun", "01:00-02:15", "02:30-03:00", "2026-03-29", int64(1792886400))
	f.Add("sat-mon", "00:00-24:00", "23:59-00:01", "02-29", int64(0))
	f.Fuzz(func(t *testing.T, days, one, two, dates string, at int64) {
		ok := true
		h := Parse(Plan{
			Zone: "Europe/Berlin", Week: map[string][]string{days: {one}, "tue": {two}},
			Holidays: []string{dates}, Workdays: []string{"2026-03-29"},
		}, nil, func(string, error) { ok = false })
		from := time.Unix(at%4e9, 0)
		if !ok {
			return
		}
		open, end := h.Open(from), from.AddDate(0, 0, 3)
		change, changes := h.Change(from)
		if changes && h.Open(change) == open {
			t.Fatalf("at %v it is as it was", change)
		}
		if changes && change.Before(end) {
			end = change
		}
		for x := from; x.Before(end); x = x.Add(time.Minute) {
			if h.Open(x) != open {
				t.Fatalf("from %v on, open %t, it changes %v, not %v", from, open, x, change)
			}
		}
	})
}
