package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// decode reads text into c. Its error has the first mistake of every section.
func (s source) decode(text []byte, c *Config) error {
	err := yaml.UnmarshalWithOptions(text, c, yaml.Strict())
	if err == nil {
		return nil
	}
	var all []error
	for _, section := range s.sections() {
		apart := defaults()
		if err := yaml.NodeToValue(section, &apart, yaml.Strict()); err != nil {
			all = append(all, s.located(err))
		}
	}
	if len(all) == 0 { // a mistake of the whole
		return s.located(err)
	}
	return errors.Join(all...)
}

// sections are the keys of the file, each with its value and as a mapping of its own.
func (s source) sections() (out []ast.Node) {
	if len(s.tree.Docs) != 1 {
		return nil
	}
	if m, ok := s.tree.Docs[0].Body.(*ast.MappingNode); ok {
		for _, v := range m.Values {
			out = append(out, ast.Mapping(m.Start, false, v))
		}
	}
	return out
}

// plainly is what is wrong with a value of the wrong type, in words that name its
// key; "" for other errors.
func (s source) plainly(err error) string {
	var of *yaml.TypeError
	var node *yaml.UnexpectedNodeTypeError
	var big *yaml.OverflowError
	switch {
	case errors.As(err, &of):
		return s.keyAt(of.Token) + shown(of.Token, of.SrcType) + " is not " + wanted(of.DstType)
	case errors.As(err, &node):
		return s.keyAt(node.Token) + "want " + nodeName(node.Expected) + ", not " + nodeName(node.Actual)
	case errors.As(err, &big):
		return s.keyAt(big.Token) + big.Token.Value + " is too large"
	}
	return ""
}

// shown is a value of the file, when it is not too much.
func shown(t *token.Token, is reflect.Type) string {
	if is != nil {
		switch is.Kind() {
		case reflect.Slice:
			return "a list"
		case reflect.Map:
			return "a mapping"
		}
	}
	return fmt.Sprintf("%.40q", t.Value)
}

// wanted names a type as people who write the file know it.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.String:
		return "a text"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Pointer:
		return wanted(t.Elem())
	}
	return "a mapping"
}

// nodeName names a kind of value likewise.
func nodeName(t ast.NodeType) string {
	switch t {
	case ast.MappingType, ast.MappingValueType:
		return "a mapping"
	case ast.SequenceType:
		return "a list"
	case ast.IntegerType, ast.FloatType:
		return "a number"
	case ast.BoolType:
		return "true or false"
	case ast.NullType:
		return "nothing"
	}
	return "a text"
}

// keyAt is the key of the value that a token begins, with a colon: "limits.calls: ".
func (s source) keyAt(t *token.Token) string {
	f := keyFinder{line: t.Position.Line, column: t.Position.Column}
	for _, doc := range s.tree.Docs {
		ast.Walk(&f, doc.Body)
	}
	if f.path == "" || f.path == "$" {
		return ""
	}
	return strings.TrimPrefix(f.path, "$.") + ": "
}

// keyFinder looks for the value at a place.
type keyFinder struct {
	line, column int
	path         string
}

// Visit implements ast.Visitor.
func (f *keyFinder) Visit(n ast.Node) ast.Visitor {
	if at := n.GetToken().Position; at.Line == f.line && at.Column == f.column && len(n.GetPath()) >= len(f.path) {
		f.path = n.GetPath()
	}
	return f
}
