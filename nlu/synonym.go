package nlu

import (
	"cmp"
	"slices"
)

// lexicon replaces words and phrases by the first of those that mean the same.
type lexicon struct {
	groups [][][]string         // each group a list of phrases, each a list of tokens
	by     map[string][]synonym // first token → the phrases that begin with it, longest first
}

type synonym struct{ phrase, means []string }

// newLexicon reads groups of words or phrases that mean the same.
func newLexicon(groups [][]string) lexicon {
	var l lexicon
	for _, g := range groups {
		var phrases [][]string
		for _, text := range g {
			if t := Tokens(text); len(t) > 0 {
				phrases = append(phrases, t)
			}
		}
		if len(phrases) > 1 {
			l.groups = append(l.groups, phrases)
		}
	}
	l.index()
	return l
}

func (l *lexicon) index() {
	if len(l.groups) == 0 {
		return
	}
	l.by = map[string][]synonym{}
	for _, g := range l.groups {
		for _, p := range g[1:] {
			l.by[p[0]] = append(l.by[p[0]], synonym{p, g[0]})
		}
	}
	for _, s := range l.by {
		slices.SortStableFunc(s, func(a, b synonym) int { return cmp.Compare(len(b.phrase), len(a.phrase)) })
	}
}

// apply returns tokens with every phrase it knows replaced; what it puts in is not looked at again.
func (l *lexicon) apply(tokens []string) []string {
	if len(l.by) == 0 {
		return tokens
	}
	out := make([]string, 0, len(tokens))
next:
	for len(tokens) > 0 {
		for _, s := range l.by[tokens[0]] {
			if len(s.phrase) <= len(tokens) && slices.Equal(s.phrase, tokens[:len(s.phrase)]) {
				out = append(out, s.means...)
				tokens = tokens[len(s.phrase):]
				continue next
			}
		}
		out = append(out, tokens[0])
		tokens = tokens[1:]
	}
	return out[:min(len(out), maxTokens)]
}
