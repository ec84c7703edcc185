package generate

import (
	"fmt"
	"time"
)

var weekdays = []string{"一", "二", "三", "四", "五", "六", "日"}

var months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// ordinal is the English name of a day of the month.
func ordinal(n int) string {
	first := []string{"", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
		"thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"}
	switch {
	case n <= 20:
		return first[n]
	case n == 30:
		return "thirtieth"
	}
	return tens[n/10] + " " + first[n%10]
}

func (g *Generator) date(c *Case) {
	now := Now()
	c.Options.Now = now
	day := func(way, text string, at time.Time) {
		c.Way, c.Turns, c.Want = way, []string{text}, at.Format("2006-01-02")
	}
	on := time.Date(2027, time.Month(1+g.r.IntN(10)), 1+g.r.IntN(28), 0, 0, 0, 0, time.UTC)
	w := g.r.IntN(7)
	monday := now.AddDate(0, 0, -2)
	zh := c.Lang == "zh"
	switch way := g.r.IntN(6); {
	case way == 0 && zh:
		n := g.r.IntN(5)
		day("relative", []string{"昨天", "今天", "明天", "后天", "大后天"}[n], now.AddDate(0, 0, n-1))
	case way == 1 && zh:
		day("next week", "下"+pick(g, "周", "个星期", "星期", "礼拜")+weekdays[w], monday.AddDate(0, 0, 7+w))
	case way == 2 && zh:
		c.Way, c.Expect, c.Turns = "impossible", Refused, []string{pick(g, "二月三十号", "四月三十一号", "六月三十一日", "十三月五号", "二零二七年二月二十九号")}
	case way == 3 && zh:
		y := ""
		for _, d := range fmt.Sprint(on.Year()) {
			y += []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}[d-'0']
		}
		day("full", y+"年"+chinese(int(on.Month()))+"月"+chinese(on.Day())+pick(g, "号", "日"), on)
	case zh:
		day("month and day", pick(g, "", "", "嗯，", "就")+chinese(int(on.Month()))+"月"+chinese(on.Day())+pick(g, "号", "日"), on)
	case way == 0:
		n := g.r.IntN(4)
		day("relative", []string{"yesterday", "today", "tomorrow", "the day after tomorrow"}[n], now.AddDate(0, 0, n-1))
	case way == 1:
		day("weekday next week", []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}[w]+" next week", monday.AddDate(0, 0, 7+w))
	case way == 2:
		c.Way, c.Expect, c.Turns = "impossible", Refused, []string{pick(g, "february thirtieth", "the thirty first of april", "june thirty first", "february twenty ninth twenty twenty seven")}
	case way == 3:
		day("full", months[on.Month()-1]+" "+ordinal(on.Day())+" twenty twenty seven", on)
	default:
		day("month and day", pick(g, months[on.Month()-1]+" "+ordinal(on.Day()), "the "+ordinal(on.Day())+" of "+months[on.Month()-1], "on "+months[on.Month()-1]+" "+ordinal(on.Day())), on)
	}
}

func (g *Generator) time(c *Case) {
	c.Options.Now = Now()
	pm := g.chance(2)
	h := 6 + g.r.IntN(4)
	if pm {
		h = 1 + g.r.IntN(5)
	}
	m := 5 * (1 + g.r.IntN(11))
	way := g.r.IntN(5)
	switch way {
	case 0:
		c.Way, m = "half", 30
	case 1:
		c.Way, m = "quarter", 15
	case 2:
		c.Way = "to"
	case 3:
		c.Way, m = "hour", 0
	default:
		c.Way = "minutes"
	}
	said, before := g.timeEN(way, h, m, pm), 15
	if c.Lang == "zh" {
		said, before = g.timeZH(way, h, m, pm), 5
	}
	at := h*60 + m
	if way == 2 {
		at = h*60 - before
	}
	if pm {
		at += 12 * 60
	}
	c.Turns, c.Want = []string{said}, fmt.Sprintf("%02d:%02d", at/60, at%60)
}

func (g *Generator) timeZH(way, h, m int, pm bool) string {
	part, hour := "早上", chinese(h)
	if pm {
		part = "下午"
	}
	if h == 2 {
		hour = "两"
	}
	minute := chinese(m)
	if m < 10 {
		minute = "零" + minute
	}
	switch way {
	case 0:
		return part + hour + "点半"
	case 1:
		return part + hour + "点一刻"
	case 2:
		return part + "差五分" + hour + "点"
	case 3:
		return part + hour + "点" + pick(g, "", "整", "钟")
	}
	return part + hour + "点" + minute + pick(g, "", "分")
}

func (g *Generator) timeEN(way, h, m int, pm bool) string {
	half := pick(g, " a m", " am", " in the morning")
	if pm {
		half = pick(g, " p m", " pm", " in the afternoon")
	}
	minute := english(m, false)
	if m < 10 {
		minute = "oh " + minute
	}
	switch way {
	case 0:
		return "half past " + small[h] + half
	case 1:
		return "quarter past " + small[h] + half
	case 2:
		return pick(g, "quarter to ", "a quarter to ") + small[h] + half
	case 3:
		return pick(g, "at ", "") + small[h] + half
	}
	return small[h] + " " + minute + half
}

func (g *Generator) yesNo(c *Case) {
	yes := []string{"嗯", "对", "对的", "没错", "可以", "行", "好的", "是的", "是", "嗯对", "好", "没问题", "对对对", "当然", "要", "需要", "嗯嗯", "确定", "正确", "行吧", "可以的"}
	no := []string{"不是", "不用", "没有", "不要", "不对", "不行", "不需要", "不可以", "不", "不用了", "算了", "不是的", "错了", "没", "不好", "不想"}
	around := []string{"", "", "呃，", "嗯，"}
	end := []string{"", "", "啊", "。", "，谢谢"}
	if c.Lang != "zh" {
		yes = []string{"yes", "yeah", "yep", "correct", "that's right", "sure", "of course", "no that's right", "right", "ok", "okay", "absolutely", "yes please", "uh huh", "sounds good", "definitely", "that is correct", "yup"}
		no = []string{"no", "nope", "not really", "yeah no", "no thanks", "that's wrong", "that's not right", "not at all", "negative", "no way", "no thank you", "incorrect", "i don't think so", "not today", "don't"}
		around = []string{"", "", "uh ", "um ", "well "}
		end = []string{"", "", ".", " thanks"}
	}
	c.Way, c.Want = "yes", "yes"
	said := pick(g, yes...)
	if g.chance(2) {
		c.Way, c.Want, said = "no", "no", pick(g, no...)
	}
	c.Turns = []string{pick(g, around...) + said + pick(g, end...)}
}
