package nlu

import (
	"math"
	"slices"

	"trunkline/nlu/learn"
)

// space turns sentences into vectors: which features exist, how rare each one is, and which column
// of the models it belongs to.
//
// Features that always occur together in training (the pieces of a word seen once, say) cannot be
// told apart by anything learnt from it. They share a column, which changes no decision value of a
// support vector machine and spares most of the room and time.
type space struct {
	groups []group
	number map[feature]int32
	known  []known
	rarest float64 // logarithm of how rare a feature is that was seen once

	columns int
	netted  int // the columns below it are also input of the net
}

// known is a feature seen in training.
type known struct {
	column int32
	rarity float32 // 1 + what its group has it gain
	share  float32 // of the column: the shares of all its features have length 1
}

// term is a feature, and then a column, of one sentence.
type term struct {
	at    int32
	value float32
}

// bag is what a sentence is made of, group by group: each feature once, with 1 + ln of how often it
// is there.
type bag [][]weighed

type weighed struct {
	feature feature
	tf      float32
}

// bagOf finds the features of a sentence.
func bagOf(language string, groups []group, tokens []string) bag {
	s := listen(language, tokens)
	out := make(bag, len(groups))
	var buf []feature
	for g := range groups {
		buf = groups[g].extract(buf[:0], s)
		slices.Sort(buf)
		list := make([]weighed, 0, len(buf))
		for i := 0; i < len(buf); {
			n := i + 1
			for n < len(buf) && buf[n] == buf[i] {
				n++
			}
			tf := float32(1)
			if n > i+1 {
				tf += float32(math.Log(float64(n - i)))
			}
			list = append(list, weighed{buf[i], tf})
			i = n
		}
		out[g] = list
	}
	return out
}

// newSpace learns the features of the training rows and returns the rows as vectors. A net is to
// see features of at least so many rows.
func newSpace(groups []group, rows []row, seen int) (*space, []learn.Vector) {
	sp := &space{groups: groups, number: map[feature]int32{}}
	terms := make([][]term, len(rows))
	cuts := make([][]int, len(rows)) // where the groups end
	var count []int32
	var family []int8
	for i, r := range rows {
		for g, list := range r.bag {
			for _, w := range list {
				n, ok := sp.number[w.feature]
				if !ok {
					n = int32(len(count))
					sp.number[w.feature] = n
					count = append(count, 0)
					family = append(family, int8(g))
				}
				count[n]++
				terms[i] = append(terms[i], term{n, w.tf})
			}
			cuts[i] = append(cuts[i], len(terms[i]))
		}
	}
	sp.known = make([]known, len(count))
	total := float64(len(rows))
	for i, c := range count {
		gain := groups[family[i]].rarity
		sp.known[i].rarity = float32(gain*math.Log((1+total)/(1+float64(c))) + 1)
	}
	sp.rarest = math.Log((1 + total) / 2)
	for i := range terms {
		start := 0
		for g, end := range cuts[i] {
			sp.weigh(terms[i][start:end], 0, sp.groups[g].weight)
			start = end
		}
	}
	sp.share(terms, count, family, int32(seen))
	vectors := make([]learn.Vector, len(rows))
	for i := range terms {
		vectors[i] = sp.columnise(terms[i])
		terms[i] = nil
	}
	return sp, vectors
}

// weigh multiplies term frequencies of one group by rarity and scales them to length 1, then by
// the weight of the group. What is unknown counts in the length, given squared.
func (sp *space) weigh(terms []term, unknown, weight float64) {
	sum := unknown
	for i := range terms {
		t := &terms[i]
		t.value *= sp.known[t.at].rarity
		sum += float64(t.value) * float64(t.value)
	}
	if sum == 0 {
		return
	}
	scale := float32(weight / math.Sqrt(sum))
	for i := range terms {
		terms[i].value *= scale
	}
}

// share gives features columns, one for all those of a kind that are in the same rows in the same
// proportion.
func (sp *space) share(terms [][]term, count []int32, family []int8, seen int32) {
	type place struct {
		rows uint64
		net  bool
		lone bool
	}
	sign := make([]place, len(count))
	value := make([]float32, len(count)) // in the first row
	for i, row := range terms {
		for _, t := range row {
			s := &sign[t.at]
			if s.rows == 0 {
				value[t.at] = t.value
				s.net = sp.groups[family[t.at]].net && count[t.at] >= seen
				if s.lone = count[t.at] == 1; s.lone {
					s.rows = uint64(i) + 1
					continue
				}
				s.rows = uint64(family[t.at]) + 1
			}
			s.rows = (s.rows^uint64(i)<<32^uint64(math.Float32bits(t.value)))*0x9e3779b97f4a7c15 + 1
			s.rows ^= s.rows >> 29
		}
	}
	column := map[place]int32{}
	length := []float64{}
	for _, net := range []bool{true, false} {
		for f, s := range sign {
			if s.net != net {
				continue
			}
			c, ok := column[s]
			if !ok {
				c = int32(len(length))
				column[s] = c
				length = append(length, 0)
			}
			sp.known[f].column = c
			length[c] += float64(value[f]) * float64(value[f])
		}
		if net {
			sp.netted = len(length)
		}
	}
	sp.columns = len(length)
	for f := range sp.known {
		k := &sp.known[f]
		k.share = value[f] / float32(math.Sqrt(length[k.column]))
	}
}

// columnise adds up the features of each column.
func (sp *space) columnise(terms []term) learn.Vector {
	for i := range terms {
		k := &sp.known[terms[i].at]
		terms[i] = term{k.column, terms[i].value * k.share}
	}
	slices.SortFunc(terms, func(a, b term) int { return int(a.at) - int(b.at) })
	n := 0
	for i, t := range terms {
		if i > 0 && t.at == terms[n-1].at {
			terms[n-1].value += t.value
			continue
		}
		terms[n] = t
		n++
	}
	v := learn.Vector{Index: make([]int32, n), Value: make([]float32, n)}
	for i, t := range terms[:n] {
		v.Index[i], v.Value[i] = t.at, t.value
	}
	return v
}

// vector weighs the features of one sentence: (1 + ln tf) × idf, each group scaled to length 1
// and then multiplied by the group's weight. A feature never seen in training has no column, but it
// keeps its place in the length of its group: a sentence made of unknown material is short in every
// direction the model knows, which is what tells it is out of scope. The number is the share that was
// never seen of the group that tells best.
func (sp *space) vector(b bag) (learn.Vector, float64) {
	var terms []term
	var novel float64
	for g, list := range b {
		start := len(terms)
		unseen := sp.groups[g].rarity*sp.rarest + 1
		var strange, sum float64
		for _, w := range list {
			if n, ok := sp.number[w.feature]; ok {
				terms = append(terms, term{n, w.tf})
			} else {
				x := float64(w.tf) * unseen
				strange += x * x
			}
		}
		sp.weigh(terms[start:], strange, sp.groups[g].weight)
		for _, t := range terms[start:] {
			sum += float64(t.value) * float64(t.value)
		}
		if sp.groups[g].strange {
			novel = 1 - sum/(sp.groups[g].weight*sp.groups[g].weight)
		}
	}
	return sp.columnise(terms), novel
}
