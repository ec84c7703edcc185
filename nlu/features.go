package nlu

import (
	"slices"
	"strings"
	"unicode/utf8"

	"trunkline/nlu/sound"
)

// A feature is the 64-bit hash of what was seen and in which group. At the sizes in question
// (under a million features) two of them never meet by accident, and hashing spares every string.
type feature uint64

// group is one family of features. Each is scaled to length 1 on its own, so that a family with
// many members does not drown the others.
type group struct {
	weight  float64
	rarity  float64 // what a feature gains by being rare: 1 as tf-idf has it, 0 nothing
	net     bool    // the net sees it, too
	strange bool    // what of it is new tells that a sentence is out of scope
	extract func(dst []feature, s *sentence) []feature
}

// sentence is what the extractors look at.
type sentence struct {
	tokens []string
	stems  []string // all but Chinese
	sounds []string // Chinese only
}

// listen prepares a sentence for the extractors of a language.
func listen(language string, tokens []string) *sentence {
	s := &sentence{tokens: tokens}
	if chinese(language) {
		s.sounds = sounds(tokens)
		return s
	}
	s.stems = make([]string, len(tokens))
	for i, t := range tokens {
		s.stems[i] = stem(t)
	}
	return s
}

// groups returns the feature families of a language.
func groups(language string) []group {
	if chinese(language) {
		return []group{{1, 0.5, true, false, charGrams}, {1, 0.5, true, true, charSkips}, {0.5, 0.5, true, false, soundGrams}}
	}
	// Sounds of words do nothing here that their letters do not.
	return []group{{1, 1, true, false, wordGrams}, {1, 1, false, false, stemGrams}, {1, 1, true, true, letterGrams}, {0.7, 1, false, false, stemPairs}}
}

func chinese(language string) bool {
	primary, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(language, "_", "-")), "-")
	return primary == "zh" || primary == "cmn" || primary == "yue"
}

// Ends of a sentence, as pseudo tokens.
const (
	head = "^"
	tail = "$"
)

func at(tokens []string, i int) string {
	switch {
	case i < 0:
		return head
	case i >= len(tokens):
		return tail
	}
	return tokens[i]
}

// wordGrams yields words and word pairs, the ends counting as words.
func wordGrams(dst []feature, s *sentence) []feature {
	for _, t := range s.tokens {
		dst = append(dst, hash('w', t))
	}
	for i := -1; i < len(s.tokens); i++ {
		dst = append(dst, hash('v', at(s.tokens, i), at(s.tokens, i+1)))
	}
	return dst
}

// stemGrams yields stems, neighbours, and ordered pairs two or three words apart.
func stemGrams(dst []feature, s *sentence) []feature {
	for i, t := range s.stems {
		dst = append(dst, hash('s', t))
		for gap := 1; gap <= 3 && i+gap < len(s.stems); gap++ {
			kind := byte('t')
			if gap > 1 {
				kind = 'u'
			}
			dst = append(dst, hash(kind, t, s.stems[i+gap]))
		}
	}
	return dst
}

// letterGrams yields the 2- to 5-letter pieces of each word with a blank at both ends.
func letterGrams(dst []feature, s *sentence) []feature {
	var at []int
	for _, t := range s.tokens {
		padded := " " + t + " "
		at = at[:0]
		for i := range padded {
			at = append(at, i)
		}
		at = append(at, len(padded))
		for n := 2; n <= 5; n++ {
			for i := 0; i+n < len(at); i++ {
				dst = append(dst, hash('c', padded[at[i]:at[i+n]]))
			}
			if len(at)-1 <= n {
				break // the whole word was one piece
			}
		}
	}
	return dst
}

// stemPairs yields unordered pairs of distinct stems, wherever they stand.
func stemPairs(dst []feature, s *sentence) []feature {
	const enough = 48 // distinct stems; pairs grow with the square
	var seen []string
	for _, t := range s.stems {
		if len(seen) < enough && !slices.Contains(seen, t) {
			seen = append(seen, t)
		}
	}
	slices.Sort(seen)
	for i, a := range seen {
		for _, b := range seen[i+1:] {
			dst = append(dst, hash('p', a, b))
		}
	}
	return dst
}

// charGrams yields runs of one to three Chinese tokens, the ends counting in the longer ones.
func charGrams(dst []feature, s *sentence) []feature {
	for i, t := range s.tokens {
		dst = append(dst, hash('1', t))
		if i == 0 {
			dst = append(dst, hash('2', head, t), hash('3', head, t, at(s.tokens, 1)))
		}
		dst = append(dst, hash('2', t, at(s.tokens, i+1)))
		if i+1 < len(s.tokens) {
			dst = append(dst, hash('3', t, s.tokens[i+1], at(s.tokens, i+2)))
		}
	}
	return dst
}

// charSkips yields ordered pairs of tokens two to six places apart: words of two characters with one
// between them, which carry over from few examples better than longer runs do.
func charSkips(dst []feature, s *sentence) []feature {
	for i, t := range s.tokens {
		for gap := 2; gap <= 6 && i+gap < len(s.tokens); gap++ {
			dst = append(dst, hash('k', t, s.tokens[i+gap]))
		}
	}
	return dst
}

// soundGrams yields what the tokens sound like, and neighbours, so that a word misheard for another
// of the same sound is not lost.
func soundGrams(dst []feature, s *sentence) []feature {
	for i, t := range s.sounds {
		dst = append(dst, hash('h', t))
		if i > 0 {
			dst = append(dst, hash('i', s.sounds[i-1], t))
		}
	}
	return dst
}

// sounds is how Chinese tokens sound to a listener who confuses the usual sounds.
func sounds(tokens []string) []string {
	out := make([]string, len(tokens))
	for i, t := range tokens {
		r, n := utf8.DecodeRuneInString(t)
		if out[i] = t; n == len(t) {
			if syllable := sound.Pinyin(r); syllable != "" {
				out[i] = sound.Fuzzy(syllable)
			}
		}
	}
	return out
}

// hash is FNV-1a over kind and parts with a separator no token contains, then mixed so that
// similar strings do not stay neighbours.
func hash(kind byte, parts ...string) feature {
	const offset, prime = 14695981039346656037, 1099511628211
	h := uint64(offset)
	h = (h ^ uint64(kind)) * prime
	for _, p := range parts {
		for i := range len(p) {
			h = (h ^ uint64(p[i])) * prime
		}
		h = (h ^ 0xff) * prime // a byte that UTF-8 never uses
	}
	h ^= h >> 32
	h *= 0x9e3779b97f4a7c15
	return feature(h ^ h>>29)
}
