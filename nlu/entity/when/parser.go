package when

import (
	"strings"
	"time"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when/internal/almanac"
	"trunkline/nlu/entity/when/internal/lexicon"
)

// A parser reads one text. Its methods that read something at a token return it and how many
// tokens it took, 0 for nothing there.
type parser struct {
	almanac.Almanac
	lexicon.Text
	opts Options
	zh   bool
}

func newParser(text string, opts Options) *parser {
	return &parser{
		Almanac: almanac.Almanac{Now: opts.Now, Past: opts.Past, Hours: opts.Hours},
		Text:    lexicon.Tokens(text), opts: opts, zh: chinese(opts.Language),
	}
}

// alone says that nothing but the tokens from i to j was said, fillers and prepositions aside.
func (p *parser) alone(i, j int) bool {
	for k := range p.Text {
		if (k < i || k >= j) && !p.Is(k, ".", ",", "?", "!", "。", "，", "？", "！", "uh", "um", "er", "at", "on", "the", "please", "thanks", "around",
			"about", "yes", "yeah", "ok", "okay", "maybe", "for", "make", "it", "is", "it's", "let's", "say", "i", "want", "would", "like", "how", "what",
			"from", "until", "by", "just", "then", "can", "could", "we", "do", "was", "in", "year", "that", "that's", "嗯", "呃", "就", "吧", "那", "在", "好", "的") {
			return false
		}
	}
	return true
}

// A fragment is one date, time, part of a day or length of time in the text.
type fragment struct {
	from, to int // tokens
	what     what
	date     almanac.Date
	clock    almanac.Clock
	part     almanac.Part
	length   almanac.Length
	moment   time.Time // of what is so long from now
}

type what uint8

const (
	nothing what = iota
	dateSaid
	clockSaid
	partSaid
	lengthSaid
	momentSaid // so many hours from now
)

// A chain is what belongs together: a date, a time and a part of the day, in any order.
type chain []fragment

func (c chain) find(w what) (fragment, bool) {
	for _, f := range c {
		if f.what == w {
			return f, true
		}
	}
	return fragment{}, false
}

// chains cuts the text into fragments and joins those that stand together.
func (p *parser) chains() []chain {
	var out []chain
	for i := 0; i < len(p.Text); {
		f := p.fragment(i)
		if f.to <= i {
			i++
			continue
		}
		i = f.to
		if n := len(out); n > 0 && p.joins(out[n-1], f) {
			out[n-1] = append(out[n-1], f)
			continue
		}
		out = append(out, chain{f})
	}
	return out
}

// fragment is the longest thing that begins at a token.
func (p *parser) fragment(i int) fragment {
	read := p.english
	if p.zh {
		read = p.chinese
	}
	best := fragment{from: i, to: i}
	for _, f := range read(i) {
		asked := f.what == dateSaid && p.opts.Expect == Date // "nineteen seventeen" is a time as well
		if f.to > best.to || asked && f.to == best.to {
			best = f
		}
	}
	return best
}

// joins says that a fragment says more of the moment a chain speaks of.
func (p *parser) joins(c chain, f fragment) bool {
	last := c[len(c)-1]
	if f.from-last.to > 3 || last.what >= lengthSaid || f.what >= lengthSaid {
		return false
	}
	if _, twice := c.find(f.what); twice {
		return false
	}
	for i := last.to; i < f.from; i++ {
		if !p.Is(i, "at", "on", "in", "the", "of", ",", "，", "around", "about", "for", "by", "@", "before", "after", "like", "maybe",
			"的", "在", "大概", "大约", "差", "不", "多", "约", "是") {
			return false
		}
	}
	return true
}

// corrects says that the words between two things take the first one back.
func (p *parser) corrects(i, j int) bool {
	if p.Is(j-1, "to") && p.changes() {
		return true
	}
	if j-i > 8 {
		return false
	}
	for ; i < j; i++ {
		n := p.OneOf(i, "不 对", "不 是", "哦 不", "说 错", "改 成", "改 到", "换 成", "换 到", "应 该 是", "sorry", "i mean", "no", "wait", "actually", "rather", "make that", "scratch that", "correction")
		if n > 0 && i+n <= j {
			return true
		}
	}
	return false
}

// moved says that the caller wants away from the date or time at a token: "change it from six to seven".
func (p *parser) moved(i int) bool { return p.Is(i-1, "from") && p.changes() }

// changes says that something is to be put from one time to another.
func (p *parser) changes() bool {
	for i := range p.Text {
		if p.Is(i, "change", "changing", "move", "moved", "reschedule", "switch", "push", "bring") {
			return true
		}
	}
	return false
}

