package ident

import (
	"strings"

	"trunkline/nlu/entity/number"
	"trunkline/nlu/entity/word"
)

// A part is what an item does in a row.
type part uint8

const (
	other   part = iota // ends the row
	figure              // digits
	letter              // letters, in rows that may have them
	sign                // "." "+" "@": kept in references
	skip                // fillers, pauses, "then"
	fix                 // "no, sorry": what follows corrects
	restart             // "let me start over": what was said is void
	negate              // "not": what follows was wrong
	isWord              // "是": in "不是九是七" what follows is right
	extend              // "extension", 转: what follows is the extension
)

// An item is one step in the reading of a row.
type item struct {
	part     part
	text     string
	from, to int  // words
	soft     bool // a digit only between digits: "to", "for", "要"
	sigh     bool // "oh" before "sorry" or "no"
	gap      bool // a blank stands before it, which means a pause in Chinese
	counted  bool // said as a number: "三百", "forty thousand"
}

// A lexer cuts words into items.
type lexer struct {
	ws      []word.Word
	zh      bool
	letters bool
	extra   map[string]string // further ways to say a character, none in a sentence
}

func (l lexer) items() []item {
	var out []item
	for i := 0; i < len(l.ws); {
		it := l.next(i)
		it.from, it.gap = i, l.zh && i > 0 && l.ws[i-1].End < l.ws[i].Start
		if it.to <= i {
			it.to = i + 1
		}
		out = append(out, it)
		i = it.to
	}
	return out
}

func (l lexer) next(i int) item {
	for n := min(4, len(l.ws)-i); n > 0 && l.extra != nil; n-- {
		if c, ok := l.extra[joined(l.ws[i:i+n])]; ok {
			return item{part: letter, text: c, to: i + n}
		}
	}
	for _, p := range phrases {
		if n := word.Said(l.ws, i, p.words); n > 0 {
			return item{part: p.part, text: p.text, to: i + n}
		}
	}
	if it := l.repeated(i); it.part != other {
		return it
	}
	w := l.ws[i]
	if w.Sort == word.Figures {
		if strings.Contains(w.Text, ".") {
			return item{part: other}
		}
		return item{part: figure, text: w.Text}
	}
	if l.zh {
		if it := l.han(i); it.part != other || w.Sort == word.Han {
			return it
		}
	}
	if l.letters {
		if it := l.letter(i); it.part != other {
			return it
		}
	}
	if it := l.english(i); it.part != other {
		return it
	}
	if w.Sort == word.Mark && !strings.Contains("$€£¥%/:@&", w.Text) {
		return item{part: skip}
	}
	return item{part: other}
}

func joined(ws []word.Word) string {
	var b strings.Builder
	for _, w := range ws {
		b.WriteString(w.Text)
	}
	return b.String()
}

// repeated reads "三个八", "double five", "triple oh".
func (l lexer) repeated(i int) item {
	n, at := 0, i+1
	switch l.ws[i].Text {
	case "double":
		n = 2
	case "triple", "treble":
		n = 3
	case "quadruple":
		n = 4
	default:
		if !l.zh || at >= len(l.ws) || l.ws[at].Text != "个" {
			return item{}
		}
		n = strings.Index("零一二三四五六七八九", l.ws[i].Text) / 3
		if l.ws[i].Text == "两" {
			n = 2
		}
		if l.ws[i].Sort == word.Figures && len(l.ws[i].Text) == 1 {
			n = int(l.ws[i].Text[0] - '0')
		}
		at++
	}
	one := n == 1 && i > 0 && l.single(i-1) != "" // 两个八一个六
	if n < 2 && !one || at >= len(l.ws) {
		return item{}
	}
	if l.letters && n == 2 && (l.ws[at].Text == "u" || l.ws[at].Text == "you") {
		return item{part: letter, text: "W", to: at + 1}
	}
	digit := l.single(at)
	if digit == "" {
		return item{}
	}
	return item{part: figure, text: strings.Repeat(digit, n), to: at + 1}
}

// single is the digit that ws[i] alone says, or the letter.
func (l lexer) single(i int) string {
	w := l.ws[i]
	if d, ok := hanDigits[w.Text]; ok {
		if l.zh && i+1 < len(l.ws) && strings.Contains("十百千万", l.ws[i+1].Text) && l.ws[i+1].Sort == word.Han {
			return ""
		}
		return d
	}
	if d, ok := enDigits[w.Text]; ok {
		return d
	}
	if w.Sort == word.Figures && len(w.Text) == 1 {
		return w.Text
	}
	if l.letters && len(w.Text) == 1 && w.Sort == word.Letters {
		return strings.ToUpper(w.Text)
	}
	return ""
}

var hanDigits = map[string]string{
	"零": "0", "〇": "0", "○": "0", "洞": "0", "一": "1", "幺": "1", "二": "2", "两": "2", "三": "3", "四": "4", "五": "5", "六": "6",
	"七": "7", "拐": "7", "八": "8", "九": "9", "壹": "1", "贰": "2", "叁": "3", "肆": "4", "伍": "5", "陆": "6", "柒": "7", "捌": "8", "玖": "9",
}

