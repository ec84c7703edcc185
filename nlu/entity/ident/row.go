package ident

import (
	"slices"
	"strings"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/word"
)

// A row is digits (and letters) said one after the other, with its corrections
// made.
type row struct {
	value    string
	ext      string // after "extension"
	plus     bool   // "+" was said before the first digit
	from, to int    // words
	counted  bool   // it is one number said with its units ("三百"), no row
	exact    bool   // a correction named the last digit as wrong
}

func (r row) reading(ws []word.Word) reading.Reading {
	return reading.Reading{Value: r.value, Start: ws[r.from].Start, End: ws[r.to-1].End}
}

// alone: nothing but a few words of introduction stands around the row.
func (r row) alone(ws []word.Word) bool { return word.Alone(ws, r.from, r.to) }

// part: the row belongs to something else: an amount, a quantity, a model, a sum.
func (r row) part(ws []word.Word) bool {
	first, last := ws[r.from], ws[r.to-1]
	if r.from > 0 {
		before := ws[r.from-1]
		if strings.Contains("$€£¥*/+", before.Text) || before.Sort == word.Letters && first.Sort == word.Figures && before.End == first.Start {
			return true
		}
		switch before.Text {
		case "in", "of", "by", "and", "into", "off", "divide", "subtract":
			if first.Sort == word.Figures {
				return true
			}
		case "at", "until", "till", "before", "around", "between", "for":
			if len(r.value) <= 4 {
				return true // a time
			}
		case "since", "under", "over", "than", "january", "february", "march", "april", "may", "june", "july", "august",
			"september", "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "times", "plus", "minus", "x", "multiply":
			return true
		}
	}
	if r.sum(ws) || first.Sort == word.Figures && r.year(ws) {
		return true
	}
	if r.to == len(ws) {
		return false
	}
	after := ws[r.to]
	if after.Sort == word.Letters && last.Sort == word.Figures && last.End == after.Start {
		return true
	}
	if after.Sort == word.Han {
		return strings.Contains("元块毛角分个位名人口家间张天年月岁斤米公美欧日万亿层楼星点次度到至", after.Text)
	}
	switch after.Text {
	case "dollars", "dollar", "bucks", "pounds", "euros", "yen", "cents", "percent", "%", "+", "/", "*", "times", "plus", "minus", "divided",
		":", "us", "usd", "cad", "eur", "by", "sided", "people", "miles", "days", "hours", "minutes", "degrees", "gallons", "x", "to", "and", "divisible", "pm", "am", "p", "a", "rubles", "pesos", "yuan", "rupees", "won":
		return true
	}
	return false
}

// sum: the row begins with a sign behind a number, as in "50 plus 756".
func (r row) sum(ws []word.Word) bool {
	return r.from > 0 && (ws[r.from].Text == "+" || ws[r.from].Text == "plus") && ws[r.from-1].Sort == word.Figures
}

// year: the row is one, as in "March 4th 2019" and "a 2012 Ford".
func (r row) year(ws []word.Word) bool {
	if len(r.value) != 4 || !strings.HasPrefix(r.value, "19") && !strings.HasPrefix(r.value, "20") || r.from == 0 {
		return false
	}
	switch ws[r.from-1].Text {
	case "a", "the", "my", "th", "st", "nd", "rd", ",", "play":
		return true
	}
	return false
}

// sigh: an "oh" and nothing else.
func (r row) sigh(ws []word.Word) bool {
	return r.to == r.from+1 && (ws[r.from].Text == "oh" || ws[r.from].Text == "o")
}

// rows finds all rows of a text.
func rows(lang string, ws []word.Word, letters bool, o Options) []row {
	return lexer{ws: ws, zh: lang == "zh", letters: letters}.rows(o)
}

