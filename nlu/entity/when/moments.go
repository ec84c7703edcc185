package when

import "trunkline/nlu/entity/when/internal/almanac"

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

// inside is the range from now until so long from now.
func (p *parser) inside(l almanac.Length, from, to int) fragment {
	f := fragment{from: from, to: to, what: dateSaid, date: almanac.Unknown()}
	if p.Relative() {
		if l.Clocked() {
			const layout = "2006-01-02T15:04"
			f.date = almanac.Date{Value: p.opts.Now.Format(layout) + "/" + l.From(p.opts.Now).Format(layout)}
		} else {
			f.date = almanac.Date{Value: almanac.ISO(p.Today()) + "/" + almanac.ISO(l.From(p.Today()))}
		}
	}
	return f
}
