package sandbox

import (
	"errors"
	"fmt"
	"strings"

	lua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// Compile turns a script's text into code that any number of states may run.
// Every call in it is shown to visit first. Errors are "file:line: what".
func Compile(file, text string, visit func(*ast.FuncCallExpr)) (*lua.FunctionProto, error) {
	if strings.HasPrefix(text, "#") { // a first line such as #!/usr/bin/lua
		text = "--" + text
	}
	chunk, err := parse.Parse(strings.NewReader(text), file)
	if err != nil {
		return nil, syntaxError(file, text, err)
	}
	w := &rewriter{visit: visit}
	w.block(chunk)
	if w.tooDeep > 0 {
		return nil, fmt.Errorf("%s:%d: nested more than %d deep", file, w.tooDeep, maxNesting)
	}
	proto, err := lua.Compile(chunk, file)
	if err != nil {
		return nil, syntaxError(file, text, err)
	}
	slim(proto)
	return proto, nil
}

// slim has empty tables begin small: gopher-lua makes room for 32 keys, some two
// kilobytes, with the first key of a table that was written as {}.
func slim(p *lua.FunctionProto) {
	const (
		operation = 26 // bits below the operation of an instruction
		keys      = 9  // bits below how many keys a new table shall have room for
		mask      = 0x1ff
	)
	for i := 0; i < len(p.Code); i++ {
		at := &p.Code[i]
		switch op, n := int(*at>>operation), *at>>keys&mask; {
		case op == lua.OP_NEWTABLE && n == 0:
			*at |= 1 << keys
		case op == lua.OP_SETLIST && n == 0:
			i++ // what follows is a number
		}
	}
	for _, inner := range p.FunctionPrototypes {
		slim(inner)
	}
}

// syntaxError writes a compiler's error as file:line: text.
func syntaxError(file, text string, err error) error {
	var at *parse.Error
	var not *lua.CompileError
	switch {
	case errors.As(err, &at):
		if at.Pos.Line <= 0 {
			return fmt.Errorf("%s:%d: syntax error: the script ends too early", file, 1+strings.Count(text, "\n"))
		}
		return fmt.Errorf("%s:%d: %s near %q", file, at.Pos.Line, at.Message, at.Token)
	case errors.As(err, &not):
		return fmt.Errorf("%s:%d: %s", file, not.Line, not.Message)
	}
	return fmt.Errorf("%s: %w", file, err)
}
