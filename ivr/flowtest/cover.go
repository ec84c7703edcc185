package flowtest

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"

	"trunkline/ivr/bundle"
	"trunkline/ivr/caller"
	"trunkline/ivr/sandbox"
)

// Coverage is which lines of flows, and which nodes of menus, the tests have
// reached.
type Coverage struct {
	mu    sync.Mutex // guards what follows; flows of a test run side by side
	files map[string]map[int]bool
	menus map[string]map[string]bool
}

// newCoverage lists what can be reached of a bundle.
func newCoverage(b *bundle.Bundle) *Coverage {
	c := &Coverage{files: map[string]map[int]bool{}, menus: map[string]map[string]bool{}}
	for _, scripts := range []map[string]*bundle.Script{b.Flows, b.Modules} {
		for _, s := range scripts {
			// A module that the program brings along is not the designer's to test.
			if s.Proto == nil || !strings.Contains(s.File, "/") {
				continue
			}
			lines := map[int]bool{}
			for _, n := range sandbox.Lines(s.Proto) {
				lines[n] = false
			}
			c.files[s.File] = lines
		}
	}
	for _, m := range b.SortedMenus() {
		nodes := map[string]bool{}
		for _, n := range m.Nodes {
			nodes[n.ID] = false
		}
		c.menus[m.ID] = nodes
	}
	return c
}

// line notes that a line was run.
func (c *Coverage) line(file string, line int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	reach(c.files[file], line)
}

// nodes notes those that a call has reached.
func (c *Coverage) nodes(events []caller.Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range events {
		if e.Kind == caller.Node {
			reach(c.menus[e.Menu], e.Text)
		}
	}
}

// reach notes what belongs to a set.
func reach[K comparable](set map[K]bool, k K) {
	if done, known := set[k]; known && !done {
		set[k] = true
	}
}

// Lines is how many percent of all lines were run; 100 when there are none.
func (c *Coverage) Lines() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return percent(c.sum())
}

// sum is how many lines were run, of how many; mu is held.
func (c *Coverage) sum() (done, all int) {
	for _, lines := range c.files {
		done += count(lines)
		all += len(lines)
	}
	return done, all
}

// Write tells it all, and what is missing.
func (c *Coverage) Write(w io.Writer) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b strings.Builder
	done, all := c.sum()
	fmt.Fprintf(&b, "coverage of lines: %.1f %%, %d of %d\n", percent(done, all), done, all)
	for _, file := range slices.Sorted(maps.Keys(c.files)) {
		lines := c.files[file]
		fmt.Fprintf(&b, "  %5.1f %%  %s%s\n", percent(count(lines), len(lines)), file, missing("not run: ", spans(undone(lines), lines)))
	}
	if len(c.menus) > 0 {
		b.WriteString("coverage of nodes\n")
	}
	for _, menu := range slices.Sorted(maps.Keys(c.menus)) {
		nodes := c.menus[menu]
		fmt.Fprintf(&b, "  %5.1f %%  menu %s%s\n", percent(count(nodes), len(nodes)), menu, missing("not reached: ", undone(nodes)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func missing(what string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	return "  " + what + strings.Join(list, ", ")
}

func percent(done, all int) float64 {
	if all == 0 {
		return 100
	}
	return 100 * float64(done) / float64(all)
}

func count[K comparable](set map[K]bool) (n int) {
	for _, done := range set {
		if done {
			n++
		}
	}
	return n
}

// undone is what of a set was not reached, in order.
func undone[K int | string](set map[K]bool) []K {
	var out []K
	for k, done := range set {
		if !done {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

// spans writes lines as 12-14, 30: those between which nothing was run are one.
func spans(list []int, all map[int]bool) (out []string) {
	for i := 0; i < len(list); {
		j := i
		for j+1 < len(list) && !ranBetween(list[j], list[j+1], all) {
			j++
		}
		if i == j {
			out = append(out, fmt.Sprint(list[i]))
		} else {
			out = append(out, fmt.Sprintf("%d-%d", list[i], list[j]))
		}
		i = j + 1
	}
	return out
}

func ranBetween(from, to int, all map[int]bool) bool {
	for n := from + 1; n < to; n++ {
		if all[n] {
			return true
		}
	}
	return false
}
