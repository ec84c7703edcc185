package fscompat_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trunkline/ivr/fscompat"
)

// The page lists what the module has: no less, no more.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../docs/fscompat.md")
	if err != nil {
		t.Fatal(err)
	}
	f := func(title string, want []string) {
		t.Helper()
		_, part, ok := strings.Cut(string(page), "**"+title+"** ")
		if !ok {
			t.Fatalf("the page has no list of %s", title)
		}
		part, _, _ = strings.Cut(part, "\n\n")
		var got []string
		for _, word := range regexp.MustCompile("`([a-zA-Z_]+)`").FindAllStringSubmatch(part, -1) {
			got = append(got, word[1])
		}
		slices.Sort(got)
		slices.Sort(want)
		if want = slices.Compact(want); !slices.Equal(got, want) {
			t.Errorf("%s: the page lists\n%q\nthe module has\n%q", title, got, want)
		}
	}
	f("session", slices.DeleteFunc(names(`(?m)^  (?:function )?session[.:](\w+)`), func(s string) bool { return s == "set_tts_parms" }))
	f("freeswitch", slices.DeleteFunc(names(`(?m)^  (?:function )?freeswitch\.(\w+)`), func(s string) bool { return s == "console_log" }))
	f("session:execute", append(table("local all = {"), "export"))
	f("freeswitch.API():execute", table("local function commands()\n    return {"))
}

// table lists the keys of a table of functions.
func table(begin string) []string {
	_, part, _ := strings.Cut(fscompat.Source, begin)
	part, _, _ = strings.Cut(part, "\n    }\n")
	return namesIn(part, `(?m)^      (\w+) =`)
}

func names(pattern string) []string { return namesIn(fscompat.Source, pattern) }

func namesIn(text, pattern string) (all []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}
