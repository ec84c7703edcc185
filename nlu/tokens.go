package nlu

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Limits keep hostile or broken input cheap; a spoken sentence stays far below them.
const (
	maxBytes     = 8 << 10 // of text looked at
	maxTokens    = 256     // per sentence
	maxWordRunes = 40      // per token
)

// Tokens cuts text into the units the models see: compatibility forms folded (NFKC), lower case,
// English contractions written out, filler sounds dropped, each Han character on its own, every
// other run of letters or digits one token. A sentence of nothing but fillers keeps them, so that
// it is still known to have been said.
func Tokens(text string) []string {
	if len(text) > maxBytes {
		text = text[:maxBytes]
		for len(text) > 0 && !utf8.ValidString(text[len(text)-1:]) && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
	}
	text = strings.ToLower(norm.NFKC.String(strings.ToValidUTF8(text, " ")))
	raw := split(text)
	var tokens []string
	for _, t := range raw {
		tokens = appendExpanded(tokens, t)
	}
	if clean := dropFillers(tokens); len(clean) > 0 {
		tokens = clean
	}
	if len(tokens) > maxTokens {
		tokens = tokens[:maxTokens]
	}
	return tokens
}

// Normal returns the form in which two sentences are the same sentence to a Model.
func Normal(text string) string { return strings.Join(Tokens(text), " ") }

// split cuts at everything that is no letter, mark, digit or inner apostrophe, and around Han
// characters.
func split(text string) []string {
	var (
		out  []string
		word strings.Builder
		n    int // runes in word
	)
	flush := func() {
		if n > 0 {
			out = append(out, strings.TrimRight(word.String(), "'"))
		}
		word.Reset()
		n = 0
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r) && n > 0:
			if n < maxWordRunes {
				word.WriteRune(r)
				n++
			}
		case (r == '\'' || r == '’' || r == '‘') && n > 0:
			word.WriteByte('\'')
		default:
			flush()
		}
	}
	flush()
	return out
}

// appendExpanded appends word with its contraction, if any, written out.
func appendExpanded(tokens []string, word string) []string {
	if whole, ok := contraction(word); ok {
		return append(tokens, whole...)
	}
	stem, tail, ok := strings.Cut(word, "'")
	if !ok {
		return append(tokens, word)
	}
	switch {
	case tail == "t" && stem == "n": // cut off its verb
		return append(tokens, "not")
	case tail == "t" && strings.HasSuffix(stem, "n"):
		return append(tokens, stem[:len(stem)-1], "not")
	case tail == "m":
		return append(tokens, stem, "am")
	case tail == "re":
		return append(tokens, stem, "are")
	case tail == "ve":
		return append(tokens, stem, "have")
	case tail == "ll":
		return append(tokens, stem, "will")
	case tail == "d":
		return append(tokens, stem, "would")
	case tail == "s":
		if pronoun(stem) {
			return append(tokens, stem, "is")
		}
		return append(tokens, stem) // a possessive
	}
	return append(tokens, strings.ReplaceAll(word, "'", ""))
}

// contraction knows the irregular ones, and those a recogniser writes without an apostrophe.
func contraction(word string) ([]string, bool) {
	switch word {
	case "can't", "cant", "cannot":
		return []string{"can", "not"}, true
	case "won't", "wont":
		return []string{"will", "not"}, true
	case "shan't":
		return []string{"shall", "not"}, true
	case "ain't", "aint":
		return []string{"is", "not"}, true
	case "don't", "dont":
		return []string{"do", "not"}, true
	case "doesn't", "doesnt":
		return []string{"does", "not"}, true
	case "didn't", "didnt":
		return []string{"did", "not"}, true
	case "isn't", "isnt":
		return []string{"is", "not"}, true
	case "i'd":
		return []string{"i", "would"}, true
	case "im":
		return []string{"i", "am"}, true
	case "ive":
		return []string{"i", "have"}, true
	case "let's", "lets":
		return []string{"let", "us"}, true
	case "gonna":
		return []string{"going", "to"}, true
	case "wanna":
		return []string{"want", "to"}, true
	case "gotta":
		return []string{"got", "to"}, true
	case "gimme":
		return []string{"give", "me"}, true
	case "lemme":
		return []string{"let", "me"}, true
	case "whats", "thats", "wheres", "hows":
		return []string{word[:len(word)-1], "is"}, true
	}
	return nil, false
}

// pronoun tells "that's" from "John's".
func pronoun(word string) bool {
	switch word {
	case "that", "this", "it", "he", "she", "there", "here", "who", "what", "where", "when", "how", "why":
		return true
	}
	return false
}

// dropFillers removes the sounds of somebody thinking. (额 is one too, but it is half of 余额.)
func dropFillers(tokens []string) []string {
	out := make([]string, 0, len(tokens))
	for i, t := range tokens {
		if filler(t) {
			continue
		}
		// "那个" hesitates only before anything else was said.
		if len(out) == 0 && (t == "那" && i+1 < len(tokens) && tokens[i+1] == "个" ||
			t == "个" && i > 0 && tokens[i-1] == "那") {
			continue
		}
		out = append(out, t)
	}
	return out
}

func filler(token string) bool {
	switch token {
	case "uh", "um", "er", "erm", "uhm", "hmm", "hm", "mm", "mhm", "ah", "eh",
		"嗯", "呃", "啊", "哦", "噢", "唔", "诶", "欸":
		return true
	}
	return false
}
