// Package verb says what a thing that scripts can do looks like: a Row of the
// table from which docs/lua.md is generated, with a name, strict named
// arguments, and a function that does it.
//
// Verbs of a call (package flow) and functions of libraries (package lib) are
// rows alike, each with its own kind of C, the thing it works on. The package
// reads arguments and reports mistakes; it does nothing else with a script.
package verb

import (
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// Shape is what can be known of a verb without performing it.
type Shape struct {
	Name   string // "say"; of a library's function, with the library: "http.get"
	Doc    string // what it does
	Args   []Arg
	Free   bool   // takes any named argument
	Result string // what it returns
	// After says that it also works when the call is over: in finally.
	After bool
}

// Row is a verb: C is what it works on. What Run returns reaches the script as
// the value, or as nil and an error table; a Mistake raises.
type Row[C any] struct {
	Shape
	Run func(C, Args) (lua.LValue, error)
}

// Shapes are the verbs of one table by name, for whoever checks scripts before
// they run.
type Shapes map[string]*Shape

// ShapesOf returns the shapes of rows.
func ShapesOf[C any](rows []*Row[C]) Shapes {
	out := Shapes{}
	for _, r := range rows {
		out[r.Name] = &r.Shape
	}
	return out
}

// Mistake is an error of the script's author: it raises, with file and line.
type Mistake struct{ text string }

func (m Mistake) Error() string { return m.text }

// Mistakef makes a Mistake.
func Mistakef(format string, args ...any) error { return Mistake{fmt.Sprintf(format, args...)} }

// Arg returns the argument of that name, or nil.
func (s *Shape) Arg(name string) *Arg {
	for i := range s.Args {
		if s.Args[i].Name == name {
			return &s.Args[i]
		}
	}
	return nil
}

// Lead is the argument that may be given alone (call:say "Hello"), or nil.
func (s *Shape) Lead() *Arg {
	for i := range s.Args {
		if s.Args[i].Lead {
			return &s.Args[i]
		}
	}
	return nil
}

// Unknown says that there is no argument of that name, and which there are.
func (s *Shape) Unknown(name string) string {
	if len(s.Args) == 0 {
		return fmt.Sprintf("%s: unknown argument %q; it takes none", s.Name, name)
	}
	var names []string
	for _, a := range s.Args {
		names = append(names, a.Name)
	}
	return fmt.Sprintf("%s: unknown argument %q; it takes %s", s.Name, name, strings.Join(names, ", "))
}
