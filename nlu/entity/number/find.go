package number

import (
	"strings"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

// Find reads the number of a text. Where several were said it gives the first
// as Ambiguous, except after a correction ("three, sorry, four"), where the last
// one counts.
func Find(lang, text string) reading.Reading {
	ws := word.Cut(text)
	all := reading.Without(All(lang, text), func(start int) bool { return word.Denied(ws, start) })
	return reading.First(all, func(start, end int) bool {
		return word.Corrects(word.Between(ws, start, end))
	})
}

// All reads every number of a text, in order. In a sentence, words that are
// rarely meant as numbers are none ("one", "一", "三" of 三里屯).
func All(lang, text string) []reading.Reading {
	ws := word.Cut(text)
	answer := Answer(lang, ws)
	var out []reading.Reading
	for i := 0; i < len(ws); {
		v, next := Read(lang, ws, i)
		if next == i {
			i++
			continue
		}
		if answer || meant(lang, ws, v, i, next) {
			r := reading.Reading{Value: v.String(), Start: ws[i].Start, End: ws[next-1].End}
			if v.Vague {
				r.Doubt, r.Why = reading.Vague, "no exact number was said"
			}
			out = append(out, r)
		}
		i = next
	}
	return out
}

// Answer says that a text is nothing but numbers and the words around an answer.
func Answer(lang string, ws []word.Word) bool {
	covered := make([]bool, len(ws))
	for i := 0; i < len(ws); {
		_, next := Read(lang, ws, i)
		for j := i; j < next; j++ {
			covered[j] = true
		}
		i = max(next, i+1)
	}
	return word.Answer(ws, func(i int) bool { return covered[i] })
}

// meant decides whether the value at ws[i:next] is a number in its sentence.
func meant(lang string, ws []word.Word, v Value, i, next int) bool {
	if v.Weak {
		return false
	}
	if v.Form == Ordinal && ws[i].Sort == word.Letters {
		return false
	}
	if lang != "zh" || ws[i].Sort == word.Figures {
		return i == 0 || ws[i].Sort != word.Figures || ws[i-1].Sort != word.Letters || !touches(ws, i-1)
	}
	if next > i+1 && v.Form != Row {
		return true
	}
	return counts(ws, next) || len(v.Digit) >= 3 || is(ws, next, "号", "楼", "层", "年", "月", "星", "点", "分")
}

// Count reads how many people or things: a number, and what is said in its
// place ("just me", "我们俩", "a couple").
func Count(lang, text string) reading.Reading {
	ws := word.Cut(text)
	for i := range ws {
		for _, p := range counted {
			if n := word.Said(ws, i, p.words); n > 0 {
				return reading.Reading{Value: p.value, Start: ws[i].Start, End: ws[i+n-1].End}
			}
		}
	}
	if r := Find(lang, text); r.Found() {
		if strings.ContainsAny(r.Value, "./%-") && r.Doubt == reading.Certain {
			r.Doubt, r.Why = reading.Failed, "not a whole number"
		}
		return r
	}
	for i := range ws {
		v, next := Read(lang, ws, i)
		if next > i && !v.Vague && v.Form == Cardinal && (is(ws, next, "位", "人", "名", "people", "person", "persons", "adult", "kid", "child", "guest", "room") ||
			is(ws, next, "个", "口") && is(ws, next+1, "人", "大", "小", "成", "孩")) {
			return reading.Reading{Value: v.String(), Start: ws[i].Start, End: ws[next-1].End}
		}
	}
	return reading.Reading{}
}

var counted = []struct{ words, value string }{
	{"just me", "1"}, {"only me", "1"}, {"just myself", "1"}, {"by myself", "1"}, {"on my own", "1"}, {"me and my wife", "2"}, {"me and my husband", "2"},
	{"my wife and i", "2"}, {"my husband and i", "2"}, {"the two of us", "2"}, {"a couple of", "2"}, {"a dozen", "12"}, {"half a dozen", "6"},
	{"就我一个", "1"}, {"我一个人", "1"}, {"我自己", "1"}, {"我们俩", "2"}, {"我俩", "2"}, {"咱俩", "2"}, {"俩人", "2"}, {"俩", "2"}, {"仨", "3"}, {"一家三口", "3"}, {"一打", "12"},
}
