package nlu

import (
	"unicode"
	"unicode/utf8"
)

// Explanation tells which parts of a sentence spoke for its two likeliest labels.
type Explanation struct {
	Best, Runner Score
	// Parts are in the order of the sentence: words, or runs of Han characters that pull the same
	// way.
	Parts []Part
}

// Part is a piece of a sentence as it was written.
type Part struct {
	Text string
	// Best and Runner are what the two labels would lose without the piece; below 0, what they
	// would gain. They have no unit: compare them with one another.
	Best, Runner float64
}

// Explain asks what becomes of the two likeliest labels when a piece of the sentence is missing,
// piece after piece. It costs as much as classifying the sentence once per word.
func (m *Model) Explain(text string) Explanation {
	tokens := m.tokens(text)
	if len(tokens) == 0 {
		return Explanation{}
	}
	ask := func(tokens []string) decision {
		return m.decide(bagOf(m.language, m.space.groups, tokens), len(tokens))
	}
	whole := ask(tokens)
	r := m.judge(&whole)
	out := Explanation{Best: r.Best(), Runner: r.Runner()}
	order := whole.ranked()
	best, runner := order[0], order[min(1, len(order)-1)]
	end := -1 // of the part before
	for _, s := range pieces(text) {
		p := Part{Text: text[s.from:s.to]}
		without := ask(m.tokens(text[:s.from] + " " + text[s.to:]))
		p.Best = whole.voice(best) - without.voice(best)
		p.Runner = whole.voice(runner) - without.voice(runner)
		if last := len(out.Parts) - 1; s.han && s.from == end && p.Best*out.Parts[last].Best > 0 {
			q := &out.Parts[last]
			q.Text, q.Best, q.Runner = q.Text+p.Text, q.Best+p.Best, q.Runner+p.Runner
		} else {
			out.Parts = append(out.Parts, p)
		}
		if end = -1; s.han {
			end = s.to
		}
	}
	return out
}

// voice is what both models have to say for a label.
func (d *decision) voice(label int) float64 {
	v := float64(d.values[label])
	if d.logits != nil {
		v += float64(d.logits[label]) / 8
	}
	return v
}

type span struct {
	from, to int
	han      bool
}

// pieces cuts a text into its words and Han characters, as many as a model looks at.
func pieces(text string) []span {
	var out []span
	open := false
	for i, r := range text {
		size := utf8.RuneLen(r)
		if r == utf8.RuneError {
			_, size = utf8.DecodeRuneInString(text[i:])
		}
		switch {
		case unicode.Is(unicode.Han, r):
			out, open = append(out, span{i, i + size, true}), false
		case unicode.IsLetter(r), unicode.IsDigit(r), open && (unicode.IsMark(r) || r == '\'' || r == '’'):
			if !open {
				out, open = append(out, span{i, i, false}), true
			}
			out[len(out)-1].to = i + size
		default:
			open = false
		}
		if len(out) == maxTokens {
			break
		}
	}
	return out
}
