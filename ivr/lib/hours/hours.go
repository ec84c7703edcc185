// Package hours answers when a business is open: by weekday, with holidays, and
// with the days that are worked in place of others.
//
// Hours are made of the configuration once and are a function of the time they
// are asked about: nothing here keeps state or looks at a clock. Package lib
// answers scripts with them, cmd makes them.
package hours

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"trunkline/call/route"
)

// Plan is what people write.
type Plan struct {
	Zone     string              `yaml:"zone"`     // such as Asia/Shanghai; "" is the machine's
	Week     map[string][]string `yaml:"week"`     // mon, mon-fri, … to hours such as 09:00-17:30; 22:00-06:00 ends the next day
	Holidays []string            `yaml:"holidays"` // dates, or names of lists of them, on which it is closed
	Workdays []string            `yaml:"workdays"` // dates with Monday's hours whatever day they are; they win over holidays
}

// Hours is a plan that is understood.
type Hours struct {
	zone    *time.Location
	windows []*route.Window // open in any of them
	clocks  []int           // minutes of a day at which one may begin or end
}

// Parse understands a plan; lists are the holidays that it may name. What is
// wrong is told with its path, such as week.mon-fri[0].
func Parse(p Plan, lists map[string][]string, fail func(path string, err error)) *Hours {
	h := &Hours{zone: time.Local}
	if p.Zone != "" {
		zone, err := time.LoadLocation(p.Zone)
		if err != nil {
			fail("zone", fmt.Errorf("%q is no time zone such as Europe/Berlin", p.Zone))
			zone = time.UTC
		}
		h.zone = zone
	}
	if len(p.Week) == 0 {
		fail("week", fmt.Errorf("days are needed, such as mon-fri: [\"09:00-17:30\"]"))
	}
	h.addWeek(p, lists, fail)
	h.addWorkdays(p, lists, fail)
	for _, w := range h.windows {
		h.clocks = append(h.clocks, w.Clocks()...)
	}
	slices.Sort(h.clocks)
	h.clocks = slices.Compact(h.clocks)
	return h
}

func (h *Hours) addWeek(p Plan, lists map[string][]string, fail func(string, error)) {
	told := false // of the holidays, which each of the days has
	for _, days := range slices.Sorted(maps.Keys(p.Week)) {
		w := route.When{
			Zone: h.zone.String(), Days: []string{days}, Hours: p.Week[days],
			Except: slices.Concat(p.Holidays, p.Workdays),
		}
		window := h.window(w, lists, func(key string, err error) {
			if n, ok := index(key, "hours"); ok {
				fail(fmt.Sprintf("week.%s[%d]", days, n), err)
			} else if n, ok := index(key, "except"); !ok {
				fail("week."+days, err)
			} else if !told && n < len(p.Holidays) {
				fail(fmt.Sprintf("holidays[%d]", n), err)
			}
		})
		told = true
		if len(p.Week[days]) > 0 { // without hours it is closed
			h.windows = append(h.windows, window)
		}
	}
}

func (h *Hours) addWorkdays(p Plan, lists map[string][]string, fail func(string, error)) {
	if len(p.Workdays) == 0 {
		return
	}
	monday := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	var worked []string
	for days, list := range p.Week {
		w := route.When{Zone: "UTC", Days: []string{days}}
		if w.Window(nil, func(string, error) {}).Has(monday) {
			worked = append(worked, list...)
		}
	}
	if len(worked) == 0 {
		fail("workdays", fmt.Errorf("they have the hours of a Monday, and Mondays have none"))
		return
	}
	slices.Sort(worked)
	h.windows = append(h.windows, h.window(route.When{Zone: h.zone.String(), Hours: worked, Dates: p.Workdays}, lists,
		func(key string, err error) {
			if n, ok := index(key, "dates"); ok {
				fail(fmt.Sprintf("workdays[%d]", n), err)
			}
		}))
}

// window is route's, in the zone of the hours.
func (h *Hours) window(w route.When, lists map[string][]string, fail func(string, error)) *route.Window {
	if h.zone == time.Local {
		w.Zone = "" // it has a name of its own; the times asked about are put into it
	}
	return w.Window(lists, fail)
}

// index takes "hours[3]" apart.
func index(key, name string) (n int, ok bool) {
	_, err := fmt.Sscanf(key, name+"[%d]", &n)
	return n, err == nil
}

// Zone is where the clock of the hours hangs.
func (h *Hours) Zone() *time.Location { return h.zone }

// Open reports whether it is open at a time.
func (h *Hours) Open(at time.Time) bool {
	at = at.In(h.zone)
	return slices.ContainsFunc(h.windows, func(w *route.Window) bool { return w.Has(at) })
}

// horizon is how many days ahead a change is looked for: a year, and some.
const horizon = 400

// Change returns when it opens next, if it is closed at a time, or closes, if it
// is open; false when that is more than a year away or never.
func (h *Hours) Change(at time.Time) (time.Time, bool) {
	open := h.Open(at)
	day := at.In(h.zone)
	for range horizon {
		for _, t := range h.edges(day) {
			if t.After(at) && h.Open(t) != open {
				return t, true
			}
		}
		day = time.Date(day.Year(), day.Month(), day.Day()+1, 12, 0, 0, 0, h.zone)
	}
	return time.Time{}, false
}

// edges returns the moments of a day at which anything may change, in order: when
// a clock on the wall shows one of the clocks, be it twice, and when it is put
// forward or back. Moments that are none of the day's do no harm.
func (h *Hours) edges(day time.Time) (list []time.Time) {
	y, m, d := day.Date()
	first := time.Date(y, m, d-1, 12, 0, 0, 0, h.zone)
	last := time.Date(y, m, d+1, 12, 0, 0, 0, h.zone)
	zones := []time.Time{first}
	for t := first; ; {
		_, end := t.ZoneBounds()
		if end.IsZero() || !end.Before(last) {
			break
		}
		list = append(list, end)
		zones = append(zones, end)
		t = end
	}
	for _, z := range zones {
		_, offset := z.Zone()
		for _, minute := range h.clocks {
			wall := time.Date(y, m, d, 0, minute, 0, 0, time.UTC)
			list = append(list, wall.Add(-time.Duration(offset)*time.Second).In(h.zone))
		}
	}
	slices.SortFunc(list, time.Time.Compare)
	return list
}
