package locate

import (
	"cmp"
	"slices"
)

// share is how much of a chance one unit of weight is. An item without weight has
// one share: next to no chance beside others (RFC 2782), the same as the others
// when nobody has a weight.
const share = 100

// draw returns items in the order in which one call tries them (RFC 2782): the
// lowest rank first, and among equals each place goes to one of those left with a
// chance in proportion to its weight.
func draw[T any](items []T, of func(T) (rank, weight int), below func(n int) int) []T {
	if len(items) < 2 {
		return items
	}
	drawn := slices.Clone(items)
	items = drawn
	slices.SortStableFunc(items, func(a, b T) int {
		rankA, _ := of(a)
		rankB, _ := of(b)
		return cmp.Compare(rankA, rankB)
	})
	for ; len(items) > 1; items = items[1:] {
		chosen := choose(items, of, below)
		winner := items[chosen]
		copy(items[1:], items[:chosen])
		items[0] = winner
	}
	return drawn
}

// choose returns the index of one of those that share the first rank.
func choose[T any](items []T, of func(T) (rank, weight int), below func(n int) int) int {
	first, _ := of(items[0])
	sum, equals := 0, 0
	for _, it := range items {
		rank, weight := of(it)
		if rank != first {
			break
		}
		equals++
		sum += max(1, weight*share)
	}
	if equals == 1 {
		return 0
	}
	at := below(sum)
	for i := range equals - 1 {
		_, weight := of(items[i])
		if at -= max(1, weight*share); at < 0 {
			return i
		}
	}
	return equals - 1
}
