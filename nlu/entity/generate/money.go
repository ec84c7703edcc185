package generate

import (
	"fmt"
	"strconv"
	"strings"
)

// chinese spells a whole number below 10^12 in full.
func chinese(n int) string {
	if n == 0 {
		return "零"
	}
	var parts []string
	for unit := 0; n > 0; unit++ {
		sect := n % 10000
		n /= 10000
		if sect == 0 && len(parts) > 0 && parts[0] != "" && !strings.HasPrefix(parts[0], "零") {
			parts[0] = "零" + parts[0]
		}
		s := section(sect)
		if s != "" {
			s += []string{"", "万", "亿"}[unit]
		}
		if n > 0 && sect > 0 && sect < 1000 {
			s = "零" + s
		}
		parts = append([]string{s}, parts...)
	}
	out := strings.Join(parts, "")
	if rest, ok := strings.CutPrefix(out, "一十"); ok {
		return "十" + rest
	}
	return out
}

func section(n int) string {
	digits := []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	out, gap := "", false
	for i, unit := range []string{"千", "百", "十", ""} {
		d := n / []int{1000, 100, 10, 1}[i] % 10
		if d == 0 {
			gap = out != ""
			continue
		}
		if gap {
			out += "零"
			gap = false
		}
		out += digits[d] + unit
	}
	return out
}

// english spells a whole number below 10^12; and puts "and" after hundreds.
func english(n int, and bool) string {
	if n == 0 {
		return "zero"
	}
	var parts []string
	for _, s := range []struct {
		size int
		name string
	}{{1e9, " billion"}, {1e6, " million"}, {1000, " thousand"}, {1, ""}} {
		if k := n / s.size % 1000; k > 0 {
			parts = append(parts, below1000(k, and)+s.name)
		}
	}
	return strings.Join(parts, " ")
}

func below1000(n int, and bool) string {
	out := ""
	if n >= 100 {
		out = small[n/100] + " hundred"
		if n %= 100; n == 0 {
			return out
		}
		out += " "
		if and {
			out += "and "
		}
	}
	if n < 20 {
		return out + small[n]
	}
	out += tens[n/10]
	if n%10 > 0 {
		out += " " + small[n%10]
	}
	return out
}

// size is a number of one to nine digits, rounder than chance.
func (g *Generator) size() int {
	n := 1 + g.r.IntN([]int{9, 99, 999, 9999, 99999, 999999, 99999999}[g.r.IntN(7)])
	if g.chance(3) && n > 100 {
		n -= n % 100
	}
	return n
}

func (g *Generator) number(c *Case) {
	n := g.size()
	value, said := strconv.Itoa(n), ""
	if c.Lang == "zh" {
		said = chinese(n)
		if g.chance(3) {
			said = strings.Replace(said, "二千", "两千", 1)
		}
	} else {
		said = english(n, g.chance(2))
	}
	c.Way = "whole"
	switch g.r.IntN(6) {
	case 0:
		c.Way = "decimal"
		part := g.figures(1 + g.r.IntN(4))
		value += strings.TrimRight("."+part, "0")
		value = strings.TrimSuffix(value, ".")
		if c.Lang == "zh" {
			said += "点"
			for _, d := range part {
				said += section(int(d - '0'))
				if d == '0' {
					said += "零"
				}
			}
		} else {
			said += " point"
			for _, d := range part {
				said += " " + small[d-'0']
			}
		}
	case 1:
		c.Way, value = "negative", "-"+value
		if c.Lang == "zh" {
			said = "负" + said
		} else {
			said = pick(g, "minus ", "negative ") + said
		}
	}
	c.Want, c.Turns = value, []string{pick(g, speaking(c.Lang).intros[:5]...) + said}
	c.digits = true
}

func (g *Generator) money(c *Case) {
	c.digits = true
	if c.Lang == "zh" {
		g.moneyZH(c)
	} else {
		g.moneyEN(c)
	}
	if c.Expect != Refused && g.chance(8) && c.Way != "ambiguous" && len(c.Turns) == 1 {
		excuse := pick(g, "，不对，", "，说错了，")
		wrong := chinese(g.size()*10) + "块"
		if c.Lang != "zh" {
			excuse, wrong = pick(g, " no wait ", " sorry ", " i mean "), english(g.size(), false)+" dollars"
		}
		c.Way, c.Turns[0] = c.Way+", corrected", wrong+excuse+c.Turns[0]
	} else if g.chance(4) {
		c.Turns[0] = pick(g, speaking(c.Lang).intros[:5]...) + c.Turns[0]
	}
}

