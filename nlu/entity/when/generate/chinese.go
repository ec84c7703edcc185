package generate

import (
	"fmt"
	"strings"
	"time"

	"trunkline/nlu/entity/when"
)

// numeral says a number below 100.
func numeral(n int) string {
	digits := []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + strings.TrimPrefix(digits[n%10], "零")
	}
	return digits[n/10] + "十" + strings.TrimPrefix(digits[n%10], "零")
}

// hourSaid says an hour; two o'clock is 两.
func hourSaid(h int) string {
	if h == 2 {
		return "两"
	}
	return numeral(h)
}

// year says a year figure by figure.
func year(y int) string {
	var b strings.Builder
	for _, r := range fmt.Sprint(y) {
		b.WriteString(numeral(int(r - '0')))
	}
	return b.String()
}

func weekday(t time.Time) string {
	return []string{"日", "一", "二", "三", "四", "五", "六"}[t.Weekday()]
}

func chinese(g *generator) []func() Case {
	return []func() Case{
		g.zhDate, g.zhDate, g.zhRelative, g.zhRelative, g.zhWeekday, g.zhClock, g.zhClock, g.zhClock, g.zhMoment, g.zhMoment,
		g.zhLength, g.zhLater, g.zhRange, g.zhImpossible, g.zhCorrected, g.zhVague,
	}
}

func (g *generator) zhDate() Case {
	t := g.ahead()
	text := numeral(int(t.Month())) + "月" + numeral(t.Day()) + g.pick("号", "日")
	if g.IntN(3) == 0 {
		text = year(t.Year()) + "年" + text
	} else if g.IntN(4) == 0 {
		text = t.Format("1月2号")
	}
	return Case{Text: text, Expect: when.Date, Want: day(t)}
}

func (g *generator) zhRelative() Case {
	words := []string{"今天", "明天", "后天", "大后天"}
	n := g.IntN(4)
	if g.IntN(3) == 0 {
		t := g.now.AddDate(0, 0, 1+g.IntN(25))
		return Case{Text: numeral(t.Day()) + "号", Expect: when.Date, Want: day(t)}
	}
	return Case{Text: words[n], Expect: when.Date, Want: day(g.now.AddDate(0, 0, n))}
}

func (g *generator) zhWeekday() Case {
	weeks := g.IntN(3)
	t := g.monday().AddDate(0, 0, 7*weeks+g.IntN(7))
	text := []string{g.pick("这", "这个", "本"), g.pick("下", "下个"), "下下"}[weeks] + g.pick("周", "星期", "礼拜") + weekday(t)
	return Case{Text: text, Expect: when.Date, Want: day(t)}
}

// zhTime says a time of day, with its two readings.
func (g *generator) zhTime() (text, first, second string) {
	h, m := 1+g.IntN(12), g.IntN(12)*5
	first, second = clock(h, m)
	text = hourSaid(h) + "点"
	switch {
	case m == 0:
		text += g.pick("", "钟", "整")
	case m == 30:
		text += g.pick("半", "三十", "三十分")
	case m == 15:
		text += g.pick("一刻", "十五", "十五分")
	case m == 45:
		text += g.pick("三刻", "四十五")
	case m < 10:
		text += g.pick("零"+numeral(m), "零"+numeral(m)+"分", "过"+numeral(m)+"分")
	case m >= 50 && g.IntN(2) == 0:
		text = "差" + numeral(60-m) + "分" + hourSaid(h%12+1) + "点"
	default:
		text += numeral(m) + g.pick("", "分")
	}
	return text, first, second
}

func (g *generator) zhClock() Case {
	text, first, second := g.zhTime()
	if g.IntN(2) == 0 {
		return Case{Text: text, Expect: when.Time, Want: first, Or: second}
	}
	part, want := g.zhPart(min(first, second), max(first, second))
	return Case{Text: part + text, Expect: when.Time, Want: want}
}

// zhPart is a part of the day and the reading it leaves.
func (g *generator) zhPart(am, pm string) (part, want string) {
	switch {
	case g.IntN(2) == 0 && am >= "06:00":
		return g.pick("早上", "上午"), am
	case am < "05:00" && am >= "01:00" && g.IntN(3) == 0:
		return "凌晨", am
	case pm < "13:00":
		return "中午", pm
	case pm < "18:00":
		return "下午", pm
	}
	return "晚上", pm
}

func (g *generator) zhMoment() Case {
	text, first, second := g.zhTime()
	part, want := g.zhPart(min(first, second), max(first, second))
	d := g.zhRelative()
	if g.IntN(2) == 0 {
		d = g.zhWeekday()
	}
	return Case{Text: d.Text + g.pick("", "的") + part + text, Want: d.Want + "T" + want}
}

func (g *generator) zhLength() Case {
	n := 2 + g.IntN(20)
	unit := g.IntN(5)
	said := []string{"分钟", g.pick("个小时", "小时"), "天", g.pick("周", "个星期"), "个月"}[unit]
	want := fmt.Sprintf([]string{"PT%dM", "PT%dH", "P%dD", "P%dW", "P%dM"}[unit], n)
	if unit == 4 && n >= 12 {
		want = strings.TrimSuffix(fmt.Sprintf("P%dY%dM", n/12, n%12), "0M")
	}
	text := hourSaid(n) + said
	if unit == 1 && g.IntN(3) == 0 {
		text, want = hourSaid(n)+"个半小时", fmt.Sprintf("PT%dH30M", n)
	}
	return Case{Text: text, Expect: when.Duration, Want: want}
}

func (g *generator) zhLater() Case {
	n := 2 + g.IntN(20)
	if g.IntN(2) == 0 {
		return Case{Text: hourSaid(n) + g.pick("天后", "天以后", "天之后"), Want: day(g.now.AddDate(0, 0, n))}
	}
	return Case{Text: hourSaid(n) + g.pick("个小时后", "小时以后"), Want: g.now.Add(time.Duration(n) * time.Hour).Format("2006-01-02T15:04")}
}

func (g *generator) zhRange() Case {
	from := 1 + g.IntN(5)
	to := from + 1 + g.IntN(3)
	return Case{
		Text: "下午" + hourSaid(from) + "点" + g.pick("到", "至") + hourSaid(to) + "点", Expect: when.Time,
		Want: fmt.Sprintf("%02d:00/%02d:00", from+12, to+12),
	}
}

func (g *generator) zhImpossible() Case {
	return Case{Text: g.pick("二月三十号", "四月三十一号", "十三月五号", "六月三十一日", "二月三十一日", "农历八月十五", "正月初五", "九月三十二号"), Expect: when.Date}
}

func (g *generator) zhCorrected() Case {
	wrong, right := g.zhDate(), g.zhDate()
	right.Text = wrong.Text + g.pick("，不对，", "不对是", "，哦不，", "，不是，", "，啊说错了，") + right.Text
	return right
}

func (g *generator) zhVague() Case {
	return Case{Text: g.pick("月底", "下个月初", "年底", "过几天", "改天", "便宜一点", "有一点晚", "三号线"), Expect: when.Date}
}
