package generate

import (
	"fmt"
	"strings"
	"time"
)

// Now is the moment of speaking of all cases: a Wednesday.
func Now() time.Time {
	return time.Date(2026, 11, 18, 10, 20, 0, 0, time.FixedZone("CST", 8*3600))
}

func (g *Generator) digits(c *Case) {
	n := 4 + g.r.IntN(9)
	c.Want = g.figures(n)
	if g.chance(4) {
		c.Want = "0" + c.Want[1:]
	}
	if g.chance(2) {
		c.Options.Lengths = []int{n}
	}
	sizes := [][]int{{3, 3, 3, 3}, {4, 4, 4}, {3, 4, 4}, {2, 2, 2, 2, 2, 2}, nil}
	g.row(c, c.Want, pick(g, sizes...))
}

func (g *Generator) phone(c *Case) {
	if c.Lang == "zh" {
		g.phoneZH(c)
		return
	}
	area := string('2'+byte(g.r.IntN(8))) + g.figures(2)
	exchange := string('2'+byte(g.r.IntN(8))) + g.figures(2)
	c.Want = area + exchange + g.figures(4)
	if !g.chance(5) {
		g.row(c, c.Want, []int{3, 3, 4})
		return
	}
	c.digits = true
	if g.chance(2) {
		c.Way, c.Want = "toll free", "800"+c.Want[3:]
		c.Turns = []string{"eight hundred " + g.say(en, c.Want[3:6], true) + " " + g.say(en, c.Want[6:], true)}
		return
	}
	ext := g.figures(3)
	c.Way = "extension"
	c.Turns = []string{g.joined(en, []string{c.Want[:3], c.Want[3:6], c.Want[6:]}) + " extension " + g.say(en, ext, true)}
	c.Want += ";ext=" + ext
}

func (g *Generator) phoneZH(c *Case) {
	switch g.r.IntN(6) {
	case 0:
		code := pick(g, "010", "021", "0755", "0571", "028")
		local := string('2'+byte(g.r.IntN(7))) + g.figures(7)
		c.Way, c.Want, c.digits = "area code", code+local, true
		said := pick(g, "", "区号") + g.say(zh, code, true) + pick(g, "", " ", "，") + g.say(zh, local[:4], false) + g.say(zh, local[4:], false)
		if g.chance(2) {
			ext := g.figures(3)
			said += pick(g, "转", "，转", "分机", "，分机号") + g.say(zh, ext, true)
			c.Want += ";ext=" + ext
		}
		c.Turns = []string{said}
	case 1:
		c.Want = pick(g, "400", "800") + g.figures(7)
		c.Way, c.digits = "toll free", true
		c.Turns = []string{pick(g, "四百", "四零零")}
		if c.Want[0] == '8' {
			c.Turns[0] = pick(g, "八百", "八零零")
		}
		c.Turns[0] += g.say(zh, c.Want[3:6], true) + " " + g.say(zh, c.Want[6:], true)
	default:
		c.Want = "1" + pick(g, "38", "39", "50", "86", "77", "33", "99", "58") + g.figures(8)
		g.row(c, c.Want, []int{3, 4, 4})
	}
}

// spoil changes one digit, or swaps two neighbours, so that it differs.
func (g *Generator) spoil(id string) string {
	b := []byte(id)
	for {
		i := g.r.IntN(len(b) - 1)
		if g.chance(2) && b[i] != b[i+1] && b[i+1] != 'X' {
			b[i], b[i+1] = b[i+1], b[i]
			return string(b)
		}
		if d := '0' + byte(g.r.IntN(10)); d != b[i] {
			b[i] = d
			return string(b)
		}
	}
}

func (g *Generator) idCard(c *Case) {
	born := time.Date(1950+g.r.IntN(60), time.Month(1+g.r.IntN(12)), 1+g.r.IntN(28), 0, 0, 0, 0, time.UTC)
	id := pick(g, "110105", "310104", "440305", "330106", "510107", "320583", "420106") + born.Format("20060102") + fmt.Sprintf("%03d", g.r.IntN(1000))
	weights := []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(id[i]-'0')
	}
	id += string([]byte("10X98765432")[sum%11])
	c.Options.Now = Now()
	g.checked(c, id, []int{6, 8, 4})
}

// checked says an identifier, one time in three a spoilt one.
func (g *Generator) checked(c *Case, id string, sizes []int) {
	c.Want = id
	if g.chance(3) {
		id = g.spoil(id)
		c.Expect = Refused
	}
	g.row(c, id, sizes)
	if c.Expect == Refused {
		c.Way += ", spoilt"
	}
}

func (g *Generator) bankCard(c *Case) {
	card := pick(g, "622202", "621700", "622848", "4", "51", "37")
	n := map[byte]int{'6': 19, '4': 16, '5': 16, '3': 15}[card[0]]
	card += g.figures(n - 1 - len(card))
	sum := 0
	for i := range card {
		d := int(card[len(card)-1-i] - '0')
		if i%2 == 0 {
			d = []int{0, 2, 4, 6, 8, 1, 3, 5, 7, 9}[d]
		}
		sum += d
	}
	card += string('0' + byte((10-sum%10)%10))
	g.checked(c, card, []int{4, 4, 4, 4, 4})
}

func (g *Generator) plate(c *Case) {
	c.Lang = "zh"
	letters := "ABCDEFGHJKLMNPQRSTUVWXYZ"
	letter := func() string { return string(letters[g.r.IntN(len(letters))]) }
	province := pick(g, strings.Split("京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新", "")...)
	rest := g.figures(5)
	switch g.r.IntN(4) {
	case 0:
		rest = letter() + g.figures(4)
	case 1:
		rest = pick(g, "D", "F") + g.figures(5)
		c.Way = "new energy"
	case 2:
		rest = g.figures(3) + letter() + letter()
	}
	city := letter()
	c.Want = province + city + rest
	var b strings.Builder
	b.WriteString(pick(g, "", "", "车牌是", "我的车牌号是", "嗯"))
	if g.chance(5) {
		b.WriteString(map[string]string{"京": "北京的", "沪": "上海的", "浙": "浙江的", "粤": "广东的"}[province])
	}
	b.WriteString(province + pick(g, city, strings.ToLower(city)) + pick(g, "", " ", "，"))
	for i := 0; i < len(rest); {
		j := i
		for j < len(rest) && rest[j] <= '9' {
			j++
		}
		if j > i {
			b.WriteString(g.say(zh, rest[i:j], false))
			i = j
			continue
		}
		b.WriteString(" " + rest[i:i+1] + " ")
		i++
	}
	if c.Way == "" {
		c.Way = "plain"
	}
	c.digits = true
	c.Turns = []string{b.String()}
}
