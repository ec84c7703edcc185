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