// finish makes readings of a chain, as many as it has things of the kind expected.
func (p *parser) finish(c chain) []Found {
	f, hasDate := c.find(dateSaid)
	k, hasClock := c.find(clockSaid)
	s, hasPart := c.find(partSaid)
	if !hasPart && f.part != almanac.NoPart { // tonight
		s, hasPart = fragment{from: f.from, to: f.to, what: partSaid, part: f.part}, true
	}
	if hasPart && hasClock {
		k.clock = k.clock.In(s.part)
	}
	if hasPart && s.from == c[0].from && c[0].to == s.to && hasClock && p.zh {
		k.from = s.from // 下午三点 is one time
	}
	if hasPart && hasClock && s.from >= k.to && f.part == almanac.NoPart {
		k.to = p.joined(k.to, s)
	}
	if hasDate && hasClock && k.clock.Half == almanac.Either {
		k.clock = p.notPast(f.date, k.clock)
	}
	switch p.opts.Expect {
	case Date:
		if hasDate && p.Is(f.from, "the") && f.to > f.from+1 {
			f.from++ // an article is no part of the value
		}
		if p.Is(f.to-1, "今", "明", "昨", "当") && p.Is(f.to, "晚", "早", "晨", "夜") {
			f.to++ // 今晚 is one word
		}
		return p.only(Date, f, hasDate)
	case Time:
		if !hasClock && hasPart {
			return p.found(Time, s.from, s.to, p.SpanOf(s.part))
		}
		return p.only(Time, k, hasClock)
	case Duration:
		length, ok := c.find(lengthSaid)
		return p.only(Duration, length, ok)
	case Any:
	}
	return p.whole(c, f, k, s)
}

// joined is the end of a time with the part of the day that follows it.
func (p *parser) joined(to int, s fragment) int {
	for i := to; i < s.from; i++ {
		if !p.Is(i, "in", "the", "at") {
			return to
		}
	}
	return s.to
}

// notPast takes the half of today that is still to come.
func (p *parser) notPast(d almanac.Date, c almanac.Clock) almanac.Clock {
	if !p.Relative() || p.Settle(d).Value != almanac.ISO(p.Today()) || p.opts.Past || c.Until != nil {
		return c
	}
	now := p.opts.Now.Format("15:04")
	if c.Show(almanac.Am)[:5] <= now && now < c.Show(almanac.Pm)[:5] {
		c.Half = almanac.Pm
	}
	return c
}

// only is a fragment by itself, if there is one.
func (p *parser) only(k Kind, f fragment, ok bool) []Found {
	switch {
	case !ok:
		return nil
	case f.what == dateSaid:
		return p.found(k, f.from, f.to, p.Settle(f.date))
	case f.what == clockSaid:
		return p.found(k, f.from, f.to, p.Tell(f.clock))
	}
	return p.found(k, f.from, f.to, reading.Reading{Value: f.length.String()})
}

func (p *parser) found(k Kind, from, to int, r reading.Reading) []Found {
	r.Start, r.End = p.Text[from].Start, p.Text[to-1].End
	return []Found{{Reading: r, Kind: k}}
}

// whole joins date and time to a moment.
func (p *parser) whole(c chain, f, k, s fragment) []Found {
	from, to := c[0].from, c[len(c)-1].to
	switch {
	case c[0].what == momentSaid:
		r := reading.Reading{Value: c[0].moment.Format(minuteLayout)}
		if c[0].moment.IsZero() {
			r = reading.Reading{Doubt: reading.Vague, Why: "relative to a moment that is not known"}
		}
		return p.found(Any, from, to, r)
	case f.what == nothing && k.what == clockSaid:
		return p.found(Time, from, to, p.Tell(k.clock))
	case f.what == nothing && s.what == partSaid:
		return p.found(Time, from, to, p.SpanOf(s.part))
	case f.what == nothing:
		return nil
	case k.what == nothing && s.what == nothing:
		return p.found(Date, from, to, p.Settle(f.date))
	}
	day := p.Settle(f.date)
	if f.date.Value != "" || day.Doubt == reading.Vague || day.Doubt == reading.Failed {
		return append(p.found(Date, f.from, f.to, day), p.only(Time, k, k.what == clockSaid)...)
	}
	if k.what == nothing {
		return p.found(Any, from, to, attach(day, p.SpanOf(s.part)))
	}
	if k.clock.Next > 0 && f.date.Day > 0 {
		day = later(day, k.clock.Next)
	}
	return p.found(Any, from, to, attach(day, p.Tell(k.clock)))
}

// attach puts a time on a day. Both may be ambiguous: the time's alternatives come first.
func attach(day, t reading.Reading) reading.Reading {
	join := func(d, t string) string { return d + "T" + strings.ReplaceAll(t, "/", "/"+d+"T") }
	r := reading.Reading{Value: join(day.Value, t.Value), Doubt: max(day.Doubt, t.Doubt), Why: t.Why}
	if t.Why == "" {
		r.Why = day.Why
	}
	for _, o := range t.Others {
		r.Others = append(r.Others, join(day.Value, o))
	}
	for _, o := range day.Others {
		r.Others = append(r.Others, join(o, t.Value))
	}
	return r
}

// later moves a day on: "tonight at one" is tomorrow by the calendar.
func later(day reading.Reading, days int) reading.Reading {
	if t, err := time.Parse(time.DateOnly, day.Value); err == nil {
		day.Value = almanac.ISO(t.AddDate(0, 0, days))
	}
	return day
}
