package generate

import "strings"

// A tongue is how rows of digits are said in a language.
type tongue struct {
	gap      string // between words
	intros   []string
	fillers  []string
	excuses  []string // before a correction
	restarts []string
	digit    func(g *Generator, d byte) string
	// many says n times d; "" where that is not said.
	many func(n int, d string) string
	// pair says two digits as a number; "" where it would be misunderstood.
	pair func(a, b byte) string
}

var zh = tongue{
	intros:   []string{"", "", "", "是", "嗯", "我的号码是", "那个", "好的，", "号码是", "呃，"},
	fillers:  []string{"，嗯，", "，呃，", "，那个，", "，然后", "，", "，然后是"},
	excuses:  []string{"，不对，", "，哦不对，", "，说错了，", "，不好意思，", "，错了，", "，不对不对，"},
	restarts: []string{"，重来，", "，我重新说，", "，重新说，", "，让我重新说，"},
	digit: func(g *Generator, d byte) string {
		switch {
		case d == '1' && !g.chance(3):
			return "幺"
		case d == '0' && g.chance(8):
			return "洞"
		case d == '2' && g.chance(15):
			return "两"
		}
		return []string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}[d-'0']
	},
	many: func(n int, d string) string {
		if d == "两" {
			d = "二"
		}
		return []string{"两", "三", "四", "五", "六"}[n-2] + "个" + d
	},
	pair: func(byte, byte) string { return "" },
}

var en = tongue{
	gap:      " ",
	intros:   []string{"", "", "", "it's ", "uh ", "my number is ", "yeah it's ", "okay ", "the number is ", "um "},
	fillers:  []string{" uh ", " um ", ", ", " then ", " er "},
	excuses:  []string{" no wait ", " sorry ", " i mean ", " no sorry ", " oh sorry ", " make that ", " correction "},
	restarts: []string{" let me start over ", " start over ", " scratch that ", " let me start again "},
	digit: func(g *Generator, d byte) string {
		if d == '0' && !g.chance(3) {
			return "oh"
		}
		return small[d-'0']
	},
	many: func(n int, d string) string {
		if n > 3 {
			return ""
		}
		return []string{"double ", "triple "}[n-2] + d
	},
	pair: func(a, b byte) string {
		switch {
		case b > '9':
			return ""
		case a == '1':
			return small[10+b-'0']
		case a < '2' || b == '0':
			return ""
		}
		return tens[a-'0'] + " " + small[b-'0']
	},
}

var small = []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
	"fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"}

var tens = []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}

func speaking(lang string) tongue {
	if lang == "zh" {
		return zh
	}
	return en
}

// say says digits one by one, with repetitions and pairs; a last X is spelled.
func (g *Generator) say(t tongue, digits string, plain bool) string {
	var out []string
	for i := 0; i < len(digits); {
		n := 1
		for i+n < len(digits) && digits[i+n] == digits[i] && n < 4 {
			n++
		}
		switch {
		case digits[i] == 'X':
			out = append(out, pick(g, "x", "叉", "埃克斯", "X"))
			i++
			continue
		case !plain && n >= 2 && (n > 2 || g.chance(2)):
			if s := t.many(n, t.digit(g, digits[i])); s != "" {
				out = append(out, s)
				i += n
				continue
			}
		case !plain && g.chance(8) && i+1 < len(digits):
			if s := t.pair(digits[i], digits[min(i+1, len(digits)-1)]); s != "" {
				out = append(out, s)
				i += 2
				continue
			}
		}
		out = append(out, t.digit(g, digits[i]))
		i++
	}
	return strings.Join(out, t.gap)
}

// row fills a case with the ways of saying a row in groups of the given sizes.
// whole says that the length is known to the reader, so that corrections may
// take any form.
func (g *Generator) row(c *Case, digits string, sizes []int) {
	c.digits = true
	t := speaking(c.Lang)
	var groups []string
	for rest := digits; rest != ""; {
		n := len(rest)
		if len(sizes) > 0 {
			n = min(n, sizes[0])
			sizes = sizes[1:]
		}
		groups, rest = append(groups, rest[:n]), rest[n:]
	}
	intro := pick(g, t.intros...)
	switch g.r.IntN(10) {
	case 0:
		c.Way = "correction"
		c.Turns = []string{intro + g.corrected(t, groups)}
	case 1:
		c.Way = "restart"
		cut := 2 + g.r.IntN(max(1, len(digits)/2))
		c.Turns = []string{intro + g.say(t, digits[:min(cut, len(digits))], true) + pick(g, t.restarts...) + g.joined(t, groups)}
	case 2:
		c.Way = "two turns"
		if len(groups) < 2 || len(digits) < 8 {
			c.Way = "plain"
			c.Turns = []string{intro + g.joined(t, groups)}
			return
		}
		cut := 1 + g.r.IntN(len(groups)-1)
		if c.Options.Lengths == nil && c.Kind == "digits" {
			c.Options.Lengths = []int{len(digits)}
		}
		c.Turns = []string{intro + g.joined(t, groups[:cut]), g.joined(t, groups[cut:])}
	case 3:
		c.Way = "keys and speech"
		for i := range groups {
			if g.chance(2) {
				groups[i] = "#" + groups[i]
			}
		}
		c.Turns = []string{intro + g.joined(t, groups)}
	case 4:
		c.Way = "one digit corrected"
		c.Turns = []string{intro + g.lastDigit(t, c.Lang, digits)}
	default:
		c.Way = "plain"
		c.Turns = []string{intro + g.joined(t, groups)}
	}
}

// joined says the groups with pauses and fillers between them. A group that
// begins with "#" was keyed.
func (g *Generator) joined(t tongue, groups []string) string {
	var b strings.Builder
	for i, group := range groups {
		switch {
		case i == 0:
		case g.chance(4):
			b.WriteString(pick(g, t.fillers...))
		case t.gap == "" && g.chance(2):
		default:
			b.WriteString(" ")
		}
		if keys, ok := strings.CutPrefix(group, "#"); ok {
			b.WriteString(keys)
		} else {
			b.WriteString(g.say(t, group, false))
		}
	}
	return b.String()
}

// corrected says one group wrong, excuses itself and says it right, then goes on.
func (g *Generator) corrected(t tongue, groups []string) string {
	at := g.r.IntN(len(groups))
	wrong := []byte(groups[at])
	i := g.r.IntN(len(wrong))
	if wrong[i] == 'X' {
		return g.joined(t, groups)
	}
	wrong[i] = '0' + (wrong[i]-'0'+1+byte(g.r.IntN(9)))%10
	return g.joined(t, groups[:at]) + " " + g.say(t, string(wrong), true) + pick(g, t.excuses...) + g.joined(t, groups[at:])
}

// lastDigit says the last digit wrong and corrects it: "…三，不是三是五".
func (g *Generator) lastDigit(t tongue, lang, digits string) string {
	last := digits[len(digits)-1]
	if last == 'X' {
		return g.say(t, digits, false)
	}
	wrong := '0' + (last-'0'+1+byte(g.r.IntN(9)))%10
	said := g.say(t, digits[:len(digits)-1]+string(wrong), true)
	a, b := t.digit(g, wrong), t.digit(g, last)
	if lang == "zh" {
		return said + pick(g, "，不是"+a+"是"+b, "，不对，是"+b+"不是"+a, "，不是"+a+"，是"+b)
	}
	return said + pick(g, " sorry "+b+" not "+a, " no "+b+" not "+a, " sorry not "+a+", "+b)
}
