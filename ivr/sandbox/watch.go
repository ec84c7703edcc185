package sandbox

import (
	"context"
	"maps"
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// watchKey is the key of a context's watcher.
type watchKey struct{}

// Watched returns a context in which a State shows every line that it runs to
// watch, for whoever measures tests. It is called very often, on the goroutine of
// the State.
func Watched(ctx context.Context, watch func(file string, line int)) context.Context {
	return context.WithValue(ctx, watchKey{}, watch)
}

// watching makes what is called before every instruction of the thread that runs,
// which now tells; nil when nobody wants to know.
func watching(ctx context.Context, now func() *lua.LState) func() {
	watch, ok := ctx.Value(watchKey{}).(func(string, int))
	if !ok {
		return nil
	}
	return func() {
		L := now()
		frame, ok := L.GetStack(0)
		if !ok {
			return
		}
		if _, err := L.GetInfo("Sl", frame, nil); err == nil && frame.CurrentLine > 0 {
			watch(frame.Source, frame.CurrentLine)
		}
	}
}

// Lines are those of a script on which something can run, in order.
func Lines(p *lua.FunctionProto) []int {
	lines := map[int]bool{}
	addLines(lines, p)
	return slices.Sorted(maps.Keys(lines))
}

func addLines(lines map[int]bool, p *lua.FunctionProto) {
	// The last instruction is the return at a function's end, which needs none.
	for i := 0; i < len(p.Code)-1; i++ {
		lines[p.DbgSourcePositions[i]] = true
		i += operands(p.Code[i])
	}
	for _, f := range p.FunctionPrototypes {
		addLines(lines, f)
	}
}

// operands is how many of the words after an instruction belong to it, though
// they look like instructions.
func operands(code uint32) int {
	const opShift, cShift, cMask = 26, 9, 1<<9 - 1
	if int(code>>opShift) == lua.OP_MOVEN {
		return int(code >> cShift & cMask)
	}
	return 0
}
