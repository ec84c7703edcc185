package fscompat

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
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
	_, apps, _ := strings.Cut(Source, "  apps = {")
	apps, _, _ = strings.Cut(apps, "\n  }\n")
	f("session:execute", append(namesIn(apps, `(?m)^    (\w+) =`), "export"))
	_, commands, _ := strings.Cut(Source, "local commands = {")
	commands, _, _ = strings.Cut(commands, "\n  }\n")
	f("freeswitch.API():execute", namesIn(commands, `(?m)^    (\w+) =`))
}

func names(pattern string) []string { return namesIn(Source, pattern) }

func namesIn(text, pattern string) (all []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}
