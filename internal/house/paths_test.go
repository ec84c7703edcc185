package house

import (
	"bytes"
	"fmt"
	"regexp"
	"testing"
)

// machinePath matches a path that exists on somebody's machine only.
const machinePath = `(^|[\s"'=(:,\x60])(/(home|root|Users|work)/|[A-Z]:\\)`

func TestNoMachinePaths(t *testing.T) {
	keep(t, noMachinePaths)

	f := func(want, text string) {
		t.Helper()
		trip(t, noMachinePaths, want, "docs/a.md", text)
	}
	f("", "one\ntwo /etc/trunkline\n")
	f("", "https://example.com/home"+"/a\n")
	f("", "binary \x00 /home"+"/a\n")
	f("docs/a.md:2: names /home"+"/", "one\nsee /home"+"/me/x\n")
	f("docs/a.md:1: names /work"+"/", "cd \"/work"+"/x\"\n")
	f("docs/a.md:1: names C:", "C:"+"\\x\n")
}

func noMachinePaths(tr *tree) (complaints []string) {
	pattern := regexp.MustCompile(machinePath)
	for _, name := range sorted(tr.texts) {
		text := tr.texts[name]
		if bytes.IndexByte(text[:min(len(text), 8000)], 0) >= 0 {
			continue // not text
		}
		for i, line := range bytes.Split(text, []byte("\n")) {
			if found := pattern.FindSubmatch(line); found != nil {
				complaints = append(complaints, fmt.Sprintf("%s:%d: names %s, which is on one machine only: "+
					"use a relative path, a flag or t.TempDir", name, i+1, found[2]))
			}
		}
	}
	return complaints
}
