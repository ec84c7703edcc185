package almanac

import (
	"fmt"
	"time"

	"trunkline/nlu/entity/reading"
)

// A date is what was said of one, or of a range.
type Date struct {
	Year, Month, Day int // 0: not said; hasYear tells the year 0 (1 BC) from none
	HasYear          bool
	Weekday          int    // 1 Monday to 7 Sunday, said beside the date; 0 none
	Weekly           bool   // said by the weekday alone
	Value            string // of what has no year, month and day: decades, ranges
	Others           []string
	Doubt            reading.Doubt
	Why              string
}

// On is the date of a day in the calendar.
func On(t time.Time) Date {
	return Date{Year: t.Year(), HasYear: true, Month: int(t.Month()), Day: t.Day()}
}

// ISO writes a day.
func ISO(t time.Time) string { return t.Format(time.DateOnly) }

// midnight is the day of t at 0:00 UTC: arithmetic on days needs no zone.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// Today is the day of Now.
func (m Almanac) Today() time.Time { return midnight(m.Now) }

// Relative says that there is something to be relative to.
func (m Almanac) Relative() bool { return !m.Now.IsZero() }

// Unknown is the answer to a relative date when Now is not known.
func Unknown() Date { return Vague("", "relative to a day that is not known") }

// Vague is a date that names no single day; value is the rough one, if any.
func Vague(value, why string) Date {
	return Date{Value: value, Doubt: reading.Vague, Why: why}
}

// Days is today and so many days.
func (m Almanac) Days(n int) Date {
	if !m.Relative() {
		return Unknown()
	}
	return On(m.Today().AddDate(0, 0, n))
}

// Months is the month so many from now.
func (m Almanac) Months(n int) Date {
	if !m.Relative() {
		return Unknown()
	}
	t := m.Today()
	t = time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	return Date{Year: t.Year(), HasYear: true, Month: int(t.Month())}
}

// Years is the year so many from now.
func (m Almanac) Years(n int) Date {
	if !m.Relative() {
		return Unknown()
	}
	return Date{Year: m.Now.Year() + n, HasYear: true}
}

// monday is that of the week so many from now.
func (m Almanac) monday(weeks int) time.Time {
	t := m.Today()
	return t.AddDate(0, 0, 7*weeks-(int(t.Weekday())+6)%7)
}

// Week is Monday to Sunday of the week so many from now.
func (m Almanac) Week(n int) Date { return m.within(n, 1, 7) }

// Weekend is Saturday and Sunday of the week so many from now.
func (m Almanac) Weekend(n int) Date { return m.within(n, 6, 7) }

// Workdays are Monday to Friday of this week or, at its end, of the next: any of them may be meant.
func (m Almanac) Workdays() Date {
	week := 0
	if day := m.Today().Weekday(); day == time.Saturday || day == time.Sunday {
		week = 1
	}
	d := m.within(week, 1, 5)
	d.Doubt, d.Why = reading.Vague, "no single day"
	return d
}

// WeekOf is a week of a month, counted in sevens from its first day: 1 to 5, or -1 for the last seven days.
func (m Almanac) WeekOf(month Date, week int) Date {
	if month.Doubt != reading.Certain || !month.HasYear {
		month.Doubt = reading.Vague
		return month
	}
	last := time.Date(month.Year, time.Month(month.Month)+1, 0, 0, 0, 0, 0, time.UTC)
	from := last.AddDate(0, 0, -6)
	if week > 0 {
		from = time.Date(month.Year, time.Month(month.Month), 7*week-6, 0, 0, 0, 0, time.UTC)
	}
	to := from.AddDate(0, 0, 6)
	if to.After(last) {
		to = last
	}
	return Vague(ISO(from)+"/"+ISO(to), "a week of a month")
}

func (m Almanac) within(week, first, last int) Date {
	if !m.Relative() {
		return Unknown()
	}
	monday := m.monday(week)
	return Date{Value: ISO(monday.AddDate(0, 0, first-1)) + "/" + ISO(monday.AddDate(0, 0, last-1))}
}

// WeekdayIn is a weekday of the week so many from now.
func (m Almanac) WeekdayIn(weeks, weekday int) Date {
	if !m.Relative() {
		return Unknown()
	}
	return On(m.monday(weeks).AddDate(0, 0, weekday-1))
}

// Coming is a bare weekday: the first after today, or with Past the last before.
func (m Almanac) Coming(weekday int) Date {
	if !m.Relative() {
		return Unknown()
	}
	t := m.Today()
	ahead := (weekday-int(t.Weekday())+6)%7 + 1 // 1 to 7
	if m.Past {
		ahead -= 7
		if ahead == 0 {
			ahead = -7
		}
	}
	d := On(t.AddDate(0, 0, ahead))
	d.Weekly = true
	if ahead%7 == 0 {
		d.Doubt, d.Others, d.Why = reading.Ambiguous, []string{ISO(t)}, "it is that weekday today"
	}
	return d
}

