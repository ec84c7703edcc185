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
	if Answer(lang, ws) {
		r := Find(lang, text)
		if strings.ContainsAny(r.Value, "./%-") && r.Doubt == reading.Certain {
			r.Doubt, r.Why = reading.Failed, "not a whole number"
		}
		return r
	}
	for i := 0; i < len(ws); {
		v, next := Read(lang, ws, i)
		if next > i && (v.Form == Cardinal || v.Form == Row) && ofThings(ws, i, next) {
			r := reading.Reading{Value: v.String(), Start: ws[i].Start, End: ws[next-1].End}
			if v.Vague {
				r.Doubt, r.Why = reading.Vague, "no exact number was said"
			}
			return r
		}
		i = max(next, i+1)
	}
	return reading.Reading{}
}

// ofThings: people or things are counted by the number at ws[i:next].
func ofThings(ws []word.Word, i, next int) bool {
	switch {
	case is(ws, next, "位", "人", "名", "口", "间", "张", "份", "件", "台", "辆", "瓶", "杯", "盒"):
		return true
	case is(ws, next, "个"):
		return !is(ws, i, "一", "1") && !is(ws, next+1, "小", "月", "半", "钟") || is(ws, next+1, "人", "大", "成", "孩") && !is(ws, next+2, "均") || is(ws, next+1, "小") && is(ws, next+2, "孩")
	case is(ws, next, "people", "person", "persons", "guests", "guest", "adults", "adult", "kids", "kid", "children", "child", "seniors",
		"rooms", "room", "tickets", "ticket", "seats", "seat", "pieces", "boxes", "bottles", "items", "copies", "passengers", "bags"):
		return true
	case is(ws, next, "of") && is(ws, next+1, "us", "them"):
		return true
	case is(ws, i-1, "of") && is(ws, i-2, "party", "group", "family", "total"), is(ws, i-1, "for") && is(ws, i-2, "table", "reservation", "dinner", "lunch", "breakfast"):
		return !is(ws, next, ":", "am", "pm", "a", "p", "o'clock", "days", "nights", "hours", "minutes")
	}
	return false
}

var counted = []struct{ words, value string }{
	{"just me", "1"}, {"only me", "1"}, {"just myself", "1"}, {"by myself", "1"}, {"on my own", "1"}, {"me and my wife", "2"}, {"me and my husband", "2"},
	{"my wife and i", "2"}, {"my husband and i", "2"}, {"the two of us", "2"}, {"a couple of", "2"}, {"a dozen", "12"}, {"half a dozen", "6"},
	{"就我一个", "1"}, {"我一个人", "1"}, {"我自己", "1"}, {"我们俩", "2"}, {"我俩", "2"}, {"咱俩", "2"}, {"俩人", "2"}, {"俩", "2"}, {"仨", "3"}, {"一家三口", "3"}, {"一打", "12"},
}
