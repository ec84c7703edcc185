// Package check is what `trunkline check` does: it looks at the configuration, at
// everything flows are made of and at their tests, and lists all that is wrong at
// once, as compilers do.
//
// It reads and compiles; it runs no flow and starts nothing.
package check

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trunkline/cmd/trunkline/internal/config"
	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/flowtest"
	"trunkline/ivr/menu"
)

// Findings are what was found.
type Findings struct {
	Problems []error // a line each, by file and line
	Warnings []error // likewise; nothing breaks by them

	Flows, Menus, Nodes, Tests int
}

// Scripts looks at flows, modules, menus and tests, and at the flows that routes
// of c lead to; nil: at no routes.
func Scripts(scripts fs.FS, c *config.Config) *Findings {
	b, problems := bundle.Load(scripts, flow.Known())
	f := &Findings{Problems: problems, Flows: len(b.Flows), Menus: len(b.Menus)}
	for _, m := range b.Menus {
		f.Nodes += len(m.Nodes)
	}
	files, err := flowtest.Find(scripts)
	if err != nil {
		f.Problems = append(f.Problems, err)
	}
	var wrong []error
	f.Tests, wrong = flowtest.Check(files)
	f.Problems = append(f.Problems, wrong...)
	f.Warnings = b.Unrecorded()
	if c != nil {
		f.routes(c, b)
		f.Warnings = append(f.Warnings, Unheard(c, b.SortedMenus())...)
	}
	f.Problems, f.Warnings = Lines(f.Problems...), Lines(f.Warnings...)
	return f
}

// routes wants the flows that routes lead to.
func (f *Findings) routes(c *config.Config, b *bundle.Bundle) {
	for i, r := range c.Routes {
		if r.Flow != "" && b.Flows[r.Flow] == nil {
			f.Problems = append(f.Problems, fmt.Errorf("%s: there is no flow %q", c.At(fmt.Sprintf("$.routes[%d].flow", i)), r.Flow))
		}
	}
}

// Unheard tells which callers nobody understands, for want of a recogniser: all of
// them, or those of menus in some language. They have keys alone.
func Unheard(c *config.Config, menus []*menu.Menu) (warnings []error) {
	if len(c.Speech.Recognizers) == 0 {
		return []error{fmt.Errorf("%s: warning: no recogniser: callers are served by keys alone; see speech.recognizers", c.At("$.speech.recognizers"))}
	}
	primary := func(lang string) string {
		p, _, _ := strings.Cut(lang, "-")
		return p
	}
	known := map[string]bool{}
	for _, r := range c.Speech.Recognizers {
		known[primary(r.Language)] = true
	}
	for _, m := range menus {
		for _, lang := range m.Languages {
			if !known[primary(lang)] {
				warnings = append(warnings, fmt.Errorf("%s: warning: no recogniser for %s, which menu %s has: such callers are served by keys alone; see speech.recognizers",
					c.At("$.speech.recognizers"), lang, m.ID))
			}
		}
	}
	return warnings
}

// Sum tells how much was looked at.
func (f *Findings) Sum() string {
	return fmt.Sprintf("%d flows, %d menus, %d nodes, %d tests", f.Flows, f.Menus, f.Nodes, f.Tests)
}

// Lines takes errors apart into those of a line each, and puts them in the order
// of files and lines; those that name no file are last. What is said twice is
// left out.
func Lines(errs ...error) []error {
	var out []error
	for _, err := range errs {
		out = append(out, apart(err)...)
	}
	slices.SortStableFunc(out, func(x, y error) int {
		a, b := placeOf(x), placeOf(y)
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.file, b.file), cmp.Compare(a.line, b.line))
	})
	return slices.CompactFunc(out, func(x, y error) bool { return x.Error() == y.Error() })
}

// apart takes what errors.Join has made apart.
func apart(err error) (out []error) {
	switch e := err.(type) {
	case nil:
		return nil
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			out = append(out, apart(one)...)
		}
		return out
	}
	return []error{err}
}

// place is what an error is about.
type place struct {
	rank int // 0 with a file, 1 without
	file string
	line int
}

// placed is "file:line: …" and "file:line:column: …", and "file: …" of files that
// are read here.
var placed = regexp.MustCompile(`^([^:\n]+\.(?:ya?ml|lua|json)|embedded default\.yaml):(?:(\d+):)?`)

func placeOf(err error) place {
	m := placed.FindStringSubmatch(err.Error())
	if m == nil {
		return place{rank: 1}
	}
	line, _ := strconv.Atoi(m[2]) // "": the whole file, which comes first
	return place{file: m[1], line: line}
}
