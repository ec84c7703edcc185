package nlu

import (
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// sense is what a phrase does to an answer.
type sense uint8

const (
	content sense = iota // says something else
	aside                // says nothing: polite words, subjects, adverbs
	truth                // yes, whatever was said before ("correct", "没错")
	fine                 // yes, but after a no only polite ("that's fine", "好的")
	may                  // yes, if the clause says nothing else ("right", "要")
	refusal              // no
	mayNot               // no, if the clause says nothing else
	turns                // "not": the opposite of what follows, or no
	unsure               // neither ("I don't know", "是不是")
	amends               // what was said is taken back ("no wait")
)

// A phrase is tokens joined by blanks, and its sense.
type phrase struct {
	words string
	sense sense
}

// phrases by their first token, the longest first.
var phrasebook = sync.OnceValue(func() map[string][]phrase {
	book := map[string][]phrase{}
	for i, list := range senses {
		for p := range strings.SplitSeq(list, "|") {
			tokens := split(strings.TrimSpace(p))
			book[tokens[0]] = append(book[tokens[0]], phrase{strings.Join(tokens, " "), sense(i)})
		}
	}
	for _, of := range book {
		slices.SortStableFunc(of, func(a, b phrase) int { return len(b.words) - len(a.words) })
	}
	return book
})

// clauses cuts a text at punctuation and, between Chinese words, at blanks. A clause that asks comes
// with a question mark as its last token.
func clauses(text string) iter.Seq[[]string] {
	if len(text) > maxBytes {
		text = strings.ToValidUTF8(text[:maxBytes], "")
	}
	return func(yield func([]string) bool) {
		var before rune
		start := 0
		for i, r := range text + "\n" {
			question := r == '?' || r == '？'
			cut := question || strings.ContainsRune(",.;!，。；！、…:\n", r) || unicode.IsSpace(r) && unicode.Is(unicode.Han, before)
			before = r
			if !cut || i < start {
				continue
			}
			clause := wordsOf(text[start:min(i, len(text))])
			start = i + len(string(r))
			if question {
				clause = append(clause, "?")
			}
			if len(clause) > 0 && !yield(clause) {
				return
			}
		}
	}
}

// wordsOf are the tokens of a clause with its fillers: "嗯" is an answer.
func wordsOf(clause string) []string {
	var out []string
	for _, word := range split(strings.ToLower(strings.ReplaceAll(clause, "’", "'"))) {
		out = appendExpanded(out, word)
	}
	return out[:min(len(out), maxTokens)]
}

// A verdict is the answer so far.
type verdict struct {
	answer   Answer
	amended  bool // what was said may be taken back by a mere "fine"
	unsure   bool // the caller does not know; no weak word changes that
	other    bool // something else was said, to which a weak word may belong
	byTheWay bool // the answer is no more than a "对了", which may begin something else
}

// longAnswer is how many tokens a clause of a denied verb may have to be an answer ("没去过", and not
// "不收钱还能让我玩的地方我喜欢").
const longAnswer = 6

// hear takes one clause into account.
func (v *verdict) hear(clause []string) {
	said, whole := understand(clause)
	asks := clause[len(clause)-1] == "?" || slices.Contains([]string{"吗", "么"}, clause[len(clause)-1])
	if asks && len(said) > 0 && (!said[0].first || said[0].verb && !whole) {
		v.other = v.other || !whole
		return
	}
	before := v.answer
	defer func() {
		v.other = v.other || !whole
		v.byTheWay = v.byTheWay || before == Unclear && slices.Equal(clause, []string{"对", "了"})
	}()
	for i, s := range said {
		switch {
		case s.verb && !whole && (v.other || v.answer != Unclear || s.bare && (i > 0 || s.sense == truth || s.sense == fine || len(clause) > longAnswer)):
			// "可以玩的", "i have no checks": it says something else
		case s.sense == unsure && (whole || s.first):
			v.answer, v.unsure = Unclear, true
			return
		case s.sense == amends:
			v.amended = true
		case whole, s.first:
			v.take(s.sense, whole)
		case v.answer == Unclear && i == len(said)-1 && s.last:
			v.take(s.sense, whole)
		}
	}
}

// take lets one phrase change the answer.
func (v *verdict) take(s sense, whole bool) {
	polite := v.answer == No && !v.amended // and a mere "fine" changes nothing
	weak := whole && !v.unsure && (!v.other || v.answer != Unclear)
	switch {
	case s == truth, s == fine && !polite, s == may && weak && !polite:
		v.answer, v.byTheWay = Yes, false
	case s == refusal, s == mayNot && weak:
		v.answer, v.byTheWay = No, false
	}
}

// spoken is a phrase as it stands in a clause.
type spoken struct {
	sense       sense
	first, last bool // before any other words of its clause; a plain yes or no after them
	verb, bare  bool // it may have an object, and has it right behind: "可以玩", "有电话", "没去过", "no checks"
}

// understand cuts a clause into its phrases, turned round where "not" stands before, without asides;
// whole says that there is no content among them.
func understand(clause []string) (said []spoken, whole bool) {
	joined := strings.Join(clause, " ") + " "
	first, negated := true, false
	end := 0 // of the last phrase said, in joined
	whole = true
	for at := 0; at < len(joined); {
		p := longest(joined[at:])
		at += len(p.words) + 1
		switch {
		case p.sense == aside:
			first = first && interjected(p.words)
			continue
		case p.sense == turns:
			negated = !negated
			continue
		case p.sense == content:
			if n := len(said) - 1; n >= 0 && at-len(p.words)-1 == end && p.words != "?" {
				said[n].bare, said[n].last = said[n].verb, false
			}
			whole = whole && p.words == "?"
			if negated && clause[0] == "not" {
				said = append(said, spoken{sense: refusal, first: true, verb: true})
			}
			first, negated = false, false
			continue
		case negated && uncertain(p.words):
			p.sense = unsure
		case negated:
			p.sense = p.sense.opposite()
		}
		negated = false
		said = append(said, spoken{sense: p.sense, first: first, last: plain(p.words), verb: verb(p.words)})
		end = at
	}
	if negated {
		said = append(said, spoken{sense: mayNot})
	}
	return said, whole
}

// verb says that the phrase may have an object and is no answer then.
func verb(words string) bool {
	return slices.Contains([]string{"可 以", "能", "会", "有", "要", "是", "对", "方 便", "想", "需 要", "不", "不 用", "不 要", "不 希 望", "不 是", "没", "还 没", "没 有", "no"}, words)
}

// plain says that nothing else can be meant, wherever in a sentence it stands.
func plain(words string) bool {
	return slices.Contains([]string{"yes", "yeah", "yep", "no", "nope", "yes please", "no thanks", "no thank you"}, words)
}

// interjected says that an answer after the words is still the first thing said.
func interjected(words string) bool {
	return words[0] > unicode.MaxASCII ||
		slices.Contains([]string{"oh", "well", "um", "uh", "ah", "er", "erm", "hmm", "hm", "so", "and", "sorry", "hello", "hi", "but", "ok so", "okay so", "honestly"}, words)
}

// uncertain are the words that, denied, leave the answer open: "not sure".
func uncertain(words string) bool {
	return slices.Contains([]string{"sure", "for sure", "certain", "confident", "positive", "know"}, words)
}

// longest is the longest phrase of the book that joined tokens begin with, or else the first token.
func longest(joined string) phrase {
	first, _, _ := strings.Cut(joined, " ")
	for _, p := range phrasebook()[first] {
		if rest, ok := strings.CutPrefix(joined, p.words); ok && rest[0] == ' ' {
			return p
		}
	}
	return phrase{first, content}
}

func (s sense) opposite() sense {
	switch s {
	case truth, fine:
		return refusal
	case may:
		return mayNot
	case refusal, mayNot:
		return may
	case content, aside, turns, unsure, amends:
	}
	return s
}
