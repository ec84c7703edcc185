package name

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"trunkline/nlu/sound"
)

// Prices of the alignment of a name with a text, of 1 for a unit that is quite another.
const (
	homophone   = 0.06 // another character with the same syllable
	dialect     = 0.2  // a syllable often taken for it
	related     = 0.7  // the same initial or final
	leftOutWord = 0.4  // a word of a name of several
	leftOutHan  = 0.9  // a character of one
	put         = 0.4  // a word in between
	maxUnits    = 256  // of a text
)

// unit is a Han character, a word of letters or a figure.
type unit struct {
	text       string // lower case
	phone      string // pinyin or phonetic key
	initial    string // of Fuzzy, of pinyin
	final      string
	han        bool
	start, end int
}

func units(text string) []unit {
	var out []unit
	word := -1 // where the word began
	flush := func(end int) {
		if word >= 0 {
			s := strings.ToLower(text[word:end])
			out = append(out, unit{text: s, phone: sound.English(s), start: word, end: end})
		}
		word = -1
	}
	for i, r := range text {
		if len(out) >= maxUnits {
			return out
		}
		switch {
		case unicode.Is(unicode.Han, r):
			flush(i)
			u := unit{text: string(r), phone: sound.Pinyin(r), han: true, start: i, end: i + utf8.RuneLen(r)}
			u.initial, u.final = sound.Split(sound.Fuzzy(u.phone))
			out = append(out, u)
		case unicode.IsDigit(r):
			flush(i)
			out = append(out, unit{text: string(r), start: i, end: i + utf8.RuneLen(r)})
		case unicode.IsLetter(r):
			if word < 0 {
				word = i
			}
		case word >= 0 && (r == '\'' || r == '’' || unicode.IsMark(r)):
		default:
			flush(i)
		}
	}
	flush(len(text))
	return out
}

// cell is a way through the alignment: its price, what of it is for what was heard otherwise, and the
// text unit it began with.
type cell struct {
	price, misheard float64
	from            int
}

// in finds the part of a text that fits the name best. The text before and after costs nothing.
func (v variant) in(heard []unit) (Match, bool) {
	n := len(heard)
	rows := [3][]cell{} // of the name's last two units, and this one
	for i := range rows {
		rows[i] = make([]cell, n+1)
	}
	for j := range rows[2] {
		rows[2][j].from = j
	}
	for i, u := range v.units {
		rows[0], rows[1], rows[2] = rows[1], rows[2], rows[0]
		v.step(i, u, heard, rows)
	}
	best, end := cell{price: v.total}, 0
	for j, c := range rows[2] {
		if c.price < best.price-1e-9 {
			best, end = c, j
		}
	}
	score := 1 - best.price/v.total
	if score <= 0.3 || end <= best.from {
		return Match{}, false
	}
	return Match{Score: score, Start: heard[best.from].start, End: heard[end-1].end, misheard: best.misheard / v.total}, true
}

// step fills the row of one unit of the name.
func (v variant) step(i int, u unit, heard []unit, rows [3][]cell) {
	w := v.weight[i]
	missing := leftOutHan
	if !u.han && len(v.units) > 1 {
		missing = leftOutWord
	}
	row := rows[2]
	row[0] = cell{price: rows[1][0].price + missing*w}
	for j, h := range heard {
		here := rows[1][j+1]
		here.price += missing * w
		here = cheaper(here, rows[1][j], price(u, h)*w)
		if i < len(v.units)-1 {
			here = cheaper(here, row[j], put*w)
		}
		if !u.han && !h.han {
			if j > 0 && !heard[j-1].han { // "new castle" for "newcastle"
				here = cheaper(here, rows[1][j-1], joined(heard[j-1], h, u)*w)
			}
			if i > 0 && !v.units[i-1].han {
				here = cheaper(here, rows[0][j], joined(v.units[i-1], u, h)*(w+v.weight[i-1]))
			}
		}
		row[j+1] = here
	}
}

func cheaper(a, from cell, price float64) cell {
	if p := from.price + price; p < a.price-1e-9 {
		return cell{p, from.misheard + price, from.from}
	}
	return a
}

// price of hearing h for u, 0 to 1.
func price(u, h unit) float64 {
	switch {
	case u.text == h.text:
		return 0
	case u.han != h.han, u.phone == "", h.phone == "":
		return 1
	case !u.han:
		return (sound.Near(u.phone, h.phone) + misspelled(u.text, h.text)) / 2
	case u.phone == h.phone:
		return homophone
	case u.initial == h.initial && u.final == h.final:
		return dialect
	case u.initial == h.initial, u.final == h.final:
		return related
	}
	return 1
}

// joined is the price of hearing two words for one.
func joined(a, b, one unit) float64 {
	text := a.text + b.text
	if text == one.text {
		return 0
	}
	if a.phone == "" || b.phone == "" || one.phone == "" {
		return 1
	}
	return min(1, (sound.Near(sound.English(text), one.phone)+misspelled(text, one.text))/2+0.05)
}

// misspelled is the share of letters to change.
func misspelled(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			here := min(row[j]+1, row[j+1]+1, diagonal+1)
			if x[i] == y[j] {
				here = min(here, diagonal)
			}
			diagonal, row[j+1] = row[j+1], here
		}
	}
	return float64(row[len(y)]) / float64(max(len(x), len(y), 1))
}
