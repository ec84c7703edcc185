// Package flowtest runs tests of flows: files tests/*_test.lua in which scripted
// callers call the flows of a bundle, and say what ought to come of it.
//
// Every test runs in a bubble of testing/synctest: production code plays the
// flow, unchanged, on a clock that jumps from one event to the next, so that a
// call of minutes takes milliseconds and two runs go alike. The caller, the legs
// that are dialled, web services and the table of values are pretended. Tests are
// Lua in the sandbox of flows; a test that is wrong, hostile or never ends fails,
// and the next one runs.
//
// Only cmd uses it, for `trunkline flow test`. It starts no process, opens no
// socket and writes no file. docs/flow-tests.md is generated from its tables.
package flowtest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"

	"trunkline/ivr/bundle"
	"trunkline/ivr/flow"
	"trunkline/ivr/sandbox"
)

// globs are where tests lie among the scripts: together, or beside the flows.
func globs() []string { return []string{"tests/*_test.lua", "flows/*_test.lua"} }

// Where says where Find looks.
func Where() string { return strings.Join(globs(), " or ") }

// File is one file of tests.
type File struct{ Name, Text string }

// Find returns the tests that lie among scripts.
func Find(scripts fs.FS) (out []File, err error) {
	for _, glob := range globs() {
		names, err := fs.Glob(scripts, glob)
		if err != nil {
			return nil, fmt.Errorf("find tests: %w", err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(scripts, name)
			if err != nil {
				return nil, fmt.Errorf("read tests: %w", err)
			}
			out = append(out, File{name, string(text)})
		}
	}
	return out, nil
}

// Suite is tests and the flows they are about.
type Suite struct {
	bundle *bundle.Bundle
	files  []*file
	cover  *Coverage
}

// file is one file of tests, compiled.
type file struct {
	name  string
	proto *lua.FunctionProto
	tests []string // names, in order
}

// Result is what came of one test.
type Result struct {
	File, Name string
	Err        string        // what went wrong, "file:line: what"; "" when nothing did
	Dialogue   string        // who did what when, in all calls of the test
	Printed    []string      // by the test
	Clock      time.Duration // how long it took by its own clock
	Took       time.Duration // and in truth
}

// Load compiles flows, menus and tests. The error lists all that is wrong.
func Load(scripts fs.FS, files []File) (*Suite, error) {
	b, problems := bundle.Load(scripts, flow.Known())
	s := &Suite{bundle: b, cover: newCoverage(b)}
	for _, f := range files {
		one, err := compile(f)
		if err != nil {
			problems = append(problems, err)
		}
		s.files = append(s.files, one)
	}
	return s, errors.Join(problems...)
}

// Check counts the tests of files and finds what is wrong with how they are
// written, without their flows.
func Check(files []File) (tests int, problems []error) {
	for _, f := range files {
		one, err := compile(f)
		if err != nil {
			problems = append(problems, err)
		}
		tests += len(one.tests)
	}
	return tests, problems
}

// compile compiles a file and learns the names of its tests.
func compile(f File) (one *file, err error) {
	one = &file{name: f.Name}
	if one.proto, err = sandbox.Compile(f.Name, f.Text, func(*ast.FuncCallExpr) {}); err == nil {
		one.tests, err = names(one)
	}
	if err == nil && len(one.tests) == 0 {
		err = fmt.Errorf("%s: there is no test in it: write test(\"what it shows\", function(t) … end)", f.Name)
	}
	return one, err
}

// Names are those of all tests, as Run matches them, in order.
func (s *Suite) Names() (out []string) {
	for _, f := range s.files {
		for _, name := range f.tests {
			out = append(out, f.name+": "+name)
		}
	}
	return out
}

// Run runs the tests whose name, "file: test", matches, in order, and tells each
// result as it comes. Nil matches all.
func (s *Suite) Run(ctx context.Context, which *regexp.Regexp, tell func(Result)) {
	for _, f := range s.files {
		for i, name := range f.tests {
			if ctx.Err() != nil {
				return
			}
			if which == nil || which.MatchString(f.name+": "+name) {
				tell(s.run(f, i))
			}
		}
	}
}

// Coverage is what the tests that were run have reached.
func (s *Suite) Coverage() *Coverage { return s.cover }

// test is one of a file.
type test struct {
	name string
	body *lua.LFunction
}

// collect runs a file, which registers its tests.
func collect(L *sandbox.State, f *file) (tests []test, err error) {
	L.SetGlobal("test", L.NewFunction(func(L *lua.LState) int {
		t := test{L.CheckString(1), L.CheckFunction(2)}
		for _, other := range tests {
			if other.name == t.name {
				L.RaiseError("there are two tests %q", t.name)
			}
		}
		if tests = append(tests, t); len(tests) > mostTests {
			L.RaiseError("a file may have %d tests", mostTests)
		}
		return 0
	}))
	L.Think()
	err = L.CallByParam(lua.P{Fn: L.NewFunctionFromProto(f.proto), Protect: true})
	L.SetGlobal("test", L.NewFunction(func(L *lua.LState) int {
		L.RaiseError("test: not within a test")
		return 0
	}))
	if err != nil {
		return nil, errors.New(firstLine(sandbox.Failure(err)))
	}
	return tests, nil
}

// mostTests bounds a file.
const mostTests = 1000

// names are those of a file's tests.
func names(f *file) (out []string, err error) {
	L := sandbox.New(context.Background(), sandbox.Limits{}, func(string) {})
	defer L.Close()
	tests, err := collect(L, f)
	for _, t := range tests {
		out = append(out, t.name)
	}
	return out, err
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}