func (g *Generator) moneyZH(c *Case) {
	cny := func(way, text string, fen int) {
		c.Way, c.Turns, c.Want = way, []string{text}, fmt.Sprintf("%d.%02d CNY", fen/100, fen%100)
	}
	d := func(n int) string { return section(n) }
	a, b := 1+g.r.IntN(9), 1+g.r.IntN(9)
	unit := pick(g, "块", "元", "块钱")
	switch g.r.IntN(12) {
	case 0:
		cny("cut short", d(a)+"百"+d(b)+pick(g, "", "块"), (a*100+b*10)*100)
	case 1:
		cny("cut short", strings.Replace(d(a), "二", "两", 1)+"万"+d(b)+pick(g, "", "块钱"), (a*10000+b*1000)*100)
	case 2:
		cny("zero inside", d(a)+"千零"+d(b)+unit, (a*1000+b)*100)
	case 3:
		cny("kuai", strings.Replace(d(a), "二", "两", 1)+"块"+d(b), a*100+b*10)
	case 4:
		cny("jiao", d(a)+pick(g, "毛", "毛钱", "角"), a*10)
	case 5:
		n := g.size()
		cny("yuan jiao fen", chinese(n)+"元"+d(a)+"角"+d(b)+"分", n*100+a*10+b)
	case 6:
		c.Way, c.Expect = "vague", Refused
		c.Turns = []string{pick(g, "十来块", "几十块钱", "一百多块", "三四百块", "好几千块", "百八十块", "几百块", "七八十元", "两千来块")}
	case 7:
		cny("half", pick(g, strings.Replace(d(a), "二", "两", 1)+"块半"), a*100+50)
	case 8:
		cny("yi", strings.Replace(d(a), "二", "两", 1)+pick(g, "个亿", "亿"), a*100000000*100)
	case 9:
		n := g.size()
		cny("written", strconv.Itoa(n)+unit, n*100)
	case 10:
		cny("decimal", d(a)+"点"+d(b)+"万"+pick(g, "", "元"), (a*10000+b*1000)*100)
	default:
		n := g.size()
		cny("full", chinese(n)+unit, n*100)
	}
}

func (g *Generator) moneyEN(c *Case) {
	usd := func(way, text string, cents int) {
		c.Way, c.Turns, c.Want = way, []string{text}, fmt.Sprintf("%d.%02d USD", cents/100, cents%100)
	}
	a, b := 1+g.r.IntN(9), 11+g.r.IntN(89)
	unit := pick(g, " dollars", " bucks")
	switch g.r.IntN(11) {
	case 0:
		n := 11 + g.r.IntN(9)
		usd("hundreds", small[n]+" hundred"+pick(g, "", unit), n*10000)
	case 1:
		usd("ambiguous", small[a]+" "+english(b, false), (a*100+b)*100)
		c.Expect, c.Others = Either, []string{fmt.Sprintf("%d.%02d USD", a, b)}
	case 2:
		usd("grand", pick(g, "a", "one")+" grand", 100000)
	case 3:
		usd("grand", small[a]+" grand", a*100000)
	case 4:
		n := g.size()
		usd("cents", english(n, true)+" dollars"+pick(g, " and ", " ")+english(b, false)+" cents", n*100+b)
	case 5:
		n := 2 + g.r.IntN(90)
		usd("cents dropped", english(n, false)+" dollars "+english(b, false), n*100+b)
	case 6:
		usd("half", pick(g, "half a million", "a half million")+" dollars", 50000000)
		c.Turns[0] = "half a million dollars"
	case 7:
		c.Way, c.Expect = "vague", Refused
		c.Turns = []string{pick(g, "a few dollars", "several hundred dollars", "a few hundred bucks", "about fifty dollars", "a couple hundred dollars", "twenty dollars or so")}
	case 8:
		n := g.size()
		usd("written", "$"+strconv.Itoa(n)+".50", n*100+50)
	case 9:
		usd("cents only", english(b, false)+" cents", b)
	default:
		n := g.size()
		usd("full", english(n, g.chance(2))+unit, n*100)
	}
}
