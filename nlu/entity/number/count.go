package number

import (
	"math/big"
	"strings"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

// Count reads how many people or things: a number, and what is said in its
// place ("just me", "我们俩", "a couple").
func Count(lang, text string) reading.Reading {
	ws := word.Cut(text)
	for i := range ws {
		if n, end := grownAndSmall(ws, i); end > i {
			return reading.Reading{Value: Format(n), Start: ws[i].Start, End: ws[end-1].End}
		}
		for _, p := range counted {
			if n := word.Said(ws, i, p.words); n > 0 && !(p.alone && !word.Alone(ws, i, i+n)) && !is(ws, i+n, "均") {
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
		if next > i && (v.Form == Cardinal || v.Form == Row) && !is(ws, i-1, "这", "那", "哪", "第") && ofThings(ws, i, next) {
			if r, ok := together(lang, ws, v, i, next); ok {
				return r
			}
			r := reading.Reading{Value: v.String(), Start: ws[i].Start, End: ws[people(ws, next)-1].End}
			if v.Vague {
				r.Doubt, r.Why = reading.Vague, "no exact number was said"
			}
			return r
		}
		i = max(next, i+1)
	}
	return reading.Reading{}
}

// people is the end of the number before ws[i] with the people it counts: "5 adults", 五个人.
func people(ws []word.Word, i int) int {
	j := i
	if is(ws, j, "个", "位", "名", "口") {
		j++
	}
	if is(ws, j, "people", "persons", "person", "guests", "adults", "adult", "kids", "kid", "children", "child", "人") {
		return j + 1
	}
	if is(ws, i, "位") {
		return j
	}
	if is(ws, j, "大") && is(ws, j+1, "人") || is(ws, j, "小") && is(ws, j+1, "孩") || is(ws, j, "孩") && is(ws, j+1, "子") {
		return j + 2
	}
	return i
}

// together adds up "5 adults and 1 child": how many come, or else how many of the first.
func together(lang string, ws []word.Word, v Value, i, next int) (reading.Reading, bool) {
	j := people(ws, next)
	if j == next || v.N == nil || v.Vague {
		return reading.Reading{}, false
	}
	for is(ws, j, "and", ",", "plus", "和", "，", "加", "、") {
		j++
	}
	w, end := Read(lang, ws, j)
	if end == j || w.N == nil || w.Vague || people(ws, end) == end || is(ws, people(ws, end)-1, "people", "人") && !is(ws, people(ws, end)-2, "大") {
		return reading.Reading{}, false
	}
	sum := new(big.Rat).Add(v.N, w.N)
	return reading.Reading{
		Value: Format(sum), Others: []string{v.String(), w.String()}, Start: ws[i].Start, End: ws[people(ws, end)-1].End,
		Doubt: reading.Ambiguous, Why: "all together, or some of them",
	}, true
}

// ofThings: people or things are counted by the number at ws[i:next].
func ofThings(ws []word.Word, i, next int) bool {
	switch {
	case is(ws, next, "位", "人", "名", "口", "间", "张", "份", "件", "台", "辆", "瓶", "杯", "盒"):
		return !(is(ws, i, "一") && is(ws, next, "件", "名", "口")) && !(is(ws, next, "人") && is(ws, next+1, "转", "均"))
	case is(ws, next, "个"):
		return !is(ws, i, "一", "1") && !is(ws, next+1, "小", "月", "半", "钟") || is(ws, next+1, "人", "大", "成", "孩") && !is(ws, next+2, "均") || is(ws, next+1, "小") && is(ws, next+2, "孩")
	case is(ws, next, "people", "person", "persons", "guests", "guest", "adults", "adult", "kids", "kid", "children", "child", "seniors",
		"rooms", "room", "tickets", "ticket", "seats", "seat", "pieces", "boxes", "bottles", "items", "copies", "passengers", "bags"):
		return true
	case is(ws, next, "of") && is(ws, next+1, "us", "them"):
		return true
	case is(ws, i-1, "are", "we're") && (is(ws, i-2, "we") || is(ws, i-1, "we're")), is(ws, i-1, "it's"), is(ws, i-1, "for") && is(ws, i-2, "it's", "is", "book", "booking", "room", "space", "it", "seats", "that", "tables"):
		return (next == len(ws) || is(ws, next, ".", ",", "please", "in", "and", "on", "now", "tonight", "tomorrow", "total", "at", "not")) && !is(ws, next, ":")
	case is(ws, i-1, "of") && is(ws, i-2, "party", "group", "family", "total"), is(ws, i-1, "for") && is(ws, i-2, "table", "reservation", "dinner", "lunch", "breakfast"), is(ws, next, "total") && is(ws, next+1, "people"):
		return !is(ws, next, ":", "am", "pm", "a", "p", "o'clock", "days", "nights", "hours", "minutes")
	}
	return false
}

// grownAndSmall reads 三大一小: adults and children, added up.
func grownAndSmall(ws []word.Word, i int) (*big.Rat, int) {
	if i+3 >= len(ws) || !is(ws, i+1, "大") || !is(ws, i+3, "小") || is(ws, i+4, "时") {
		return nil, i
	}
	grown, n := zhWhole(ws[:i+1], i)
	small, m := zhWhole(ws[:i+3], i+2)
	if n == i || m == i+2 {
		return nil, i
	}
	return new(big.Rat).Add(grown.N, small.N), i + 4
}

// counted are ways to say how many without a number.
var counted = []struct {
	words, value string
	alone        bool // it is one only as the whole answer
}{
	{"just me", "1", false}, {"only me", "1", false}, {"just myself", "1", false}, {"by myself", "1", false}, {"on my own", "1", false}, {"me and my wife", "2", false}, {"me and my husband", "2", false},
	{"my wife and i", "2", false}, {"my husband and i", "2", false}, {"the two of us", "2", false}, {"a couple", "2", false}, {"a dozen", "12", false}, {"half a dozen", "6", false},
	{"就我一个", "1", false}, {"我一个人", "1", false}, {"我自己", "1", true}, {"我们俩", "2", false}, {"我俩", "2", false}, {"咱俩", "2", false}, {"俩人", "2", false}, {"俩", "2", false}, {"仨", "3", false}, {"一家三口", "3", false}, {"一打", "12", false},
}
