// Package word cuts what a recogniser wrote into words with their places, for
// the readers of numbers, amounts and identifiers.
//
// It owns the folding of forms (wide to narrow, capital to small), the cut, and
// the words that only stand around an answer or take one back, so that all
// readers agree on them. Any reader below nlu/entity may import it. It keeps
// nothing of a text and knows no values.
package word

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxBytes bounds the text looked at; no caller says more in a turn.
const maxBytes = 4 << 10

// Sort is what a word is made of.
type Sort uint8

const (
	Letters Sort = iota // a run of letters other than Han, with inner apostrophes
	Figures             // written digits, with thousands' commas removed and one decimal point
	Han                 // one Han character
	Mark                // any other visible character
)

// A Word is one unit of a text.
type Word struct {
	Text       string // folded
	Sort       Sort
	Start, End int // bytes in the text given
}

// Cut splits text. White space only separates. Letters and digits part from
// each other ("16th" is two words), and every Han character stands alone.
func Cut(text string) []Word {
	if len(text) > maxBytes {
		text = text[:maxBytes]
	}
	var out []Word
	for i := 0; i < len(text); {
		r, size := decode(text[i:])
		switch {
		case unicode.IsSpace(r) || r == utf8.RuneError:
			i += size
		case isFigure(r), r == '.' && leads(text, i):
			w := figures(text, i)
			out, i = append(out, w), w.End
		case unicode.Is(unicode.Han, r) || r == '〇' || r == '○':
			out = append(out, Word{string(r), Han, i, i + size})
			i += size
		case unicode.IsLetter(r):
			w := letters(text, i)
			out, i = append(out, w), w.End
		default:
			out = append(out, Word{string(r), Mark, i, i + size})
			i += size
		}
	}
	return out
}

// decode reads one character and folds it.
func decode(s string) (rune, int) {
	r, size := utf8.DecodeRuneInString(s)
	if r >= '!'+0xFEE0 && r <= '~'+0xFEE0 {
		r -= 0xFEE0
	}
	switch r {
	case '。':
		// A sentence's end; kept apart from the point of a number.
	case '’', '‘':
		r = '\''
	case '−', '–', '—':
		r = '-'
	case '￥':
		r = '¥'
	}
	return unicode.ToLower(r), size
}

func isFigure(r rune) bool { return r >= '0' && r <= '9' }

func letters(text string, start int) Word {
	var b strings.Builder
	i := start
	for i < len(text) {
		r, size := decode(text[i:])
		if r == '\'' {
			if next, _ := decode(text[i+size:]); !unicode.IsLetter(next) || unicode.Is(unicode.Han, next) {
				break
			}
		} else if !unicode.IsLetter(r) && !unicode.IsMark(r) || unicode.Is(unicode.Han, r) {
			break
		}
		b.WriteRune(r)
		i += size
	}
	return Word{b.String(), Letters, start, i}
}

// figures reads "1234", "1,234" and "1,234.5". What has two points or ragged
// groups ("192.168.0.1", "3,14,15") is several words.
func figures(text string, start int) Word {
	run := func(i int) (string, int) {
		var b strings.Builder
		for i < len(text) {
			r, size := decode(text[i:])
			if !isFigure(r) {
				break
			}
			b.WriteRune(r)
			i += size
		}
		return b.String(), i
	}
	whole, end := run(start)
	if whole == "" {
		whole = "0" // .5
	}
	if len(whole) <= 3 {
		for end < len(text) && text[end] == ',' {
			group, next := run(end + 1)
			if len(group) != 3 {
				break
			}
			whole, end = whole+group, next
		}
	}
	if end < len(text) && text[end] == '.' && !partOfDots(text, start) {
		if part, next := run(end + 1); part != "" && !moreDots(text, next) {
			return Word{whole + "." + part, Figures, start, next}
		}
	}
	return Word{whole, Figures, start, end}
}

// leads: the point at i begins a number, as in ".5" and "$.506".
func leads(text string, i int) bool {
	return i+1 < len(text) && text[i+1] >= '0' && text[i+1] <= '9' && (i == 0 || strings.IndexByte(" \t$-", text[i-1]) >= 0)
}

// partOfDots: digits and a point stand right before.
func partOfDots(text string, at int) bool {
	return at >= 2 && text[at-1] == '.' && text[at-2] >= '0' && text[at-2] <= '9'
}

// moreDots: a further point and digit follow.
func moreDots(text string, at int) bool {
	return at+1 < len(text) && text[at] == '.' && text[at+1] >= '0' && text[at+1] <= '9'
}
