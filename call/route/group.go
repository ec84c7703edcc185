package route

import (
	"cmp"
	"slices"
)

// group returns the trunks of a bridge.
func (p Plan) group(b *Bridge) Group {
	if b.Trunk != "" {
		return Group{Trunks: []Member{{Name: b.Trunk}}}
	}
	g := Group{}
	for i, name := range b.Trunks {
		g.Trunks = append(g.Trunks, Member{Name: name, Priority: i})
	}
	for _, named := range p.Groups {
		if b.Group != "" && named.Name == b.Group {
			return named
		}
	}
	return g
}

// Order returns the trunks in which one call tries them: it goes on to the next
// when Retry says of the last one's cause that it may. random(n) returns a number
// below n; usage the calls that a trunk carries; up whether it lives. Trunks that
// do not are left out; when none does, the first is tried all the same, since a
// trunk may serve calls and no OPTIONS.
func (g Group) Order(random func(n int) int, usage func(trunk string) int, up func(trunk string) bool) []string {
	rest := slices.Clone(g.Trunks)
	slices.SortStableFunc(rest, func(a, b Member) int { return cmp.Compare(a.Priority, b.Priority) })
	var order []string
	for len(rest) > 0 {
		n := slices.IndexFunc(rest, func(m Member) bool { return m.Priority != rest[0].Priority })
		if n < 0 {
			n = len(rest)
		}
		for _, m := range g.sort(rest[:n], random, usage) {
			order = append(order, m.Name)
		}
		rest = rest[n:]
	}
	live := slices.DeleteFunc(slices.Clone(order), func(name string) bool { return !up(name) })
	if len(live) == 0 {
		return order[:min(1, len(order))]
	}
	return live
}

// sort brings members of one priority into the order that the group picks by.
func (g Group) sort(members []Member, random func(int) int, usage func(string) int) []Member {
	switch g.Pick {
	case pickWeight:
		return shuffle(members, random)
	case pickLeastUsed: // among equals chance decides, else the first would get all that comes at once
		members = shuffle(members, random)
		load := map[string]int{}
		for _, m := range members {
			load[m.Name] = usage(m.Name)
		}
		slices.SortStableFunc(members, func(a, b Member) int {
			return cmp.Compare(load[a.Name]*b.weight(), load[b.Name]*a.weight())
		})
	}
	return members
}

// shuffle draws one after the other, each with the chance that its weight has
// among those left (RFC 2782).
func shuffle(members []Member, random func(int) int) []Member {
	left := slices.Clone(members)
	drawn := make([]Member, 0, len(members))
	for len(left) > 0 {
		sum := 0
		for _, m := range left {
			sum += m.weight()
		}
		at, i := random(sum), 0
		for at >= left[i].weight() {
			at -= left[i].weight()
			i++
		}
		drawn = append(drawn, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return drawn
}

func (m Member) weight() int { return max(1, m.Weight) }
