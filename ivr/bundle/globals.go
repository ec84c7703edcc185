package bundle

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/sandbox"
)

// checkGlobals reports global names that scripts read and nobody sets: a typing
// mistake, or something that the sandbox does not have. Scripts that reach for _G
// themselves may set what is not seen here.
func (b *Bundle) checkGlobals(known Known) (problems []error) {
	there := map[string]bool{"require": true}
	for _, name := range sandbox.Globals() {
		there[name] = true
	}
	for name := range known.Libraries {
		there[name] = true
	}
	scripts := slices.Collect(maps.Values(b.Flows))
	for name, m := range b.Modules {
		if known.Modules[name] == "" {
			scripts = append(scripts, m)
			continue
		}
		for _, g := range known.Globals {
			there[g] = true
		}
	}
	reads := map[*Script][]global{}
	for _, s := range scripts {
		if s.Proto == nil {
			continue
		}
		for _, g := range globalsOf(s.Proto) {
			switch {
			case g.set:
				there[g.name] = true
			case g.name == "_G":
				return nil
			default:
				reads[s] = append(reads[s], g)
			}
		}
	}
	for s, globals := range reads {
		for _, g := range globals {
			if !there[g.name] {
				err := fmt.Errorf("%s:%d: there is nothing called %q%s", s.File, g.line, g.name, hint(g.name))
				problems = append(problems, err)
				s.Err = errors.Join(s.Err, err)
			}
		}
	}
	return problems
}

// hint says what is likely to be missing.
func hint(name string) string {
	if name == "call" {
		return ": begin the flow with local call = ..."
	}
	return ""
}

// global is a use of a global name.
type global struct {
	name string
	line int
	set  bool
}

// globalsOf reads the uses of global names from compiled code, each once: gopher-lua
// keeps the operation in the upper 6 bits of an instruction, and the number of the
// constant in the lower 18.
func globalsOf(p *lua.FunctionProto) (all []global) {
	const operation, constant = 26, 1<<18 - 1
	for i, code := range p.Code {
		op := int(code >> operation)
		if op != lua.OP_GETGLOBAL && op != lua.OP_SETGLOBAL {
			continue
		}
		name, ok := p.Constants[code&constant].(lua.LString)
		if !ok || strings.ContainsAny(string(name), ".[]{}()=,") { // one of the sandbox's own
			continue
		}
		g := global{name: string(name), line: p.DbgSourcePositions[i], set: op == lua.OP_SETGLOBAL}
		if !slices.ContainsFunc(all, func(o global) bool { return o.name == g.name && o.set == g.set }) {
			all = append(all, g)
		}
	}
	for _, inner := range p.FunctionPrototypes {
		all = append(all, globalsOf(inner)...)
	}
	return all
}