// softHan are characters that recognisers write for digits.
var softHan = map[string]string{"要": "1", "腰": "1", "妖": "1", "夭": "1", "吆": "1", "邀": "1", "勾": "9", "酒": "9", "久": "9", "巴": "8", "吧": "8", "起": "7", "其": "7", "死": "4", "儿": "2", "而": "2", "溜": "6", "刘": "6", "舞": "5", "武": "5", "灵": "0", "玲": "0", "令": "0", "山": "3", "伞": "3"}

var enDigits = map[string]string{
	"zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
	"six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9", "fife": "5",
}

// softEnglish are words that recognisers write for digits.
var softEnglish = map[string]string{"to": "2", "too": "2", "for": "4", "fore": "4", "won": "1", "ate": "8", "tree": "3", "sex": "6", "aught": "0"}

// han reads a digit, or a number with its units said out: 四百, 二十三.
func (l lexer) han(i int) item {
	w := l.ws[i]
	unit := func(j int) bool {
		return j < len(l.ws) && (l.ws[j].Text == "十" || l.ws[j].Text == "百" || l.ws[j].Text == "千")
	}
	_, digit := hanDigits[w.Text]
	if digit && unit(i+1) || w.Text == "十" {
		text, to := l.hanRound(i)
		if to < len(l.ws) && strings.Contains("万亿点分千百", l.ws[to].Text) {
			return item{}
		}
		return item{part: figure, text: text, to: to, counted: true}
	}
	if digit {
		if i+1 < len(l.ws) && strings.Contains("万亿", l.ws[i+1].Text) {
			return item{}
		}
		return item{part: figure, text: hanDigits[w.Text]}
	}
	if d, ok := softHan[w.Text]; ok {
		return item{part: figure, text: d, soft: true}
	}
	return item{}
}

// hanRound reads what stands in a row for the digits it is written with:
// 四百 400, 二十三 23, 一百二十 120. Nothing is filled in at its end, for
// 八百八二零 goes on after 800.
func (l lexer) hanRound(i int) (text string, to int) {
	digit := func(i int) string {
		if i < len(l.ws) {
			return hanDigits[l.ws[i].Text]
		}
		return ""
	}
	unit := func(i int, u string) bool { return i < len(l.ws) && l.ws[i].Text == u }
	tens := func(i int) (string, int) {
		d := digit(i)
		if unit(i, "十") {
			d = "1"
		} else if i++; d == "" || !unit(i, "十") {
			return "", i
		}
		if e := digit(i + 1); e != "" && e != "0" && !unit(i+2, "十") && !unit(i+2, "百") && !unit(i+2, "个") {
			return d + e, i + 2
		}
		return d + "0", i + 1
	}
	d := digit(i)
	switch {
	case unit(i+1, "千"):
		if v, to := number.Read("zh", l.ws, i); v.N != nil && digit(i+2) != "" && unit(i+3, "百") {
			return number.Format(v.N), to
		}
		return d + "000", i + 2
	case unit(i+1, "百"):
		if digit(i+2) == "0" && digit(i+3) != "" && digit(i+4) == "" {
			return d + "0" + digit(i+3), i + 4
		}
		if t, to := tens(i + 2); t != "" {
			return d + t, to
		}
		return d + "00", i + 2
	default:
		return tens(i)
	}
}

// english reads a digit, a pair ("forty two") or a round number ("eight hundred").
func (l lexer) english(i int) item {
	w := l.ws[i]
	if d, ok := softEnglish[w.Text]; ok {
		return item{part: figure, text: d, soft: true}
	}
	if w.Text == "oh" || w.Text == "o" {
		return item{part: figure, text: "0", sigh: i+1 < len(l.ws) && strings.Contains(" sorry no wait i my let scratch ", " "+l.ws[i+1].Text+" ")}
	}
	text, to := number.Below100(l.ws, i)
	if to == i {
		if d, ok := enDigits[w.Text]; ok {
			return item{part: figure, text: d}
		}
		return item{}
	}
	round := to < len(l.ws) && (l.ws[to].Text == "hundred" || l.ws[to].Text == "thousand")
	if !round {
		return item{part: figure, text: text, to: to}
	}
	after := to + 1
	if zeros := map[string]string{"hundred": "00", "thousand": "000"}[l.ws[to].Text]; l.rowFollows(after) {
		return item{part: figure, text: text + zeros, to: after}
	}
	n, end := number.Whole(l.ws, i)
	return item{part: figure, text: n, to: end, counted: true}
}

// rowFollows: two more numbers or none come, so that "eight hundred" stands for
// its three digits and the rest for theirs.
func (l lexer) rowFollows(i int) bool {
	next := func(i int) int {
		if i < len(l.ws) && l.single(i) != "" {
			return i + 1
		}
		if i < len(l.ws) && (l.ws[i].Text == "double" || l.ws[i].Text == "triple") {
			return i + 2
		}
		_, to := number.Below100(l.ws, i)
		return to
	}
	one := next(i)
	return one > i && next(one) > one
}

