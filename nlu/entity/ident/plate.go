package ident

import (
	"strings"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

// Plate reads a Chinese number plate: province, letter, and five characters, or
// six where the car is electric (GA 36). Characters that recognisers write for
// a province ("月" for 粤) count where a whole plate follows.
func Plate(_, text string, _ Options) reading.Reading {
	ws := word.Cut(text)
	for _, hard := range []bool{true, false} {
		for i, w := range ws {
			province := w.Text
			if !strings.Contains(provinces, province) || w.Sort != word.Han {
				province = softProvinces[w.Text]
				if hard || province == "" {
					continue
				}
			} else if !hard {
				continue
			}
			if r := plateAt(ws, i, province); r.Found() && (hard || r.Doubt == reading.Certain) {
				return r
			}
		}
	}
	return reading.Reading{}
}

const provinces = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"

// softProvinces are characters that sound like a province's.
var softProvinces = map[string]string{
	"经": "京", "金": "津", "今": "津", "记": "冀", "计": "冀", "季": "冀", "进": "晋", "近": "晋", "户": "沪", "护": "沪", "酥": "苏", "这": "浙", "折": "浙",
	"晚": "皖", "万": "皖", "碗": "皖", "敏": "闽", "干": "赣", "路": "鲁", "录": "鲁", "玉": "豫", "遇": "豫", "饿": "鄂", "额": "鄂", "香": "湘", "乡": "湘", "想": "湘",
	"月": "粤", "越": "粤", "阅": "粤", "贵": "贵", "跪": "桂", "穷": "琼", "鱼": "渝", "于": "渝", "余": "渝", "穿": "川", "传": "川", "运": "云", "脏": "藏",
	"闪": "陕", "清": "青", "轻": "青", "凝": "宁", "心": "新", "欣": "新", "聊": "辽", "急": "吉", "级": "吉", "嘿": "黑", "猛": "蒙",
}

// plateLetters are the ways of saying a letter.
var plateLetters = map[string]string{
	"诶": "A", "欸": "A", "比": "B", "必": "B", "西": "C", "迪": "D", "弟": "D", "伊": "E", "艾弗": "F", "艾福": "F", "爱抚": "F", "鸡": "G", "寄": "G",
	"艾尺": "H", "爱吃": "H", "杰": "J", "凯": "K", "开": "K", "艾勒": "L", "爱乐": "L", "艾姆": "M", "恩": "N", "屁": "P", "批": "P", "丘": "Q", "球": "Q",
	"阿尔": "R", "艾斯": "S", "爱死": "S", "踢": "T", "提": "T", "优": "U", "维": "V", "达不溜": "W", "叉": "X", "埃克斯": "X", "艾克斯": "X", "歪": "Y", "贼": "Z",
}

// plateAt reads what follows the province at ws[i].
func plateAt(ws []word.Word, i int, province string) reading.Reading {
	chars, ends := plateChars(ws, i+1)
	if len(chars) < 3 || chars[0] < 'A' || chars[0] > 'Z' {
		return reading.Reading{}
	}
	r := reading.Reading{Start: ws[i].Start}
	n := len(chars)
	rest := chars[1:]
	switch {
	case n == 6 && common(rest), n == 7 && electric(rest):
	case n == 6 || n == 7:
		r.Doubt, r.Why = reading.Failed, "no plate has letters and digits in this order"
	case n > 7:
		r.Doubt, r.Why = reading.Failed, "more characters than a plate has"
	default:
		r.Doubt, r.Why = reading.Incomplete, "fewer characters than a plate has"
	}
	last := ends[n-1]
	r.Value = province + chars
	if n >= 4 && n <= 6 && last < len(ws) && strings.Contains("学警挂港澳领使", ws[last].Text) && ws[last].Sort == word.Han && n == 5 {
		r.Value += ws[last].Text
		r.Doubt, r.Why = reading.Certain, ""
		last++
	}
	r.End = ws[last-1].End
	return r
}

// plateChars collects letters and digits, and after which word each ends.
func plateChars(ws []word.Word, i int) (string, []int) {
	l := lexer{ws: ws, zh: true, letters: true, extra: plateLetters}
	var b strings.Builder
	var ends []int
	for i < len(ws) && b.Len() < 10 {
		it := l.next(i)
		it.to = max(it.to, i+1)
		text := it.text
		if it.part == other && ws[i].Sort == word.Letters && len(ws[i].Text) <= 3 {
			it.part, text = letter, strings.ToUpper(ws[i].Text)
		}
		switch {
		case it.part == figure || it.part == letter:
			for _, c := range []byte(text) {
				b.WriteByte(plain(c))
				ends = append(ends, it.to)
			}
		case it.part == fix && len(ends) > 1: // what follows the letter is said again
			city := b.String()[:1]
			b.Reset()
			b.WriteString(city)
			ends = ends[:1]
		case it.part == skip || it.part == isWord || ws[i].Text == "的":
		default:
			return b.String(), ends
		}
		i = it.to
	}
	return b.String(), ends
}

// plain undoes the two letters that no plate has.
func plain(c byte) byte {
	switch c {
	case 'O':
		return '0'
	case 'I':
		return '1'
	}
	return c
}

func letterAt(s string, i int) bool { return s[i] >= 'A' && s[i] <= 'Z' }

// common: five characters, at most two of them letters.
func common(s string) bool {
	n := 0
	for i := range len(s) {
		if letterAt(s, i) {
			n++
		}
	}
	return n <= 2
}

// electric: a letter, a letter or digit and four digits, or five digits and D or F.
func electric(s string) bool {
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	return letterAt(s, 0) && digits(s[2:]) || digits(s[:5]) && strings.Contains("DFABCEGHJK", s[5:])
}
