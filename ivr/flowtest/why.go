package flowtest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"trunkline/ivr/caller"
	"trunkline/ivr/sandbox"
)

// What helps a designer to see why a test fails.

// mostCompared bounds what is compared by letters.
const mostCompared = 300

// distance is how many letters must be changed, left out or added to make part
// of text out of want; whole wants all of text. Capitals are small letters.
func distance(want, text string, whole bool) int {
	letters := func(s string) []rune {
		r := []rune(strings.Map(unicode.ToLower, s))
		return r[:min(len(r), mostCompared)]
	}
	w, t := letters(want), letters(text)
	before, now := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range before {
		if whole {
			before[j] = j
		}
	}
	for i := range w {
		now[0] = i + 1
		for j := range t {
			now[j+1] = min(before[j+1], now[j]) + 1
			if w[i] == t[j] {
				now[j+1] = min(now[j+1], before[j])
			} else {
				now[j+1] = min(now[j+1], before[j]+1)
			}
		}
		before, now = now, before
	}
	if whole {
		return before[len(t)]
	}
	return slices.Min(before)
}

// nearest is the one of all that was likely meant; "" for none. Parts says that a
// part of it would do.
func nearest(want string, all []string, parts bool) (found string) {
	most := 1 + len([]rune(want))/3
	if parts {
		most = 1 + len([]rune(want))/4
	}
	for _, one := range all {
		if d := distance(want, one, !parts); d < most {
			found, most = one, d
		}
	}
	return found
}

// there says what there is, when a name is not among it.
func there(name string, all []string) string {
	if near := nearest(name, all, false); near != "" {
		return fmt.Sprintf("did you mean %s?", near)
	}
	if len(all) == 0 {
		return "there is none"
	}
	return "there are " + strings.Join(all, ", ")
}

// at is where the flow waits for something; "" when it does not.
func (c *scene) at() string {
	t, _ := c.book.Get(c.caller.Info().ID)
	if t.Dropped > 0 || !t.Ended.IsZero() {
		return ""
	}
	for _, step := range slices.Backward(t.Steps) {
		if step.Where == "" { // a note within a verb
			continue
		}
		if step.Took > 0 || step.Result != "" {
			break
		}
		return fmt.Sprintf("; the flow is at %s: %s", step.Where, step.What)
	}
	return ""
}

// deaf says that nobody has listened to what the caller said last.
func (c *scene) deaf() string {
	for _, e := range c.caller.Lately() {
		if e.Kind == caller.Unheard {
			return fmt.Sprintf("; the flow did not listen when the caller said %q: wait for its question by hears", e.Text)
		}
	}
	return ""
}

// last is the prompt that was heard last.
func (c *scene) last() string {
	p := c.caller.Prompts()[c.heard-1]
	return p.Text + p.File
}

// unheard says what there was instead of a prompt.
func (c *scene) unheard(text string) string {
	var later []string
	for i, p := range c.caller.Prompts() {
		switch {
		case i >= c.heard:
			later = append(later, p.Text+p.File)
		case has(p, text):
			return fmt.Sprintf("; it was heard at %.1f s, before %q: hears wants prompts in their order", p.Began.Seconds(), c.last())
		}
	}
	if near := nearest(text, later, true); near != "" {
		return fmt.Sprintf("; the nearest is %q", near)
	}
	if len(later) == 0 && c.heard > 0 {
		return fmt.Sprintf("; nothing came after %q", c.last())
	}
	return ""
}

// before says when the caller was at a node, if it was only before it did
// something else.
func (c *scene) before(nodes []caller.Event, id string) string {
	for _, n := range nodes {
		if n.Text == id {
			return fmt.Sprintf("; it was there at %.1f s: write at before what the caller does next", n.At.Seconds())
		}
	}
	return ""
}

// how says how a node was reached, of those that the caller has reached.
func (c *scene) how(node caller.Event) string {
	did := ""
	for _, e := range c.caller.Events() {
		switch {
		case e.Kind == caller.Understood && node.By == "speech":
			did = fmt.Sprintf(": %q", e.Text)
		case e.Kind == caller.Presses && node.By == "key":
			did = " " + e.Text
		case e == node:
			return "by " + node.By + did
		}
	}
	return "by " + node.By
}

// blamed is a failure of the test in file, in a line: where a function of the
// test's own has failed, also who called it.
func blamed(failure, file string) string {
	text, trace, _ := strings.Cut(failure, "\n")
	var lines []string
	for _, m := range regexp.MustCompile(`(?m)^\s*`+regexp.QuoteMeta(file)+`:(\d+):`).FindAllStringSubmatch(trace, -1) {
		lines = append(lines, m[1])
	}
	if lines = slices.Compact(lines); len(lines) > 1 {
		text += fmt.Sprintf(" (called from line %s)", strings.Join(lines[1:min(len(lines), 6)], ", "))
	}
	return sandbox.Clip(text)
}
