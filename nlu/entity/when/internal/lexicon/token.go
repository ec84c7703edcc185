// Package lexicon cuts text into tokens and knows the single words dates and times are made of:
// numbers, months, weekdays.
//
// The grammars of package when, its only user, put them together. It owns word lists, which never
// change, and computes and nothing else.
package lexicon

import (
	"strconv"
	"unicode"
	"unicode/utf8"
)

const (
	maxBytes  = 4 << 10 // of text looked at
	maxDigits = 9       // of a number
)

// A token is a run of Latin letters (lower case, with inner apostrophes), a run of digits, or any
// other character that is no space.
type Token struct {
	Text       string
	Number     int  // of digits, or -1
	Start, End int  // bytes in the text handed in
	Glued      bool // no space before it
}

// Tokens cuts a text; beyond 4 KB it is not looked at.
func Tokens(text string) []Token {
	if len(text) > maxBytes {
		text = text[:maxBytes]
	}
	var out []Token
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		class := classOf(fold(r))
		if class == space {
			i += size
			continue
		}
		t := Token{Number: -1, Start: i, End: i + size, Text: string(fold(r)), Glued: len(out) > 0 && out[len(out)-1].End == i}
		for class != other && t.End < len(text) {
			r, size = utf8.DecodeRuneInString(text[t.End:])
			r = fold(r)
			if c := classOf(r); c != class && (class != letter || !apostrophe(r, text[t.End+size:])) {
				break
			}
			t.Text += string(r)
			t.End += size
		}
		if class == digit && len(t.Text) <= maxDigits {
			t.Number, _ = strconv.Atoi(t.Text)
		}
		out = append(out, t)
		i = t.End
	}
	return out
}

type class uint8

const (
	other class = iota
	letter
	digit
	space
)

func classOf(r rune) class {
	switch {
	case r >= 'a' && r <= 'z':
		return letter
	case r >= '0' && r <= '9':
		return digit
	case unicode.IsSpace(r):
		return space
	}
	return other
}

// fold lowers Latin letters and makes ASCII of full-width forms and of what stands for it.
func fold(r rune) rune {
	if r >= 0xFF01 && r <= 0xFF5E {
		r -= 0xFEE0
	}
	switch r {
	case '’', '‘':
		return '\''
	case '–', '—', '−', '～', '~':
		return '-'
	case '：':
		return ':'
	}
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	return r
}

// apostrophe tells the one in "o'clock" from a quotation mark.
func apostrophe(r rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return r == '\'' && classOf(fold(next)) == letter
}
