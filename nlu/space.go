package nlu

import (
	"math"
	"slices"
)

// space turns sentences into vectors: which features exist, and how rare each one is.
type space struct {
	groups []group
	words  bool // stems are needed
	number map[feature]int32
	rarity []float32 // idf per feature
	rarest float64   // idf of a feature never seen
}

// vector is one sentence. A feature never seen in training has no coordinate, but it keeps its
// place in the length of its group: a sentence made of unknown material is short in every
// direction the model knows, which is what tells it is out of scope.
type vector struct {
	index []int32
	value []float32
}

// newSpace counts the features of the training rows.
func newSpace(language string, rows []row) *space {
	sp := &space{groups: groups(language), words: !chinese(language), number: map[feature]int32{}}
	var count []int32
	var buf []feature
	for _, r := range rows {
		s := sp.sentence(r.tokens)
		for _, g := range sp.groups {
			buf = sorted(g.extract(buf[:0], s))
			for _, f := range slices.Compact(buf) {
				n, ok := sp.number[f]
				if !ok {
					n = int32(len(count))
					sp.number[f] = n
					count = append(count, 0)
				}
				count[n]++
			}
		}
	}
	sp.rarity = make([]float32, len(count))
	total := float64(len(rows))
	for i, c := range count {
		sp.rarity[i] = float32(math.Log((1+total)/(1+float64(c))) + 1)
	}
	sp.rarest = math.Log((1+total)/2) + 1
	return sp
}

func (sp *space) size() int { return len(sp.rarity) }

func (sp *space) sentence(tokens []string) *sentence {
	s := &sentence{tokens: tokens}
	if sp.words {
		s.stems = make([]string, len(tokens))
		for i, t := range tokens {
			s.stems[i] = stem(t)
		}
	}
	return s
}

// vector weighs the features of one sentence: (1 + ln tf) × idf, each group scaled to length 1
// and then multiplied by the group's weight.
func (sp *space) vector(tokens []string) vector {
	var v vector
	s := sp.sentence(tokens)
	var buf []feature
	for _, g := range sp.groups {
		buf = sorted(g.extract(buf[:0], s))
		start := len(v.index)
		var known, unknown float64
		for i := 0; i < len(buf); {
			n := i + 1
			for n < len(buf) && buf[n] == buf[i] {
				n++
			}
			tf := 1 + math.Log(float64(n-i))
			if f, ok := sp.number[buf[i]]; ok {
				x := tf * float64(sp.rarity[f])
				known += x * x
				v.index = append(v.index, f)
				v.value = append(v.value, float32(x))
			} else {
				x := tf * sp.rarest
				unknown += x * x
			}
			i = n
		}
		if known+unknown == 0 {
			continue
		}
		scale := float32(g.weight / math.Sqrt(known+unknown))
		for i := start; i < len(v.value); i++ {
			v.value[i] *= scale
		}
	}
	return v
}

func sorted(f []feature) []feature {
	slices.Sort(f)
	return f
}
