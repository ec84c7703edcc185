package lexicon

import (
	"slices"
	"strings"
)

// A Text is the tokens of one text. Its methods that read something at a token return it and how many
// tokens it took, 0 for nothing there.
type Text []Token

// Word is the text of a token, "" beyond the ends.
func (t Text) Word(i int) string {
	if i < 0 || i >= len(t) {
		return ""
	}
	return t[i].Text
}

// Is says that the token is one of the words.
func (t Text) Is(i int, words ...string) bool {
	return i >= 0 && i < len(t) && slices.Contains(words, t[i].Text)
}

// Seq counts the tokens of a phrase, words parted by blanks, if it stands there.
func (t Text) Seq(i int, phrase string) int {
	n := 0
	for word := range strings.SplitSeq(phrase, " ") {
		if t.Word(i+n) != word {
			return 0
		}
		n++
	}
	return n
}

// OneOf is the longest of several phrases that stands there.
func (t Text) OneOf(i int, phrases ...string) int {
	n := 0
	for _, phrase := range phrases {
		n = max(n, t.Seq(i, phrase))
	}
	return n
}
