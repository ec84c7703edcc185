package generate

import (
	"fmt"
	"strings"
	"time"

	"trunkline/nlu/entity/when"
)

var (
	ones = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens = strings.Fields("- - twenty thirty forty fifty")
	nth  = strings.Fields(`- first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
		sixteenth seventeenth eighteenth nineteenth twentieth`)
)

func cardinal(n int) string {
	switch {
	case n < 20:
		return ones[n]
	case n%10 == 0:
		return tens[n/10]
	}
	return tens[n/10] + " " + ones[n%10]
}

func ordinal(n int) string {
	switch {
	case n <= 20:
		return nth[n]
	case n == 30:
		return "thirtieth"
	}
	return tens[n/10] + " " + nth[n%10]
}

func english(g *generator) []func() Case {
	return []func() Case{
		g.enDate, g.enDate, g.enRelative, g.enRelative, g.enWeekday, g.enClock, g.enClock, g.enClock, g.enMoment, g.enMoment,
		g.enLength, g.enLater, g.enRange, g.enImpossible, g.enCorrected, g.enNothing,
	}
}

func (g *generator) enDate() Case {
	t := g.ahead()
	month, d := strings.ToLower(t.Month().String()), ordinal(t.Day())
	text := g.pick("the "+d+" of "+month, month+" "+d, month+" the "+d, d+" of "+month, "on the "+d+" of "+month, fmt.Sprintf("%s %d", month, t.Day()), month+" "+cardinal(t.Day()))
	if g.IntN(3) == 0 {
		text += g.pick(" twenty "+cardinal(t.Year()%100), " two thousand "+cardinal(t.Year()%100), fmt.Sprintf(" %d", t.Year()))
	}
	return Case{Text: text, Expect: when.Date, Want: day(t)}
}

func (g *generator) enRelative() Case {
	n := g.IntN(3)
	if g.IntN(3) == 0 {
		t := g.now.AddDate(0, 0, 1+g.IntN(25))
		return Case{Text: g.pick("the ", "on the ") + ordinal(t.Day()), Expect: when.Date, Want: day(t)}
	}
	return Case{Text: []string{"today", "tomorrow", "the day after tomorrow"}[n], Expect: when.Date, Want: day(g.now.AddDate(0, 0, n))}
}

func (g *generator) enWeekday() Case {
	t := g.now.AddDate(0, 0, 1+g.IntN(6))
	name := strings.ToLower(t.Weekday().String())
	switch g.IntN(4) {
	case 0:
		return Case{Text: g.pick(name, "on "+name, "this "+name, "this coming "+name), Expect: when.Date, Want: day(t)}
	case 1:
		return Case{Text: g.pick("a week on "+name, name+" week", "a week from "+name), Expect: when.Date, Want: day(t.AddDate(0, 0, 7))}
	case 2:
		t = g.monday().AddDate(0, 0, 7+g.IntN(7))
		name = strings.ToLower(t.Weekday().String())
		return Case{Text: name + g.pick(" next week", " of next week"), Expect: when.Date, Want: day(t)}
	}
	t = g.monday().AddDate(0, 0, 7+g.IntN(7))
	c := Case{Text: "next " + strings.ToLower(t.Weekday().String()), Expect: when.Date, Want: day(t)}
	if soon := t.AddDate(0, 0, -7); soon.After(g.now) {
		c.Or = day(soon)
	}
	return c
}

// enTime says a time of day, with its two readings.
func (g *generator) enTime() (text, first, second string) {
	h, m := 1+g.IntN(12), g.IntN(12)*5
	first, second = clock(h, m)
	hour, next := cardinal(h), cardinal(h%12+1)
	switch {
	case m == 0:
		text = g.pick(hour+" o'clock", fmt.Sprintf("%d:00", h))
	case m == 30:
		text = g.pick("half past "+hour, hour+" thirty", "half "+hour, fmt.Sprintf("%d:30", h))
	case m == 15:
		text = g.pick("quarter past "+hour, "a quarter past "+hour, hour+" fifteen", "quarter after "+hour)
	case m == 45:
		text = g.pick("quarter to "+next, "a quarter to "+next, hour+" forty five")
	case m < 10:
		text = hour + " oh " + cardinal(m)
	case m > 30:
		text = g.pick(cardinal(60-m)+" to "+next, hour+" "+cardinal(m), fmt.Sprintf("%d:%02d", h, m))
	default:
		text = g.pick(cardinal(m)+" past "+hour, hour+" "+cardinal(m), fmt.Sprintf("%d:%02d", h, m))
	}
	return text, first, second
}