// letter reads "b", "bravo", "b as in boy", "b for boy".
func (l lexer) letter(i int) item {
	w := l.ws[i]
	if w.Sort != word.Letters {
		return item{}
	}
	text, to := "", i+1
	switch {
	case len(w.Text) == 1 && w.Text != "o":
		text = strings.ToUpper(w.Text)
	case nato[w.Text] != "":
		text = nato[w.Text]
	case len(w.Text) < codeShortest && l.beforeFigures(i):
		text = strings.ToUpper(w.Text)
	default:
		return item{}
	}
	if n := word.Said(l.ws, to, "ray"); text == "X" && n > 0 {
		to += n
	}
	if n := word.Said(l.ws, to, "as in"); n > 0 && to+n < len(l.ws) && first(l.ws[to+n].Text) == text {
		to += n + 1
	} else if n := word.Said(l.ws, to, "like"); n > 0 && to+n < len(l.ws) && first(l.ws[to+n].Text) == text {
		to += n + 1
	} else if n := word.Said(l.ws, to, "for"); n > 0 && to+n < len(l.ws) && first(l.ws[to+n].Text) == text && len(l.ws[to+n].Text) > 1 {
		to += n + 1
	}
	return item{part: letter, text: text, to: to}
}

// beforeFigures: digits are written on to the word, as in "ABC123".
func (l lexer) beforeFigures(i int) bool {
	return i+1 < len(l.ws) && l.ws[i+1].Sort == word.Figures && l.ws[i+1].Start == l.ws[i].End
}

func first(s string) string { return strings.ToUpper(s[:1]) }

var nato = map[string]string{
	"alpha": "A", "alfa": "A", "bravo": "B", "charlie": "C", "delta": "D", "echo": "E", "foxtrot": "F", "golf": "G", "hotel": "H", "india": "I",
	"juliet": "J", "juliett": "J", "kilo": "K", "lima": "L", "mike": "M", "november": "N", "oscar": "O", "papa": "P", "quebec": "Q", "romeo": "R",
	"sierra": "S", "tango": "T", "uniform": "U", "victor": "V", "whiskey": "W", "whisky": "W", "xray": "X", "yankee": "Y", "zulu": "Z",
}

// phrases are the words of a row that are no digits, longest first where they overlap.
var phrases = []struct {
	words string
	part  part
	text  string
}{
	{"让我重新说", restart, ""}, {"我重新说", restart, ""}, {"我重说", restart, ""}, {"重新来", restart, ""}, {"从头来", restart, ""},
	{"重新说", restart, ""}, {"重说", restart, ""}, {"重来", restart, ""},
	{"let me start over", restart, ""}, {"let me start again", restart, ""}, {"start over", restart, ""}, {"start again", restart, ""},
	{"scratch that", restart, ""}, {"let me try again", restart, ""}, {"from the beginning", restart, ""}, {"once more", restart, ""},
	{"不对不对", fix, ""}, {"哦不对", fix, ""}, {"噢不对", fix, ""}, {"不好意思", fix, ""}, {"我说错了", fix, ""}, {"说错了", fix, ""}, {"错了", fix, ""},
	{"不对", fix, ""}, {"不不", fix, ""}, {"更正", fix, ""}, {"应该是", fix, ""}, {"哦不", fix, ""},
	{"no wait", fix, ""}, {"no sorry", fix, ""}, {"wait no", fix, ""}, {"i mean", fix, ""}, {"i meant", fix, ""},
	{"my mistake", fix, ""}, {"make that", fix, ""}, {"sorry", fix, ""}, {"correction", fix, ""}, {"actually", fix, ""}, {"wait", fix, ""}, {"no", fix, ""},
	{"不是", negate, ""}, {"而不是", negate, ""}, {"not", negate, ""},
	{"分机号是", extend, ""}, {"分机号", extend, ""}, {"分机", extend, ""}, {"转", extend, ""}, {"extension", extend, ""}, {"ext", extend, ""},
	{"后面是", skip, ""}, {"然后是", skip, ""}, {"然后", skip, ""}, {"接着是", skip, ""}, {"接着", skip, ""}, {"再来", skip, ""}, {"那个", skip, ""}, {"就是", skip, ""},
	{"嗯", skip, ""}, {"呃", skip, ""}, {"额", skip, ""}, {"啊", skip, ""}, {"哦", skip, ""}, {"唔", skip, ""}, {"再", skip, ""}, {"是", isWord, ""},
	{"区号", skip, ""}, {"杠", skip, ""}, {"减号", skip, ""}, {"加", sign, "+"}, {"点", sign, "."},
	{"uh", skip, ""}, {"um", skip, ""}, {"er", skip, ""}, {"erm", skip, ""}, {"hmm", skip, ""}, {"you know", skip, ""}, {"and then", skip, ""}, {"then", skip, ""},
	{"next", skip, ""}, {"dash", skip, ""}, {"hyphen", skip, ""}, {"it's", isWord, ""}, {"is", isWord, ""}, {"that's", isWord, ""},
	{"area code", skip, ""}, {"dot", sign, "."}, {"point", sign, "."}, {"plus", sign, "+"}, {"+", sign, "+"}, {".", sign, "."},
}
