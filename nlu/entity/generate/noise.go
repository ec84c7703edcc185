package generate

import (
	"strings"
	"unicode/utf8"
)

// The words that recognisers take for one another.
var confusedZH = map[string]string{"四": "十", "一": "七", "七": "一", "幺": "要", "九": "酒", "二": "儿", "零": "灵", "五": "舞", "六": "溜", "八": "吧", "三": "山"}

var confusedEN = map[string]string{"two": "to", "four": "for", "five": "nine", "nine": "five", "one": "won", "eight": "ate", "oh": "o", "three": "tree", "six": "sick", "seven": "eleven", "zero": "hero"}

// disturb puts the recogniser's errors into a text: of the digit words, a share
// is taken for another, dropped or doubled.
func (g *Generator) disturb(lang, text string) string {
	if lang != "zh" {
		words := strings.Fields(text)
		for i, w := range words {
			words[i] = g.slip(w, confusedEN, " ")
		}
		return strings.Join(words, " ")
	}
	var b strings.Builder
	for _, r := range text {
		b.WriteString(g.slip(string(r), confusedZH, ""))
	}
	return b.String()
}

func (g *Generator) slip(w string, confused map[string]string, gap string) string {
	other, ok := confused[w]
	if !ok && !(len(w) == 1 && utf8.RuneCountInString(w) == 1 && w[0] >= '0' && w[0] <= '9') || g.r.Float64() >= g.noise {
		return w
	}
	if other == "" {
		other = w
	}
	switch g.r.IntN(4) {
	case 0:
		return ""
	case 1:
		return w + gap + w
	}
	return other
}
