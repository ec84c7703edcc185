package number

import (
	"strings"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

// Misheard returns the number that ws[i] sounds like where it stands directly before a
// scale, so that a recogniser may have written "to hundred" for "two hundred"; "" elsewhere.
func Misheard(lang string, ws []word.Word, i int) string {
	if lang != "en" || !is(ws, i+1, "hundred", "thousand", "million") {
		return ""
	}
	if is(ws, i-1, "hundred", "up", "dollars", "pounds", "euros", "bucks", "cents") {
		return ""
	}
	if i > 0 {
		if _, next := under100(ws, i-1); next == i || ws[i-1].Sort == word.Figures || enScales[ws[i-1].Text] > 0 {
			return "" // "five to hundred"
		}
	}
	switch {
	case is(ws, i, "to", "too"):
		return "two"
	case is(ws, i, "for"):
		return "four"
	}
	return ""
}

// Heard is what read finds at ws[i], also where the word there is Misheard: it may then be the
// number or none ("for hundred dollars" are four hundred, or one), and the reading is Ambiguous.
func Heard(lang string, ws []word.Word, i int, read func() (reading.Reading, int)) (reading.Reading, int) {
	like := Misheard(lang, ws, i)
	if like == "" {
		return read()
	}
	was := ws[i].Text
	ws[i].Text = like
	r, next := read()
	ws[i].Text = "one"
	other, _ := read()
	ws[i].Text = was
	if r.End == r.Start || r.Doubt != reading.Certain || strings.HasSuffix(r.Value, "%") { // "to hundred percent"
		return read()
	}
	r.Doubt, r.Why, r.Others = reading.Ambiguous, "\""+was+"\" sounds like "+like, []string{other.Value}
	return r, next
}