func (l lexer) rows(o Options) []row {
	items := l.items()
	harden(items)
	var out []row
	for i := 0; i < len(items); {
		if items[i].part != figure && items[i].part != letter && !(items[i].part == sign && items[i].text == "+") &&
			!(o.Before != "" && (items[i].part == fix || items[i].part == negate)) {
			i++
			continue
		}
		j := i
		for j < len(items) && items[j].part != other && !(j > i && items[j].part == sign && items[j].text == "+") {
			j++
		}
		next := max(j, i+1)
		for j > i && items[j-1].part != figure && items[j-1].part != letter {
			j--
		}
		if j > i {
			if r := heard(items[i:j], o); r.value != "" {
				out = append(out, r)
			}
		}
		i = next
	}
	return out
}

// harden makes words like "to" and "要" digits where they stand between digits,
// and nothing elsewhere.
func harden(items []item) {
	neighbour := func(i, step int) bool {
		for i += step; i >= 0 && i < len(items); i += step {
			if items[i].part == figure && len(items[i].text) == 1 {
				return !items[i].soft || step > 0 && i+1 < len(items) && items[i+1].part == figure
			}
			if items[i].part != skip {
				return false
			}
		}
		return false
	}
	solid := 0
	for _, it := range items {
		if it.part == figure && !it.soft {
			solid += len(it.text)
		}
	}
	for i := range items {
		if !items[i].soft {
			continue
		}
		if solid >= shortest && neighbour(i, -1) && neighbour(i, 1) {
			items[i].soft = false
		} else {
			items[i].part = other
		}
	}
}

// heard builds a row. An "oh" right before "sorry" or "no" may be a zero or a
// sigh; which one shows by what comes of it.
func heard(items []item, o Options) row {
	zero := build(items, o)
	for i := 0; i+1 < len(items); i++ {
		if !items[i].sigh || items[i+1].part != fix && items[i+1].part != restart {
			continue
		}
		sigh := build(slices.Delete(slices.Clone(items), i, i+1), o)
		fits, fitted := slices.Contains(o.Lengths, len(sigh.value)), slices.Contains(o.Lengths, len(zero.value))
		if fits && !fitted || fits == fitted && !zero.exact {
			zero = sigh
		}
		break
	}
	return zero
}

// A builder follows a caller through a row.
type builder struct {
	o      Options
	groups []string // as they were paused or marked off
	ext    string
	inExt  bool
	fixing bool // what comes corrects groups
	fixed  []string
	wrong  string // said after "not"
	state  part   // the last marker
	exact  bool
}

func build(items []item, o Options) row {
	b := builder{o: o}
	if o.Before != "" {
		b.groups = []string{o.Before}
	}
	fresh, counted, signs := true, 0, 0
	r := row{from: items[0].from, to: items[len(items)-1].to}
	for _, it := range items {
		switch it.part {
		case figure, letter:
			if it.counted {
				counted++
			}
			signs++
			b.add(it.text, fresh || it.gap)
			fresh = false
		case sign:
			r.plus = r.plus || it.text == "+" && len(b.groups) == 0
			if it.text == "." && len(b.groups) > 0 {
				b.add(".", false)
			}
		default:
			b.mark(it.part)
			fresh = true
		}
	}
	b.settle()
	r.value, r.ext, r.exact = dropStutter(b.groups, o.Lengths), b.ext, b.exact
	r.value = strings.Trim(r.value, ".")
	r.counted = counted == 1 && signs == 1 || counted > 0 && counted == signs
	return r
}

// add takes digits: to the number, to its extension, or to what corrects it.
func (b *builder) add(text string, fresh bool) {
	list := &b.groups
	switch {
	case b.inExt:
		b.ext += text
		return
	case b.state == negate:
		b.wrong += text
		return
	case b.fixing:
		list = &b.fixed
	}
	if fresh || len(*list) == 0 {
		*list = append(*list, text)
	} else {
		(*list)[len(*list)-1] += text
	}
}

func (b *builder) mark(p part) {
	switch p {
	case restart:
		b.groups, b.fixed, b.fixing, b.ext, b.inExt, b.wrong, b.state = nil, nil, false, "", false, "", other
	case fix:
		b.settle()
		b.fixing = len(b.groups) > 0
	case negate:
		b.state = negate
	case isWord, skip:
		if b.state == negate && b.wrong != "" {
			b.state, b.fixing = other, true
		}
	case extend:
		b.settle()
		b.inExt = len(b.groups) > 0
	default:
	}
}

