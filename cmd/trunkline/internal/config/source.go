package config

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// Duration is a time.Duration written as text, such as "30s".
type Duration time.Duration

// UnmarshalYAML reads the text; the library's own way loses the line.
func (d *Duration) UnmarshalYAML(n ast.Node) error {
	text, err := time.ParseDuration(n.GetToken().Value)
	if err != nil || text < 0 {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is not a duration such as 300ms or 5s", n.GetToken().Value), Token: n.GetToken()}
	}
	*d = Duration(text)
	return nil
}

// source is a configuration as it was read, for telling where a value stands.
type source struct {
	name string
	tree *ast.File
}

// located turns the YAML library's error into "file:line:column: what".
func (s source) located(err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		at := e.GetToken().Position
		what := s.plainly(err)
		if what == "" {
			what = e.GetMessage()
		}
		return fmt.Errorf("%s:%d:%d: %s", s.name, at.Line, at.Column, what)
	}
	// What a type says that reads itself from text comes without a place, but
	// begins with the text.
	if s.tree != nil {
		f := finder{text: err.Error()}
		for _, doc := range s.tree.Docs {
			ast.Walk(&f, doc.Body)
		}
		if f.found != nil {
			at := f.found.GetToken().Position
			return fmt.Errorf("%s:%d:%d: %w", s.name, at.Line, at.Column, err)
		}
	}
	return fmt.Errorf("%s: %w", s.name, err)
}

// finder looks for the first scalar that an error begins with.
type finder struct {
	text  string
	found ast.Node
}

// Visit implements ast.Visitor.
func (f *finder) Visit(n ast.Node) ast.Visitor {
	if _, scalar := n.(ast.ScalarNode); scalar && f.found == nil && strings.HasPrefix(f.text, strconv.Quote(n.GetToken().Value)+" ") {
		f.found = n
	}
	return f
}

// at returns "file:line:column" of the value at path, a YAML path such as
// "$.trunks[0].name". Of a key that was left out it is that of what the key is
// missing from.
func (s source) at(path string) string {
	for ; path != "$" && s.tree != nil; path = path[:strings.LastIndexAny(path, ".[")] {
		p, err := yaml.PathString(path)
		if err != nil {
			continue
		}
		if node, err := p.FilterFile(s.tree); err == nil && node != nil {
			at := node.GetToken().Position
			return fmt.Sprintf("%s:%d:%d", s.name, at.Line, at.Column)
		}
	}
	return s.name
}

// scripts is the key `scripts`, wherever the rest cannot be read.
var scripts = regexp.MustCompile(`(?m)^scripts:[ \t]*["']?([^"'#\s]+)`)

// ScriptsOf is the directory of scripts that a configuration file names which is
// too broken for Load; "" for none.
func ScriptsOf(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	if m := scripts.FindSubmatch(text); m != nil {
		return string(m[1])
	}
	return ""
}
