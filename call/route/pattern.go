package route

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// Bounds of patterns and of what they are held against. Matching takes time in
// proportion to both (RE2).
const (
	maxPattern = 256
	maxProgram = 2000 // instructions: repetition makes much of few characters
	maxValue   = 1024
)

// pattern is a condition on text.
type pattern struct {
	text   string // as written
	prefix string // what text must begin with, when open
	open   bool
	expr   *regexp.Regexp
	rest   string // name under which what follows the prefix is known
}

// parsePattern understands a pattern. rest names what follows a prefix.
func parsePattern(text, rest string) (pattern, error) {
	p := pattern{text: text, rest: rest}
	source, ok := strings.CutPrefix(text, "/")
	if !ok {
		p.prefix, p.open = strings.CutSuffix(text, "*")
		return p, checkPattern(text)
	}
	source, ok = strings.CutSuffix(source, "/")
	if !ok {
		return p, fmt.Errorf("a regular expression stands between slashes")
	}
	if len(source) > maxPattern {
		return p, fmt.Errorf("longer than %d characters", maxPattern)
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return p, fmt.Errorf("no regular expression: %w", err)
	}
	program, err := syntax.Compile(tree.Simplify())
	if err != nil || len(program.Inst) > maxProgram {
		return p, fmt.Errorf("repeats too much")
	}
	if p.expr, err = regexp.Compile(`^(?:` + source + `)$`); err != nil {
		return p, fmt.Errorf("no regular expression: %w", err)
	}
	return p, nil
}

func checkPattern(text string) error {
	if len(text) > maxPattern || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return fmt.Errorf("up to %d characters, none of them a control character", maxPattern)
	}
	return nil
}

// names returns what the pattern gives to templates.
func (p pattern) names() []string {
	if p.expr == nil {
		if p.open && p.rest != "" {
			return []string{p.rest}
		}
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.expr.SubexpNames()), func(s string) bool { return s == "" })
}

// fits reports whether text fits, and notes what templates may use.
func (p pattern) fits(text string, c *captures) bool {
	switch {
	case len(text) > maxValue:
		return false
	case p.expr == nil && p.open:
		rest, ok := strings.CutPrefix(text, p.prefix)
		if ok && p.rest != "" {
			c.add(p.rest, rest)
		}
		return ok
	case p.expr == nil:
		return p.text == "" || p.text == text
	}
	found := p.expr.FindStringSubmatch(text)
	for i, name := range p.expr.SubexpNames() {
		if found != nil && name != "" {
			c.add(name, found[i])
		}
	}
	return found != nil
}

// captures is what templates may use.
type captures []struct{ name, value string }

func (c *captures) add(name, value string) {
	*c = append(*c, struct{ name, value string }{name, value})
}

func (c captures) get(name string) string {
	for _, v := range c {
		if v.name == name {
			return v.value
		}
	}
	return ""
}

// template is text with {names} in it; {{ is a brace.
type template []struct{ literal, name string }

// parseTemplate understands a template that may use these names.
func parseTemplate(text string, names []string) (template, error) {
	var t template
	if len(text) > maxValue {
		return nil, fmt.Errorf("longer than %d bytes", maxValue)
	}
	for text != "" {
		literal, rest, found := strings.Cut(text, "{")
		part := struct{ literal, name string }{literal: literal}
		switch name, after, closed := strings.Cut(rest, "}"); {
		case !found:
			text = ""
		case strings.HasPrefix(rest, "{"):
			part.literal, text = literal+"{", rest[1:]
		case !closed:
			return nil, fmt.Errorf("a brace is not closed; a brace itself is written {{")
		case !slices.Contains(names, name):
			return nil, fmt.Errorf("{%s} is not one of {%s}; a brace itself is written {{", name, strings.Join(names, "}, {"))
		default:
			part.name, text = name, after
		}
		t = append(t, part)
	}
	return t, nil
}

// expand returns the text with the names replaced by what they stand for.
func (t template) expand(c captures) string {
	var b strings.Builder
	for _, part := range t {
		b.WriteString(part.literal)
		if part.name != "" {
			b.WriteString(c.get(part.name))
		}
	}
	return b.String()
}
