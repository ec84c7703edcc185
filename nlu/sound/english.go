package sound

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWord bounds the letters of a word that are looked at.
const maxWord = 64

// English returns a phonetic key of an English word or name: words that sound alike have the same
// key ("Smith" and "Smyth" are SM0, "Philip" and "Filip" FLP). Its letters are consonants, with
// voiced ones written as their voiceless partners (a telephone line blurs them): P B→P, T D→T,
// K G→K, S Z→S, F V→F, J for the sounds of jam, X for those of ship and chip, 0 for th, L M N R; a
// vowel counts, as A, at the beginning only. The rules are a table after the idea of Metaphone
// (Philips 1990). A text without Latin letters has the key "".
func English(word string) string {
	letters := plain(word)
	var key strings.Builder
	for i := 0; i < len(letters); {
		rule := match(letters, i)
		key.WriteString(rule.sound)
		i += len(rule.letters)
	}
	return squeeze(key.String())
}

// plain keeps the letters a to z, lower case, accents taken off.
func plain(word string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(word)) {
		if r < utf8.RuneSelf && r >= 'a' && r <= 'z' && b.Len() < maxWord {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// rule reads some letters as a sound where its conditions hold; the first that matches wins.
type rule struct {
	letters string
	sound   string
	start   bool   // at the beginning of the word only
	end     bool   // at its end only
	before  string // the next letter must be one of these
	after   string // the letter before must be one of these
}

func match(word string, i int) rule {
	rest := word[i:]
	for _, r := range rules[word[i]-'a'] {
		tail, ok := strings.CutPrefix(rest, r.letters)
		switch {
		case !ok, r.start && i > 0, r.end && tail != "":
		case r.before != "" && (tail == "" || !strings.Contains(r.before, tail[:1])):
		case r.after != "" && (i == 0 || !strings.Contains(r.after, word[i-1:i])):
		default:
			return r
		}
	}
	return rule{letters: rest[:1]} // silent
}

const (
	vowels = "aeiouy"
	front  = "eiy"
)

// rules are those of each first letter, a to z.
var rules = [26][]rule{
	{{letters: "a", sound: "A", start: true}},
	{{letters: "b", end: true, after: "m"}, {letters: "b", sound: "P"}},
	{{letters: "cia", sound: "X"}, {letters: "cc", sound: "KS", before: front}, {letters: "chr", sound: "KR"},
		{letters: "ch", sound: "X"}, {letters: "ck", sound: "K"}, {letters: "c", sound: "S", before: front}, {letters: "c", sound: "K"}},
	{{letters: "dg", sound: "J", before: front}, {letters: "d", sound: "T"}},
	{{letters: "e", sound: "A", start: true}},
	{{letters: "f", sound: "F"}},
	{{letters: "gn", sound: "N", start: true}, {letters: "gn", sound: "N", end: true},
		{letters: "gh", sound: "K", start: true}, {letters: "ght", sound: "T"}, {letters: "gh", sound: "F", end: true, after: "u"},
		{letters: "gh"}, {letters: "gg", sound: "K"}, {letters: "g", sound: "J", before: front}, {letters: "g", sound: "K"}},
	{{letters: "h", sound: "H", start: true, before: vowels}},
	{{letters: "i", sound: "A", start: true}},
	{{letters: "j", sound: "J"}},
	{{letters: "kn", sound: "N", start: true}, {letters: "k", sound: "K"}},
	{{letters: "l", sound: "L"}},
	{{letters: "mac", sound: "MK", start: true, before: "bcdfghjklmnpqrstvwxz"}, {letters: "mc", sound: "MK", start: true}, {letters: "m", sound: "M"}},
	{{letters: "n", sound: "N"}},
	{{letters: "o", sound: "A", start: true}},
	{{letters: "ph", sound: "F"}, {letters: "pn", sound: "N", start: true}, {letters: "ps", sound: "S", start: true}, {letters: "p", sound: "P"}},
	{{letters: "q", sound: "K"}},
	{{letters: "r", sound: "R"}},
	{{letters: "sch", sound: "XK", before: "o"}, {letters: "sch", sound: "X"}, {letters: "sh", sound: "X"},
		{letters: "sio", sound: "X"}, {letters: "sia", sound: "X"}, {letters: "sc", sound: "S", before: front}, {letters: "s", sound: "S"}},
	{{letters: "tion", sound: "XN"}, {letters: "tia", sound: "X"}, {letters: "tch", sound: "X"}, {letters: "th", sound: "0"}, {letters: "t", sound: "T"}},
	{{letters: "u", sound: "A", start: true}},
	{{letters: "v", sound: "F"}},
	{{letters: "wr", sound: "R", start: true}, {letters: "who", sound: "H", start: true}, {letters: "wh", sound: "W", start: true}, {letters: "w", sound: "W", start: true, before: vowels}},
	{{letters: "x", sound: "S", start: true}, {letters: "x", sound: "KS"}},
	{{letters: "y", sound: "Y", start: true, before: "aeiou"}, {letters: "y", sound: "A", start: true}},
	{{letters: "z", sound: "S"}},
}

// squeeze writes doubled sounds once.
func squeeze(s string) string {
	out := make([]byte, 0, len(s))
	for i := range len(s) {
		if i == 0 || s[i] != s[i-1] {
			out = append(out, s[i])
		}
	}
	return string(out)
}
