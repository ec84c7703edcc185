package pocketsphinx

import (
	"bufio"
	"cmp"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

//go:embed words.txt
var wordList string

// The language model. Callers say the menu's phrases, pieces of them in another
// order, and things that have nothing to do with it. So: trigrams of the
// phrases, backing off to single words, of which a share belongs to common
// English. What is out of the menu's scope then comes out as the common words
// it sounds like, rather than as the nearest phrase of the menu.
const (
	discount   = 0.1 // taken from each n-gram seen and given to unseen ones
	menuShare  = 0.8 // of the single words' probability
	begin, end = "<s>", "</s>"
	order      = 3
)

// words splits a phrase into the words a dictionary would have: lower case,
// no punctuation, digits spelled out one by one.
func words(phrase string) []string {
	phrase = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '\'':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r == '’':
			return '\''
		case r < 0x80 || r == '–' || r == '—' || r == '“' || r == '”' || r == '…':
			return ' '
		}
		return r // a letter no English word has: the word will be missing
	}, phrase)
	digits := []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	var out []string
	for _, w := range strings.Fields(phrase) {
		if strings.Trim(w, "0123456789") == "" {
			for _, d := range w {
				out = append(out, digits[d-'0'])
			}
			continue
		}
		if w = strings.Trim(w, "'"); w != "" {
			out = append(out, w)
		}
	}
	return out
}

// background returns the common words and their probability, summing to 1.
func background() map[string]float64 {
	bg := map[string]float64{}
	sum := 0.0
	for line := range strings.Lines(wordList) {
		w, log, ok := strings.Cut(strings.TrimSpace(line), " ")
		v, err := strconv.ParseFloat(log, 64)
		if !ok || err != nil {
			continue // the file's heading
		}
		bg[w] = math.Pow(10, v)
		sum += bg[w]
	}
	for w := range bg {
		bg[w] /= sum
	}
	return bg
}

// counts are how often word w followed history h, for each order: h is "" for
// single words, "a" for pairs, "a b" for triples.
type counts map[string]map[string]float64

func (c counts) add(h, w string) {
	if c[h] == nil {
		c[h] = map[string]float64{}
	}
	c[h][w]++
}

// count takes the n-grams of one sentence. A missing word, "", breaks it: what
// comes before and after is counted, but nothing across.
func (c counts) count(sentence []string) {
	history := []string{begin}
	for _, w := range append(slices.Clone(sentence), end) {
		if w == "" {
			history = nil
			continue
		}
		c.add("", w)
		for n := 1; n <= len(history); n++ {
			c.add(strings.Join(history[len(history)-n:], " "), w)
		}
		if history = append(history, w); len(history) > order-1 {
			history = history[1:]
		}
	}
}

// model is a trigram model with absolute discounting.
type model struct {
	seen counts
	one  map[string]float64 // probability of single words
}

func newModel(sentences [][]string, bg map[string]float64) model {
	m := model{seen: counts{}, one: map[string]float64{}}
	for _, s := range sentences {
		m.seen.count(s)
	}
	total := 0.0
	for _, n := range m.seen[""] {
		total += n
	}
	share := menuShare
	if total == 0 {
		share = 0
	}
	for w, n := range m.seen[""] {
		m.one[w] += share * n / total
	}
	// An utterance of common words has to end, too: as if it had six of them.
	const ending = 1.0 / 7
	m.one[end] += (1 - share) * ending
	for w, p := range bg {
		m.one[w] += (1 - share) * (1 - ending) * p
	}
	return m
}

// p is the probability of w after h.
func (m model) p(h, w string) float64 {
	if h == "" {
		return m.one[w]
	}
	_, shorter, _ := strings.Cut(h, " ")
	total := m.total(h)
	if total == 0 {
		return m.p(shorter, w)
	}
	return max(0, m.seen[h][w]-discount)/total + m.left(h)*m.p(shorter, w)
}

func (m model) total(h string) float64 {
	t := 0.0
	for _, n := range m.seen[h] {
		t += n
	}
	return t
}

// left is the share of what may follow h that is given to unseen words. As seen
// words get some of it too, it is also h's back-off weight.
func (m model) left(h string) float64 {
	if h == "" || len(m.seen[h]) == 0 {
		return 1
	}
	return discount * float64(len(m.seen[h])) / m.total(h)
}

// writeARPA writes the model in the ARPA format: decimal logarithms, n-grams in
// sorted order so that equal phrases give equal bytes.
func (m model) writeARPA(w io.Writer) error {
	b := bufio.NewWriter(w)
	grams := m.histories()
	fmt.Fprintf(b, "\\data\\\nngram 1=%d\n", len(m.one)+1)
	for n := 1; n < order; n++ {
		sum := 0
		for _, h := range grams[n] {
			sum += len(m.seen[h])
		}
		fmt.Fprintf(b, "ngram %d=%d\n", n+1, sum)
	}
	fmt.Fprintf(b, "\n\\1-grams:\n-99 %s %.4f\n", begin, math.Log10(m.left(begin)))
	for _, word := range slices.Sorted(maps.Keys(m.one)) {
		fmt.Fprintf(b, "%.4f %s %.4f\n", math.Log10(m.one[word]), word, math.Log10(m.left(word)))
	}
	for n := 1; n < order; n++ {
		fmt.Fprintf(b, "\n\\%d-grams:\n", n+1)
		for _, h := range grams[n] {
			for _, word := range slices.Sorted(maps.Keys(m.seen[h])) {
				fmt.Fprintf(b, "%.4f %s %s", math.Log10(m.p(h, word)), h, word)
				if n+1 < order {
					fmt.Fprintf(b, " %.4f", math.Log10(m.left(h+" "+word)))
				}
				fmt.Fprintln(b)
			}
		}
	}
	fmt.Fprint(b, "\n\\end\\\n")
	return b.Flush()
}

// histories returns the histories of 0, 1, … order-1 words, sorted.
func (m model) histories() [order][]string {
	var out [order][]string
	for h := range m.seen {
		n := len(strings.Fields(h))
		out[n] = append(out[n], h)
	}
	for _, hs := range out {
		slices.SortFunc(hs, func(a, b string) int { return cmp.Compare(a, b) })
	}
	return out
}
