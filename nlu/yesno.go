package nlu

import (
	"slices"
	"strings"
)

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

// YesNo reads the answer to a yes-or-no question, English or Chinese. A refusal anywhere wins over
// a "yes" before it ("yeah no"), except where it confirms ("no, that's right").
func YesNo(text string) Answer {
	tokens := Tokens(text)
	if len(tokens) == 0 {
		return unclearSound(text)
	}
	said := " " + strings.Join(tokens, " ") + " "
	for _, p := range turned() {
		if strings.Contains(said, " "+p.phrase+" ") {
			return p.answer
		}
	}
	if anyIn(said, NoPhrases("en")) || anyIn(said, NoPhrases("zh")) {
		return No
	}
	if anyIn(said, YesPhrases("en")) || anyIn(said, YesPhrases("zh")) {
		return Yes
	}
	return unclearSound(text)
}

// unclearSound knows the fillers that are an answer when they are all that was said.
func unclearSound(text string) Answer {
	switch strings.Join(Tokens(text), "") {
	case "嗯", "嗯嗯", "mhm", "啊", "哦":
		return Yes
	}
	return Unclear
}

// turned lists what reads one way word by word and means the other.
func turned() []struct {
	phrase string
	answer Answer
} {
	return []struct {
		phrase string
		answer Answer
	}{
		{"no that is right", Yes}, {"no that is correct", Yes}, {"no problem", Yes}, {"why not", Yes},
		{"不 是 不 行", Yes}, {"没 错", Yes}, {"没 问 题", Yes}, {"不 错", Yes},
		{"not really", No}, {"not right", No}, {"not correct", No}, {"not that", No},
		{"是 不 是", Unclear}, {"对 不 对", Unclear}, {"行 不 行", Unclear},
		{"不 知 道", Unclear}, {"not sure", Unclear}, {"do not know", Unclear},
	}
}

func anyIn(said string, phrases []string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool {
		return strings.Contains(said, " "+Normal(p)+" ")
	})
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
