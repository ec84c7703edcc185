package house

import (
	"fmt"
	"path"
	"regexp"
	"strings"
	"testing"
)

func TestLinksLeadSomewhere(t *testing.T) {
	keep(t, linksLeadSomewhere)

	f := func(want, text string) {
		t.Helper()
		trip(t, linksLeadSomewhere, want, "docs/a.md", text, "docs/b/c.md", "", "README.md", "")
	}
	f("", "see [c](b/c.md), [c](b/c.md#part), [b](b), [b](b/), [up](../README.md)")
	f("", "see [net](https://example.com/x), [here](#part), [mail](mailto:a@example.com)")
	f("docs/a.md:2: leads to docs/none.md", "one\n[x](none.md)")
	f("leads to README", "[x](../README)")
}

// linksLeadSomewhere wants the files that documents point at to be there.
func linksLeadSomewhere(tr *tree) (complaints []string) {
	link := regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)
	there := map[string]bool{}
	for name := range tr.texts {
		for dir := name; dir != "."; dir = path.Dir(dir) {
			there[dir] = true
		}
	}
	for _, name := range sorted(tr.texts) {
		if path.Ext(name) != ".md" {
			continue
		}
		for i, line := range strings.Split(string(tr.texts[name]), "\n") {
			for _, found := range link.FindAllStringSubmatch(line, -1) {
				if to := path.Join(path.Dir(name), found[1]); !there[to] {
					complaints = append(complaints, fmt.Sprintf("%s:%d: leads to %s, which is not there: mend the link", name, i+1, to))
				}
			}
		}
	}
	return complaints
}