func (g *generator) enClock() Case {
	text, first, second := g.enTime()
	am, pm := min(first, second), max(first, second)
	switch g.IntN(4) {
	case 0:
		return Case{Text: text, Expect: when.Time, Want: first, Or: second}
	case 1:
		if am >= "01:00" && !strings.Contains(text, "to one") {
			return Case{Text: text + g.pick(" in the morning", " this morning"), Expect: when.Time, Want: am}
		}
	case 2:
		if pm >= "13:00" && pm < "17:00" {
			return Case{Text: text + " in the afternoon", Expect: when.Time, Want: pm}
		}
		if pm >= "18:00" {
			return Case{Text: text + " in the evening", Expect: when.Time, Want: pm}
		}
	}
	h := 1 + g.IntN(12)
	first, second = clock(h, 0)
	am, pm = min(first, second), max(first, second)
	if g.IntN(2) == 0 {
		return Case{Text: cardinal(h) + g.pick(" am", " a m", " a.m."), Expect: when.Time, Want: am}
	}
	return Case{Text: g.pick("at ", "around ", "") + g.pick(cardinal(h), fmt.Sprint(h)) + g.pick(" pm", " p m", " p.m."), Expect: when.Time, Want: pm}
}

func (g *generator) enMoment() Case {
	c := g.enRelative()
	if g.IntN(2) == 0 {
		c = g.enDate()
	}
	h := 1 + g.IntN(11)
	said := g.pick(cardinal(h)+" p m", fmt.Sprintf("%d pm", h), cardinal(h)+" thirty pm")
	minute := 0
	if strings.Contains(said, "thirty") {
		minute = 30
	}
	text := c.Text + g.pick(" at ", " around ", ", ") + said
	if g.IntN(3) == 0 {
		text = said + " " + c.Text
	}
	return Case{Text: text, Want: fmt.Sprintf("%sT%02d:%02d", c.Want, h+12, minute)}
}

func (g *generator) enLength() Case {
	n := 2 + g.IntN(20)
	unit := g.IntN(4)
	want := fmt.Sprintf([]string{"PT%dM", "PT%dH", "P%dD", "P%dW"}[unit], n)
	text := g.pick(cardinal(n), fmt.Sprint(n)) + []string{" minutes", " hours", " days", " weeks"}[unit]
	switch g.IntN(5) {
	case 0:
		return Case{Text: cardinal(n) + " and a half hours", Expect: when.Duration, Want: fmt.Sprintf("PT%dH30M", n)}
	case 1:
		return Case{Text: g.pick("half an hour", "thirty minutes"), Expect: when.Duration, Want: "PT30M"}
	}
	return Case{Text: text, Expect: when.Duration, Want: want}
}

func (g *generator) enLater() Case {
	n := 2 + g.IntN(20)
	if g.IntN(2) == 0 {
		return Case{Text: g.pick("in "+cardinal(n)+" days", cardinal(n)+" days from now"), Want: day(g.now.AddDate(0, 0, n))}
	}
	return Case{Text: g.pick("in "+cardinal(n)+" hours", cardinal(n)+" hours from now"), Want: g.now.Add(time.Duration(n) * time.Hour).Format("2006-01-02T15:04")}
}

func (g *generator) enRange() Case {
	from := 1 + g.IntN(5)
	to := from + 1 + g.IntN(3)
	a, b := cardinal(from), cardinal(to)
	return Case{
		Text: g.pick("between "+a+" and "+b+" pm", "from "+a+" to "+b+" pm", "from "+a+" pm until "+b+" pm"), Expect: when.Time,
		Want: fmt.Sprintf("%02d:00/%02d:00", from+12, to+12),
	}
}

func (g *generator) enImpossible() Case {
	return Case{Text: g.pick("february thirtieth", "the thirty first of april", "june thirty first", "the thirty first of november", "february 31st"), Expect: when.Date}
}

func (g *generator) enCorrected() Case {
	wrong, right := g.enDate(), g.enDate()
	right.Text = wrong.Text + g.pick(", sorry, ", ", no, ", ", I mean ", ", no wait, ", ", actually ") + right.Text
	return right
}

func (g *generator) enNothing() Case {
	return Case{Text: g.pick("some time soon", "the second one", "a bit later", "I may be late", "two people", "the first branch", "the end of the month")}
}
