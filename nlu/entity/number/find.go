package number

import (
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
		r, next := Heard(lang, ws, i, func() (reading.Reading, int) { return at(lang, ws, i, answer) })
		if r.End > r.Start {
			out = append(out, r)
		}
		i = max(next, i+1)
	}
	return out
}

// at reads the number at ws[i], and where it ends; the reading is empty where it is not meant.
func at(lang string, ws []word.Word, i int, answer bool) (r reading.Reading, next int) {
	v, next := Read(lang, ws, i)
	if next == i || !answer && !meant(lang, ws, v, i, next) {
		return r, next
	}
	r = reading.Reading{Value: v.String(), Start: ws[i].Start, End: ws[next-1].End}
	if v.Vague {
		r.Doubt, r.Why = reading.Vague, "no exact number was said"
	}
	return r, next
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
	return word.Answer(ws, func(i int) bool {
		return covered[i] || is(ws, i, "加", "减", "乘", "除", "以", "等", "于", "大", "小", "比", "plus", "minus", "times", "divided", "by", "equals")
	})
}

// meant decides whether the value at ws[i:next] is a number in its sentence.
func meant(lang string, ws []word.Word, v Value, i, next int) bool {
	if v.Weak {
		return false
	}
	if v.Form == Ordinal && !is(ws, i, "第") || ofTime(ws, i, next) {
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

// ofTime: the number at ws[i:next] is part of a date or a time, of "401k", "80s" or "W-2".
func ofTime(ws []word.Word, i, next int) bool {
	return ofDate(ws, i, next) || ofClock(ws, i, next) ||
		is(ws, next, "k", "s") && touches(ws, next-1) ||
		is(ws, i-1, "-") && i > 1 && touches(ws, i-2) && ws[i-2].Sort == word.Letters && len(ws[i-2].Text) == 1
}

// ofClock: "8 pm", "8:30", "around five this evening".
func ofClock(ws []word.Word, i, next int) bool {
	switch {
	case is(ws, next, "am", "pm", "o'clock", "oclock"), is(ws, next, "a", "p") && is(ws, next+1, "m", "."),
		is(ws, next, ":") && touches(ws, next-1), is(ws, i-1, ":") && touches(ws, i-1):
		return true
	}
	return is(ws, i-1, "at", "around") && next == i+1 &&
		(next == len(ws) || is(ws, next, "on", "for", "this", "tomorrow", "tonight", "today", "please", "with"))
}

// ofDate: "march 2", "in 2018", "12/03/2019", "from 3/6 - 3/9".
func ofDate(ws []word.Word, i, next int) bool {
	slashed := next == i+3 && is(ws, i+1, "/")
	year := next == i+1 && len(ws[i].Text) == 4 && (ws[i].Text[:2] == "19" || ws[i].Text[:2] == "20")
	switch {
	case slashed && is(ws, next, "-", "to", "until", "/"), slashed && is(ws, i-1, "-", "to", "until") && is(ws, i-3, "/"), is(ws, i-1, "/") && is(ws, i-3, "/"),
		year && is(ws, i-1, "in", "a", "the", ",", "th", "st", "nd", "rd", "my", "since"):
		return true
	}
	return is(ws, i-1, "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
		"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec")
}