// Third is a part of a month: 1 beginning, 2 middle, 3 end.
func (m Almanac) Third(month Date, part int) Date {
	if month.Doubt != reading.Certain || !month.HasYear {
		month.Doubt = reading.Vague
		return month
	}
	from := time.Date(month.Year, time.Month(month.Month), 10*part-9, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, 9)
	if part == 3 {
		to = time.Date(month.Year, time.Month(month.Month)+1, 0, 0, 0, 0, 0, time.UTC)
	}
	return Vague(ISO(from)+"/"+ISO(to), "a part of a month")
}

// Settle gives a date its canonical value: what was left out is filled in from Now, and what cannot
// be is refused.
func (m Almanac) Settle(d Date) reading.Reading {
	r := reading.Reading{Value: d.Value, Others: d.Others, Doubt: d.Doubt, Why: d.Why}
	if d.Value != "" || d.Doubt == reading.Vague {
		return r
	}
	d = m.Complete(d)
	r.Value = d.String()
	if !d.possible() {
		r.Doubt, r.Others, r.Why = reading.Failed, nil, "there is no such day"
		return r
	}
	if d.Weekday == 0 || d.Day == 0 || !d.HasYear {
		return r
	}
	t := time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
	if (int(t.Weekday())+6)%7+1 != d.Weekday {
		r.Doubt, r.Why = reading.Ambiguous, "the weekday is that of another day"
		r.Others = []string{m.Settle(m.Coming(d.Weekday)).Value}
	}
	return r
}

// String writes what of the date is known.
func (d Date) String() string {
	year := fmt.Sprintf("%04d", d.Year)
	if d.Year < 0 {
		year = fmt.Sprintf("-%04d", -d.Year)
	}
	switch {
	case d.HasYear && d.Month > 0 && d.Day > 0:
		return fmt.Sprintf("%s-%02d-%02d", year, d.Month, d.Day)
	case d.HasYear && d.Month > 0:
		return fmt.Sprintf("%s-%02d", year, d.Month)
	case d.HasYear:
		return year
	case d.Month > 0 && d.Day > 0:
		return fmt.Sprintf("--%02d-%02d", d.Month, d.Day)
	case d.Month > 0:
		return fmt.Sprintf("--%02d", d.Month)
	}
	return fmt.Sprintf("---%02d", d.Day)
}

// possible says that some calendar has such a day.
func (d Date) possible() bool {
	if d.Month > 12 || d.Day > 31 || d.Month < 0 || d.Day < 0 {
		return false
	}
	if d.Day == 0 || d.Month == 0 {
		return true
	}
	year := 2000 // a leap year, for a day of no year
	if d.HasYear {
		year = d.Year
	}
	return d.Day <= time.Date(year, time.Month(d.Month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Complete finds the month and year that were left out, if Now is known and the day can be.
func (m Almanac) Complete(d Date) Date {
	if d.HasYear || !m.Relative() || !d.possible() {
		return d
	}
	step := 1
	if m.Past {
		step = -1
	}
	today := On(m.Today())
	full := d
	full.HasYear, full.Year = true, today.Year
	if d.Month == 0 {
		full.Month = today.Month
	}
	for range 100 { // 29 February is at most 8 years off; years beside 1900 and 2100 a little more
		if full.possible() && !full.beyond(today, step) {
			return full
		}
		if d.Month > 0 {
			full.Year += step
			continue
		}
		full.Month += step
		if full.Month < 1 || full.Month > 12 {
			full.Month, full.Year = (full.Month+11)%12+1, full.Year+step
		}
	}
	return d
}

// beyond says that a day or month lies before today when looking ahead, after it when looking back.
func (d Date) beyond(today Date, step int) bool {
	a, b := d.Year*12+d.Month, today.Year*12+today.Month
	if d.Day > 0 {
		a, b = a*31+d.Day, b*31+today.Day
	}
	return (a-b)*step < 0
}

// WhichWeekday is "this", "next", "last" or, bare, the coming weekday.
func (m Almanac) WhichWeekday(which string, day int) Date {
	if !m.Relative() {
		return Unknown()
	}
	today := (int(m.Now.Weekday())+6)%7 + 1
	switch which {
	case "this":
		return m.Days((day - today + 7) % 7)
	case "next":
		d := m.WeekdayIn(1, day)
		if soon := On(m.Today().AddDate(0, 0, (day-today+6)%7+1)); soon.String() != d.String() {
			d.Doubt, d.Others, d.Why = reading.Ambiguous, []string{soon.String()}, "of this week or of next week"
		}
		return d
	case "last":
		return On(m.Today().AddDate(0, 0, -((today-day+6)%7 + 1)))
	}
	return m.Coming(day)
}

// Shift moves a day.
func (m Almanac) Shift(d Date, days int) Date {
	if !d.HasYear || d.Day == 0 {
		return d
	}
	return On(time.Date(d.Year, time.Month(d.Month), d.Day+days, 0, 0, 0, 0, time.UTC))
}

// Century gives a year of two figures the century that brings it nearest: up to ten years ahead of
// Now, or of 2030 without it.
func (m Almanac) Century(v int) int {
	last := 2030
	if m.Relative() {
		last = m.Now.Year() + 10
		if m.Past {
			last -= 10
		}
	}
	v += last / 100 * 100
	if v > last {
		v -= 100
	}
	return v
}
