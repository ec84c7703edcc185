package route

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestOrder(t *testing.T) {
	members := []Member{{"c", 2, 0}, {"a", 1, 1}, {"b", 1, 3}, {"d", 2, 0}}
	random := rand.New(rand.NewPCG(1, 2)).IntN
	f := func(pick string, usage map[string]int, down string, want ...string) {
		t.Helper()
		g := Group{Trunks: slices.Clone(members), Pick: pick}
		seen := map[string]bool{}
		for range 200 {
			order := g.Order(random, func(name string) int { return usage[name] },
				func(name string) bool { return !strings.Contains(down, name) })
			seen[strings.Join(order, "")] = true
		}
		if !slices.Equal(g.Trunks, members) {
			t.Errorf("the group changed: %v", g.Trunks)
		}
		for _, w := range want {
			if !seen[w] {
				t.Errorf("%s with %v, down %q is never %s", pick, usage, down, w)
			}
		}
		if len(seen) != len(want) {
			t.Errorf("%s with %v, down %q is %v; want %v", pick, usage, down, seen, want)
		}
	}
	f("", nil, "", "abcd")
	f("priority", nil, "", "abcd")
	f("priority", nil, "ac", "bd")
	f("priority", nil, "abcd", "a")
	f("weight", nil, "", "abcd", "bacd", "abdc", "badc")
	f("weight", nil, "ac", "bd")
	f("weight", nil, "abcd", "a", "b")
	f("least_used", map[string]int{"a": 1, "c": 1}, "", "badc")
	f("least_used", map[string]int{"b": 1, "d": 1}, "", "abcd")
	f("least_used", map[string]int{"a": 1, "b": 3, "d": 5}, "", "abcd", "bacd") // equal for their weights
	f("least_used", map[string]int{"a": 1, "b": 2, "d": 5}, "", "bacd")
	f("least_used", nil, "cd", "ab", "ba")
	if order := (Group{}).Order(random, nil, nil); len(order) != 0 {
		t.Errorf("no trunks are %v", order)
	}
}

// Weight shares calls out: of 10,000 the first trunk takes what its weight says.
func TestOrderSharesByWeight(t *testing.T) {
	g := Group{Trunks: []Member{{"a", 0, 1}, {"b", 0, 2}, {"c", 0, 7}}, Pick: "weight"}
	random := rand.New(rand.NewPCG(3, 4)).IntN
	first := map[string]int{}
	for range 10000 {
		first[g.Order(random, func(string) int { return 0 }, func(string) bool { return true })[0]]++
	}
	for name, want := range map[string]int{"a": 1000, "b": 2000, "c": 7000} {
		if got := first[name]; got < want-200 || got > want+200 {
			t.Errorf("%s was first %d times of 10000; want about %d", name, got, want)
		}
	}
}

// Least used levels out: of many calls that all stay, trunks of equal weight
// carry the same number.
func TestOrderLevelsOut(t *testing.T) {
	g := Group{Trunks: []Member{{"a", 0, 0}, {"b", 0, 0}, {"c", 0, 2}}, Pick: "least_used"}
	random := rand.New(rand.NewPCG(5, 6)).IntN
	usage := map[string]int{}
	for range 400 {
		usage[g.Order(random, func(name string) int { return usage[name] }, func(string) bool { return true })[0]]++
	}
	if usage["a"] != 100 || usage["b"] != 100 || usage["c"] != 200 {
		t.Errorf("usage is %v", usage)
	}
}
