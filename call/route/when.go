package route

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// window is a When that is understood.
type window struct {
	zone   *time.Location // nil: that of the time asked about
	days   [7]bool        // by time.Weekday; all of them when none was named
	hours  []hours
	dates  []dates // none: all
	except []dates
	text   When
}

// hours are minutes of the day. When until is not after from they end on the next day.
type hours struct{ from, until int }

// dates are days from one to another, both included, as year*10000+month*100+day;
// without year they come each year.
type dates struct{ from, until int }

// parseWhen understands a When. Each error is told with the key it is about.
func parseWhen(w When, holidays map[string][]string, fail func(key string, err error)) *window {
	v := &window{text: w}
	if w.Zone != "" {
		zone, err := time.LoadLocation(w.Zone)
		if err != nil {
			fail("zone", fmt.Errorf("%q is no time zone such as Europe/Berlin", w.Zone))
		}
		v.zone = zone
	}
	for i, text := range w.Days {
		if err := v.addDays(text); err != nil {
			fail(fmt.Sprintf("days[%d]", i), err)
		}
	}
	if len(w.Days) == 0 {
		v.days = [7]bool{true, true, true, true, true, true, true}
	}
	for i, text := range w.Hours {
		h, err := parseHours(text)
		if err != nil {
			fail(fmt.Sprintf("hours[%d]", i), err)
		}
		v.hours = append(v.hours, h)
	}
	if len(w.Hours) == 0 {
		v.hours = []hours{{0, dayEnd}}
	}
	lists := func(key string, texts []string) (all []dates) {
		for i, text := range texts {
			list, err := parseDatesOrName(text, holidays)
			if err != nil {
				fail(fmt.Sprintf("%s[%d]", key, i), err)
			}
			all = append(all, list...)
		}
		return all
	}
	v.dates, v.except = lists("dates", w.Dates), lists("except", w.Except)
	if len(w.Days)+len(w.Hours)+len(w.Dates)+len(w.Except) == 0 {
		fail("", fmt.Errorf("days, hours, dates or except are needed"))
	}
	return v
}

// weekdays stand in the order of time.Weekday.
var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (v *window) addDays(text string) error {
	first, last, span := strings.Cut(text, "-")
	if !span {
		last = first
	}
	from, until := slices.Index(weekdays, first), slices.Index(weekdays, last)
	if from < 0 || until < 0 {
		return fmt.Errorf("%q is no day such as mon, or days such as mon-fri", text)
	}
	for d := from; ; d = (d + 1) % 7 {
		v.days[d] = true
		if d == until {
			return nil
		}
	}
}

const dayEnd = 24 * 60

func parseHours(text string) (hours, error) {
	first, last, _ := strings.Cut(text, "-")
	from, err1 := parseClock(first)
	until, err2 := parseClock(last)
	if err1 != nil || err2 != nil || from == until || from == dayEnd {
		return hours{}, fmt.Errorf("%q: want hours such as 09:00-17:30", text)
	}
	return hours{from, until}, nil
}

func parseClock(text string) (int, error) {
	if text == "24:00" {
		return dayEnd, nil
	}
	t, err := time.Parse("15:04", text)
	if err == nil && len(text) != len("15:04") {
		err = strconv.ErrSyntax
	}
	return t.Hour()*60 + t.Minute(), err
}

// parseDatesOrName understands dates, or the name of a list of them.
func parseDatesOrName(text string, holidays map[string][]string) ([]dates, error) {
	list, ok := holidays[text]
	if !ok {
		d, err := parseDates(text)
		return []dates{d}, err
	}
	var all []dates
	for _, text := range list {
		d, err := parseDates(text)
		if err != nil {
			continue // told where the list stands
		}
		all = append(all, d)
	}
	return all, nil
}

func parseDates(text string) (dates, error) {
	first, last, span := strings.Cut(text, "..")
	if !span {
		last = first
	}
	from, err1 := parseDate(first)
	until, err2 := parseDate(last)
	yearly := from < 10000
	switch {
	case err1 != nil || err2 != nil || yearly != (until < 10000):
		return dates{}, fmt.Errorf("%q: want 2026-12-24, 12-24, a range such as 12-24..01-06, or the name of holidays", text)
	case !yearly && until < from:
		return dates{}, fmt.Errorf("%q ends before it begins", text)
	}
	return dates{from, until}, nil
}

func parseDate(text string) (int, error) {
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return dateOf(t), nil
	}
	t, err := time.Parse(time.DateOnly, "2024-"+text) // a year that has every day
	return dateOf(t) % 10000, err
}

func dateOf(t time.Time) int {
	y, m, d := t.Date()
	return y*10000 + int(m)*100 + d
}

func (d dates) has(date int) bool {
	if d.from < 10000 {
		date %= 10000
		if d.until < d.from { // over New Year
			return date >= d.from || date <= d.until
		}
	}
	return date >= d.from && date <= d.until
}

// miss returns which key keeps a time out; "" when none does. Times are those that
// a clock on the wall shows.
func (v *window) miss(at time.Time) string {
	at = v.local(at)
	minute := at.Hour()*60 + at.Minute()
	missing := "when.hours"
	for _, h := range v.hours {
		day := at
		switch {
		case h.from < h.until && (minute < h.from || minute >= h.until):
			continue
		case h.from > h.until && minute >= h.until && minute < h.from:
			continue
		case h.from > h.until && minute < h.until:
			day = time.Date(at.Year(), at.Month(), at.Day()-1, 12, 0, 0, 0, at.Location())
		}
		if missing = v.missDay(day); missing == "" {
			return ""
		}
	}
	return missing
}

func (v *window) missDay(day time.Time) string {
	date := dateOf(day)
	has := func(d dates) bool { return d.has(date) }
	switch {
	case !v.days[day.Weekday()]:
		return "when.days"
	case len(v.dates) > 0 && !slices.ContainsFunc(v.dates, has):
		return "when.dates"
	case slices.ContainsFunc(v.except, has):
		return "when.except"
	}
	return ""
}

func (v *window) local(at time.Time) time.Time {
	if v.zone != nil {
		return at.In(v.zone)
	}
	return at
}

// reason says why miss returned a key.
func (v *window) reason(key string, at time.Time) string {
	want := map[string][]string{
		"when.hours": v.text.Hours, "when.days": v.text.Days, "when.dates": v.text.Dates, "when.except": v.text.Except,
	}[key]
	is := "is not within "
	if key == "when.except" {
		is = "is one of "
	}
	return v.local(at).Format("Mon 2006-01-02 15:04 MST ") + is + strings.Join(want, ", ")
}
