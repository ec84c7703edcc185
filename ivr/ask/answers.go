package ask

import (
	"strings"

	"trunkline/nlu"
)

// answered reads a short answer to a yes-or-no question: "yes", "no", or "".
func answered(text string) string {
	const short = 6 // words: more is likely to be about something else
	if a := nlu.YesNo(text); a != nlu.Unclear && len(nlu.Tokens(text)) <= short {
		return a.String()
	}
	return ""
}

// spokenDigits reads a sentence that is nothing but digits, "" otherwise.
func spokenDigits(text string) string {
	var out strings.Builder
	for _, t := range nlu.Tokens(text) {
		d, ok := nlu.Digit(t)
		if !ok {
			return ""
		}
		out.WriteString(d)
	}
	return out.String()
}

// filler reports whether a sentence is a sound of thinking or agreeing that no
// prompt should be given up for.
func filler(text string) bool {
	for _, t := range nlu.Tokens(text) {
		switch t {
		case "uh", "um", "er", "ah", "oh", "hm", "hmm", "mm", "mhm", "huh", "uhhuh", "okay", "ok", "yeah", "right",
			"嗯", "啊", "呃", "哦", "噢", "额", "唔", "哎", "对", "好", "的":
		default:
			return false
		}
	}
	return true
}

// ordinal reads which of two things was meant by its place: 0, 1, or -1 for
// neither.
func ordinal(text string) int {
	places := [][]string{
		{"first", "former", "1", "one", "第一", "前", "头"},
		{"second", "latter", "2", "two", "第二", "后"},
	}
	said := strings.Join(nlu.Tokens(text), " ")
	squeezed := strings.ReplaceAll(said, " ", "")
	found := -1
	for place, words := range places {
		for _, w := range words {
			chinese := w[0] >= 0x80
			if chinese && strings.Contains(squeezed, w) || !chinese && strings.Contains(" "+said+" ", " "+w+" ") {
				if found >= 0 && found != place {
					return -1
				}
				found = place
			}
		}
	}
	return found
}