// settle applies the correction that is being said.
func (b *builder) settle() {
	said := strings.Join(b.groups, "")
	right := strings.Join(b.fixed, "")
	wrong := b.wrong
	b.fixing, b.fixed, b.wrong, b.state = false, nil, "", other
	switch {
	case wrong != "" && right == "" && len(b.groups) > 1 && b.swap(strings.Join(b.groups[:len(b.groups)-1], ""), wrong, b.groups[len(b.groups)-1]):
		// "…, seven not nine" without a word of excuse: the last group was the right one.
	case wrong != "" && right != "" && b.swap(said, wrong, right):
	case right != "":
		b.replace(said, right)
	case wrong != "":
		b.replace(said, wrong) // "138, not, 139": "not" meant "no"
	}
}

// swap puts right where wrong was said last, if it was.
func (b *builder) swap(said, wrong, right string) bool {
	i := strings.LastIndex(said, wrong)
	if i < 0 {
		return false
	}
	b.exact = i+len(wrong) == len(said)
	b.groups = []string{said[:i] + right + said[i+len(wrong):]}
	return true
}

// replace puts right where it belongs in said.
func (b *builder) replace(said, right string) {
	at := b.place(said, right)
	b.groups = []string{said[:at] + right}
	if whole := b.groups[0]; len(whole) < len(said) && slices.Contains(b.o.Lengths, len(said)) {
		b.groups[0] = whole + said[at+len(right):]
	}
}

// place finds where in said a correction begins: so that the length comes out
// right, else where it resembles most what it replaces, else the last group.
func (b *builder) place(said, right string) int {
	if slices.Contains(b.o.Lengths, len(right)) || len(right) > len(said) && len(b.o.Lengths) == 0 && resembles(said, right) {
		return 0
	}
	complete := slices.Contains(b.o.Lengths, len(said))
	best, cost := -1, 0.67
	for p := range len(said) {
		if !complete && len(said)-p > len(right) && p > 0 {
			continue
		}
		k := min(len(right), len(said)-p)
		off := 0
		for i := range k {
			if said[p+i] != right[i] {
				off++
			}
		}
		if off == 0 && len(right) <= k {
			continue // nothing would change
		}
		c := float64(off)/float64(k) + 0.02*float64(len(right)-k)
		if off == 0 {
			c = 0.5 // said again; a correction changes something
		}
		if slices.Contains(b.o.Lengths, p+len(right)) {
			c -= 0.3
		}
		if b.boundary(p) {
			c -= 0.2
		}
		if p == 0 && len(right) < len(said) && !complete {
			c += 0.2
		}
		if k > 1 && c < cost {
			best, cost = p, c
		}
	}
	if best >= 0 {
		return best
	}
	last := 0
	if n := len(b.groups); n > 0 {
		last = len(b.groups[n-1])
	}
	return max(0, len(said)-min(max(len(right), 1), max(last, len(right))))
}

// boundary: a group begins at p.
func (b *builder) boundary(p int) bool {
	at := 0
	for _, g := range b.groups {
		if at == p {
			return p > 0
		}
		at += len(g)
	}
	return false
}

// resembles: a begins as b does, but for one place.
func resembles(a, b string) bool {
	off := 0
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			off++
		}
	}
	return off*3 <= min(len(a), len(b))
}

// dropStutter joins the groups. Where they come out longer than any length
// wanted, a group that was begun twice is counted once.
func dropStutter(groups []string, lengths []int) string {
	all := strings.Join(groups, "")
	if len(lengths) == 0 || len(all) <= slices.Max(lengths) {
		return all
	}
	for i := 0; i+1 < len(groups); i++ {
		if g := groups[i]; len(g) >= 2 && strings.HasPrefix(strings.Join(groups[i+1:], ""), g) {
			rest := strings.Join(slices.Delete(slices.Clone(groups), i, i+1), "")
			if slices.Contains(lengths, len(rest)) {
				return rest
			}
		}
	}
	return all
}
