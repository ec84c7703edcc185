package check

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"trunkline/cmd/trunkline/internal/config"
	"trunkline/scripts"
)

func texts(errs []error) (out []string) {
	for _, e := range errs {
		out = append(out, e.Error())
	}
	return out
}

// TestAllAtOnce: whatever is wrong is told, in the order of files and lines.
func TestAllAtOnce(t *testing.T) {
	f := Scripts(fstest.MapFS{
		"flows/b.lua":      {Data: []byte("local call = ...\ncall:anser()\ncall:say('x', { lagn = 'en' })\ncall:go('nowhere')")},
		"flows/a.lua":      {Data: []byte("if then\n")},
		"flows/a_test.lua": {Data: []byte("test('a', function(t) end)")},
		"lib/c.lua":        {Data: []byte("return {\n")},
		"menus/d.yaml":     {Data: []byte("menu: Bad\n")},
		"tests/e_test.lua": {Data: []byte("test(")},
		"tests/f_test.lua": {Data: []byte("\ntest('a', 1)")},
	}, nil)
	got := texts(f.Problems)
	want := []string{
		"flows/a.lua:1:", "flows/b.lua:2: call has no verb", "flows/b.lua:3: say: unknown argument", "flows/b.lua:4: go: ",
		"lib/c.lua:2:", "menus/d.yaml:1:", "tests/e_test.lua:1:", "tests/f_test.lua:2:",
	}
	at := 0
	for _, w := range want {
		i := slices.IndexFunc(got[at:], func(s string) bool { return strings.HasPrefix(s, w) })
		if i < 0 {
			t.Errorf("%q is missing, or not in its place, in\n%s", w, strings.Join(got, "\n"))
			continue
		}
		at += i
	}
	if f.Flows != 2 || f.Menus != 0 || f.Tests != 1 {
		t.Errorf("it is %s", f.Sum())
	}
}

func TestShipped(t *testing.T) {
	f := Scripts(scripts.FS(), nil)
	if len(f.Problems)+len(f.Warnings) > 0 || f.Flows < 3 || f.Menus != 1 || f.Nodes < 8 || f.Tests < 20 {
		t.Errorf("%s; %v; %v", f.Sum(), f.Problems, f.Warnings)
	}
}

// TestRecordings: what is to be played and is not there is a warning.
func TestRecordings(t *testing.T) {
	f := func(line string, want ...string) {
		t.Helper()
		got := texts(Scripts(fstest.MapFS{"flows/a.lua": {Data: []byte("local call = ...\n" + line)}}, nil).Warnings)
		if len(got) != len(want) {
			t.Errorf("%s: warned of %q", line, got)
			return
		}
		for i, w := range want {
			if !strings.HasPrefix(got[i], "flows/a.lua:2: warning: recorded = true: ") || !strings.Contains(got[i], w) {
				t.Errorf("%s: warned of %q, want %q", line, got[i], w)
			}
		}
	}
	f(`call:say{ "12", as = "number" }`)
	f(`call:say{ "12", as = "number", recorded = false }`)
	f(`call:say{ "12", as = "number", recorded = true }`, "recordings of en are missing in prompts/: ")
	f(`call:say{ "12", as = "number", recorded = true, lang = "zh" }`, "recordings of zh are missing")
	f(`call:say("12", { as = "number", recorded = true, lang = "xx" })`, "xx")
}

func TestLines(t *testing.T) {
	a, b, c := errors.New("x.lua:10: a"), errors.New("x.lua:9:3: b"), errors.New("no place")
	got := texts(Lines(errors.Join(c, errors.Join(a, nil)), b, nil, a, fmt.Errorf("a.yaml: all of it: %w", c)))
	if want := []string{"a.yaml: all of it: no place", "x.lua:9:3: b", "x.lua:10: a", "no place"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestUnheard: callers whom no recogniser understands are told of.
func TestUnheard(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		c, err := config.Parse("c.yaml", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got := texts(Scripts(scripts.FS(), c).Warnings)
		if !slices.Equal(got, want) {
			t.Errorf("%s: warned of %q, want %q", text, got, want)
		}
	}
	f("log: {level: info}", "c.yaml: warning: no recogniser: callers are served by keys alone; see speech.recognizers")
	f("speech: {recognizers: [{language: en-US, provider: pocketsphinx}]}",
		"c.yaml:1:23: warning: no recogniser for zh, which menu hotline has: such callers are served by keys alone; see speech.recognizers")
	f("speech: {recognizers: [{language: en, provider: pocketsphinx}, {language: zh, provider: process, command: [x]}]}")
}
