// Package strict reads files of YAML whose every key is known, and collects all that is wrong with one
// before it gives up: each mistake with its line.
//
// A File belongs to the one goroutine that reads it. Package menu uses it; it opens nothing itself.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Problem is one mistake in a menu file.
type Problem struct {
	File         string
	Line, Column int // from 1; 0 when the mistake is about the whole file
	Text         string
}

// Error writes the problem as compilers do: file:line:column: text.
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Text)
}

// Problems is every mistake found in one file, in the order of its lines.
type Problems []Problem

// Error writes one problem per line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// File reads values out of one YAML file and collects what is wrong with them. Reading goes on after
// a mistake, so that the designer hears of all of them at once.
type File struct {
	Name     string // as problems call it
	problems Problems
}

// Problem notes a mistake at n.
func (s *File) Problem(n ast.Node, format string, args ...any) {
	s.problemAt(Start(n), format, args...)
}

// Start is the first token of n: of a mapping, its first key rather than the colon after it.
func Start(n ast.Node) *token.Token {
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		return m.Values[0].Key.GetToken()
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		return m.Key.GetToken()
	}
	return n.GetToken()
}

func (s *File) problemAt(t *token.Token, format string, args ...any) {
	p := Problem{File: s.Name, Text: fmt.Sprintf(format, args...)}
	if t != nil && t.Position != nil {
		p.Line, p.Column = t.Position.Line, t.Position.Column
	}
	s.problems = append(s.problems, p)
}

// Err returns the problems sorted by place, or nil.
func (s *File) Err() error {
	if len(s.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(s.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return s.problems
}

// Parse returns the one document of the file, or nil after reporting why there is none.
func (s *File) Parse(data []byte) ast.Node {
	if len(data) > maxFile {
		s.problemAt(nil, "the file has %d bytes; a menu has at most %d", len(data), maxFile)
		return nil
	}
	if line := tooDeep(data); line > 0 {
		s.problems = append(s.problems, Problem{s.Name, line, 1, "brackets or lists are nested too deeply"})
		return nil
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	var broken yaml.Error
	switch {
	case errors.As(err, &broken):
		s.problemAt(broken.GetToken(), "%s", broken.GetMessage())
		return nil
	case err != nil:
		s.problemAt(nil, "%v", err)
		return nil
	}
	var body ast.Node
	for _, d := range file.Docs {
		if d.Body == nil {
			continue
		}
		if body != nil {
			s.Problem(d.Body, "a menu file holds one document")
			break
		}
		body = d.Body
	}
	if body == nil {
		s.problemAt(nil, "the file is empty")
	}
	return body
}

// Limits of a menu file. The YAML parser needs time that grows with the square of the depth, so a
// broken file could keep a reload busy for minutes.
const (
	maxFile  = 4 << 20 // bytes
	maxDepth = 50      // brackets open at once, list dashes in a row, or levels of indentation
)

// tooDeep returns the first line that nests too deeply, from 1, or 0. It knows nothing of quotes:
// no sentence holds so many brackets either.
func tooDeep(data []byte) int {
	open, number := 0, 0
	for line := range bytes.Lines(data) {
		number++
		lead := bytes.TrimLeft(line, " -?\t")
		if len(line)-len(lead) > 4*maxDepth {
			return number
		}
		for _, c := range line {
			switch c {
			case '[', '{':
				open++
			case ']', '}':
				open = max(open-1, 0)
			}
			if open > maxDepth {
				return number
			}
		}
	}
	return 0
}

// Field is one key of a mapping and the reader of its value.
type Field struct {
	key  string
	read func(ast.Node)
}

// Key makes a Field.
func Key(key string, read func(ast.Node)) Field { return Field{key, read} }

// Fields reads a mapping: every key must be known and stand there once.
func (s *File) Fields(n ast.Node, what string, known ...Field) {
	seen := map[string]bool{}
	s.Each(n, what, func(key string, at, value ast.Node) {
		i := slices.IndexFunc(known, func(f Field) bool { return f.key == key })
		if i < 0 {
			names := make([]string, len(known))
			for j, f := range known {
				names[j] = f.key
			}
			s.Problem(at, "unknown key %q in %s; known: %s", key, what, strings.Join(names, ", "))
			return
		}
		if seen[key] {
			s.Problem(at, "key %q stands twice in %s", key, what)
			return
		}
		seen[key] = true
		known[i].read(value)
	})
}

// Each calls f for every pair of a mapping, in file order.
func (s *File) Each(n ast.Node, what string, f func(key string, at, value ast.Node)) {
	m, ok := n.(ast.MapNode)
	if !ok {
		s.Problem(n, "%s must be a list of key: value pairs", what)
		return
	}
	for it := m.MapRange(); it.Next(); {
		key, ok := it.Key().(ast.ScalarNode)
		if !ok {
			s.Problem(it.Key(), "key in %s must be plain text", what)
			continue
		}
		f(fmt.Sprint(key.GetValue()), key, it.Value())
	}
}

// List reads a sequence.
func (s *File) List(n ast.Node, what string) ([]ast.Node, bool) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		s.Problem(n, "%s must be a list", what)
		return nil, false
	}
	return seq.Values, true
}

// Text reads a scalar that is not empty. Numbers count as text as written, so that key: 2 works.
func (s *File) Text(n ast.Node, what string) string {
	var out string
	switch v := n.(type) {
	case *ast.StringNode:
		out = v.Value
	case *ast.LiteralNode:
		out = v.Value.Value
	case *ast.IntegerNode:
		out = v.Token.Value
	case *ast.NullNode:
	default:
		s.Problem(n, "%s must be text; quote it if it is", what)
		return ""
	}
	out = strings.TrimSpace(out)
	if out == "" {
		s.Problem(n, "%s is empty", what)
	}
	return out
}

// Score reads a number between 0 and 1.
func (s *File) Score(n ast.Node, what string) float64 {
	var v float64
	switch n := n.(type) {
	case *ast.FloatNode:
		v = n.Value
	case *ast.IntegerNode:
		if _, err := fmt.Sscan(n.Token.Value, &v); err != nil {
			v = -1
		}
	default:
		v = -1
	}
	if v < 0 || v > 1 {
		s.Problem(n, "%s must be a number from 0 to 1", what)
		return 0
	}
	return v
}

// Count reads a whole number from 0 to limit.
func (s *File) Count(n ast.Node, what string, limit int) int {
	v := -1
	if i, ok := n.(*ast.IntegerNode); ok {
		if _, err := fmt.Sscan(i.Token.Value, &v); err != nil {
			v = -1
		}
	}
	if v < 0 || v > limit {
		s.Problem(n, "%s must be a whole number from 0 to %d", what, limit)
		return 0
	}
	return v
}

// Choice reads one of a few words.
func (s *File) Choice(n ast.Node, what string, words ...string) string {
	v := ""
	if t, ok := n.(*ast.StringNode); ok {
		v = t.Value
	}
	if !slices.Contains(words, v) {
		s.Problem(n, "%s must be one of: %s", what, strings.Join(words, ", "))
		return ""
	}
	return v
}

// Yes reads true or false.
func (s *File) Yes(n ast.Node, what string) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		s.Problem(n, "%s must be true or false", what)
		return false
	}
	return b.Value
}
