package nlu

import "slices"

// Answer is what a caller said to a yes-or-no question.
type Answer uint8

// The answers. Anything that is neither is Unclear, so that nobody is taken at a word not said.
const (
	Unclear Answer = iota
	Yes
	No
)

// String returns the answer as flows spell it.
func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	case Unclear:
	}
	return "unclear"
}

// YesNo reads the answer to a yes-or-no question, English or Chinese. What comes first counts, unless
// more is said that turns it ("no, that's right", "对，不对"). Polite and vague words mean nothing by
// themselves; a word that may be an answer is none in a sentence about something else ("要查余额", "right
// now I have a question").
func YesNo(text string) Answer {
	var v verdict
	for clause := range clauses(text) {
		v.hear(clause)
	}
	if v.byTheWay && v.other {
		return Unclear
	}
	return v.answer
}

// YesPhrases are the ways to say yes in a language, for a recogniser to expect.
func YesPhrases(language string) []string {
	if chinese(language) {
		return []string{"是", "是的", "对", "对的", "好", "好的", "可以", "行", "要", "没错"}
	}
	return []string{"yes", "yeah", "yes please", "yep", "correct", "right", "that is right", "sure", "okay"}
}

// NoPhrases are the ways to say no in a language, for a recogniser to expect.
func NoPhrases(language string) []string {
	if chinese(language) {
		return []string{"不", "不是", "不对", "不要", "不用", "没有", "错了"}
	}
	return []string{"no", "nope", "no thanks", "not", "wrong", "never"}
}

// Digit reads one spoken or written digit ("two", "oh", "二", "幺", "2") as "0" to "9". The token
// must come from Tokens.
func Digit(token string) (string, bool) {
	if len(token) == 1 && token[0] >= '0' && token[0] <= '9' {
		return token, true
	}
	for i, words := range [...][]string{
		{"zero", "oh", "零", "洞"}, {"one", "一", "幺"}, {"two", "二", "两"}, {"three", "三"}, {"four", "四"},
		{"five", "五"}, {"six", "六"}, {"seven", "七"}, {"eight", "八"}, {"nine", "九"},
	} {
		if slices.Contains(words, token) {
			return string(rune('0' + i)), true
		}
	}
	return "", false
}
