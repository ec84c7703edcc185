package when

import (
	"time"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when/internal/almanac"
)

// minuteLayout is how a moment is written.
const minuteLayout = "2006-01-02T15:04"

// after is what so long from now is: a moment for hours and less, a day for days and more.
func (p *parser) after(l almanac.Length, from, to int) fragment {
	f := fragment{from: from, to: to, what: dateSaid}
	if l.Clocked() {
		f.what = momentSaid
		if p.Relative() {
			f.moment = l.From(p.opts.Now)
		}
		return f
	}
	f.date = almanac.Unknown()
	if p.Relative() {
		f.date = almanac.On(l.From(p.Today()))
	}
	return f
}

// inside is the range between now and so long from now, or before.
func (p *parser) inside(l almanac.Length, i, end int) fragment {
	f := fragment{from: i, to: end, what: dateSaid, date: almanac.Unknown()}
	if !p.Relative() {
		return f
	}
	from, layout := p.Today(), time.DateOnly
	if l.Clocked() {
		from, layout = p.opts.Now, minuteLayout
	}
	to := l.From(from)
	if to.Before(from) {
		from, to = to, from
	}
	f.date.Value, f.date.Doubt, f.date.Why = from.Format(layout)+"/"+to.Format(layout), reading.Certain, ""
	return f
}
