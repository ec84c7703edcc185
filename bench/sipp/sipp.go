// Package sipp is the collection of SIP behaviours that the product is held to:
// scenarios for SIPp, one file per behaviour, in scenarios/.
//
// A scenario is SIPp's XML with the messages written as calls of a few functions
// (vocabulary.go), so that a file reads like a ladder and says only what is
// special about it. Expand makes of it what SIPp reads; go run ./bench/sipp/expand
// prints that, for use against anything else. Each begins with a comment: which
// side SIPp plays, what is proved, what is expected.
//
// The package owns the files and nothing else; it starts no program. bench/e2e
// plays them against the real server. Nothing here is part of the product.
package sipp

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"text/template"
)

//go:embed scenarios/*.xml
var scenarios embed.FS

// The sides that SIPp can play.
const (
	Caller = "uac"
	Callee = "uas"
)

// Header is what the comment at the top of a scenario says.
type Header struct{ Plays, Proves, Expects string }

// Names are the scenarios there are, sorted.
func Names() []string {
	files, _ := fs.Glob(scenarios, "scenarios/*.xml") // the pattern is right
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(strings.TrimPrefix(f, "scenarios/"), ".xml")
	}
	slices.Sort(names)
	return names
}

// Expand returns a scenario as SIPp reads it. It fails on a scenario that is not
// there or that uses words nobody knows.
func Expand(name string) ([]byte, error) {
	text, err := source(name)
	if err != nil {
		return nil, err
	}
	v := &vocabulary{}
	page, err := template.New(name).Funcs(v.words()).Option("missingkey=error").Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	var out strings.Builder
	out.WriteString("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	if err := page.Execute(&out, nil); err != nil {
		return nil, fmt.Errorf("expand scenario: %w", err)
	}
	return []byte(out.String()), nil
}

// Describe returns what a scenario says of itself.
func Describe(name string) (Header, error) {
	var h Header
	text, err := source(name)
	if err != nil {
		return h, err
	}
	comment, _, _ := strings.Cut(strings.TrimPrefix(text, "<!--"), "-->")
	at := (*string)(nil)
	for line := range strings.Lines(comment) {
		line = strings.TrimSpace(line)
		for word, field := range map[string]*string{"Plays:": &h.Plays, "Proves:": &h.Proves, "Expects:": &h.Expects} {
			if rest, ok := strings.CutPrefix(line, word); ok {
				at, line = field, strings.TrimSpace(rest)
			}
		}
		if at != nil {
			*at = strings.TrimSpace(*at + " " + line)
		}
	}
	return h, nil
}

func source(name string) (string, error) {
	text, err := scenarios.ReadFile("scenarios/" + name + ".xml")
	if err != nil {
		return "", fmt.Errorf("read scenario %s: %w", name, err)
	}
	return string(text), nil
}
