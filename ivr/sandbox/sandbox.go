// Package sandbox runs Lua scripts that may be wrong or hostile: a state of
// gopher-lua with the libraries that cannot reach the process, within limits on
// instructions, time, memory, strings and depth.
//
// A State belongs to the goroutine that runs it. What a script exceeds stops
// it for good, past every pcall, and touches no other State. The package knows
// nothing of calls: ivr gives scripts their verbs.
package sandbox

import (
	"context"
	"fmt"
	"math"
	"math/bits"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// State is a Lua state and what governs it.
type State struct {
	*lua.LState
	*governor
}

// New makes a state with what a script may use and nothing else: the base
// functions without those that load code or reach the process, table, math,
// and string rewritten so that every function counts its work. There are no
// coroutines: one would escape the governor. print writes to say. The script
// stops when ctx ends.
func New(ctx context.Context, limits Limits, say func(string)) *State {
	g := newGovernor(ctx, limits.WithDefaults())
	L := lua.NewState(lua.Options{
		SkipOpenLibs: true, MinimizeStackMemory: true, CallStackSize: g.limits.Depth,
		RegistrySize: 128, RegistryGrowStep: 128, RegistryMaxSize: 64 << 10,
	})
	b := &box{g}
	b.open(L, say)
	g.weigh = func() int { return weigh(append(g.threads, L), g.held(), g.limits.Memory) }
	s := &State{L, g}
	g.watch = watching(ctx, s.Current)
	L.SetContext(g)
	return s
}

// Current is the thread that runs now: the state's own, or that of the innermost
// protected call. The host calls functions of the script on it.
func (s *State) Current() *lua.LState {
	if n := len(s.threads); n > 0 {
		return s.threads[n-1]
	}
	return s.LState
}

// box holds the functions of a sandbox that count their work.
type box struct{ *governor }

// pcall is Lua's, except that the end of the call and of the budget pass
// through it: no script can catch them.
func (b *box) pcall(L *lua.LState) int {
	L.CheckAny(1)
	args := make([]lua.LValue, 0, L.GetTop()-1)
	for i := 2; i <= L.GetTop(); i++ {
		args = append(args, L.Get(i))
	}
	if f, ok := L.Get(1).(*lua.LFunction); ok && f.IsG && f == L.GetGlobal("error") {
		return b.raised(L, args)
	}
	return b.protected(L, L.Get(1), args, nil)
}

// raised is pcall(error, value, level): scripts find out by it where they are, for
// which the frames of the caller are needed.
func (b *box) raised(L *lua.LState, args []lua.LValue) int {
	b.charge(L, catchCost)
	v, level := lua.LValue(lua.LNil), 1
	if len(args) > 0 {
		v = args[0]
	}
	if len(args) > 1 {
		if n, ok := args[1].(lua.LNumber); ok {
			level = int(n)
		}
	}
	if text, ok := v.(lua.LString); ok && level > 1 {
		if where := L.Where(level - 1); where != "" {
			v = lua.LString(where + " " + string(text))
		}
	}
	L.Push(lua.LFalse)
	L.Push(v)
	return 2
}

// xpcall is Lua's with the same exception.
func (b *box) xpcall(L *lua.LState) int {
	return b.protected(L, L.CheckFunction(1), nil, L.CheckFunction(2))
}

// mostNested bounds protected calls within one another: each has a stack of its own.
const mostNested = 50

// protected calls f so that its errors are caught. It runs on a thread of its own:
// an error makes gopher-lua cut all closures of a thread off from the local
// variables that they share with functions which still run.
func (b *box) protected(L *lua.LState, f lua.LValue, args []lua.LValue, handler *lua.LFunction) int {
	if len(b.threads) >= mostNested {
		L.RaiseError("pcall within pcall, %d deep", mostNested)
	}
	T, cancel := L.NewThread()
	cancel()
	T.SetContext(b.governor)
	b.threads = append(b.threads, T)
	defer func() {
		b.threads = b.threads[:len(b.threads)-1]
		T.Close()
	}()
	T.Push(f)
	for _, a := range args {
		T.Push(a)
	}
	if err := T.PCall(len(args), lua.MultRet, nil); err != nil {
		n := b.caught(L, err)
		if handler == nil {
			return n
		}
		e := L.Get(-1)
		b.protected(L, handler, []lua.LValue{e}, nil) // an error in the handler is the error
		v := L.Get(-1)
		L.Push(lua.LFalse)
		L.Push(v)
		return 2
	}
	L.Push(lua.LTrue)
	n := T.GetTop()
	for i := 1; i <= n; i++ {
		L.Push(T.Get(i))
	}
	return n + 1
}

// catchCost is what an error costs, in instructions: its traceback is dear.
const catchCost = 200

func (b *box) caught(L *lua.LState, err error) int {
	if b.stopped != nil {
		L.RaiseError("%s", b.stopped)
	}
	b.charge(L, catchCost)
	L.Push(lua.LFalse)
	if e, ok := err.(*lua.ApiError); ok && e.Object != nil {
		v := e.Object
		if text, ok := v.(lua.LString); ok && strings.HasPrefix(string(text), " ") { // raised by a function of ours, for whom this is the caller
			v = lua.LString(L.Where(1) + string(text))
		}
		L.Push(v)
	} else {
		L.Push(lua.LString(err.Error()))
	}
	return 2
}

// luaAssert raises its second argument, whatever it is: assert(call:dial{…})
// raises the error table.
func luaAssert(L *lua.LState) int {
	if lua.LVAsBool(L.CheckAny(1)) {
		return L.GetTop()
	}
	if L.GetTop() < 2 {
		L.RaiseError("assertion failed!")
	}
	L.Error(L.Get(2), 0)
	return 0
}

func (b *box) rawset(L *lua.LState) int {
	t, k, v := L.CheckTable(1), L.CheckAny(2), L.CheckAny(3)
	checkKey(L, k)
	t.RawSet(k, v)
	L.SetTop(1)
	return 1
}

// key is what the rewriter wraps around the key of a store.
func (b *box) key(L *lua.LState) int {
	checkKey(L, L.Get(1))
	L.SetTop(1)
	return 1
}

// list is what the rewriter wraps around the values that end a list.
func (b *box) list(L *lua.LState) int {
	b.worked(L, slotSize*L.GetTop())
	return L.GetTop()
}

func checkKey(L *lua.LState, k lua.LValue) {
	n, ok := k.(lua.LNumber)
	if !ok {
		return
	}
	f := float64(n)
	if f > maxIndex && f == math.Floor(f) && f < float64(lua.MaxArrayIndex) {
		L.RaiseError("table index %s is beyond %d: use text as a key", n, maxIndex)
	}
}

// concat is the operator "..".
func (b *box) concat(L *lua.LState) int {
	size, plain := 0, true
	for i := 1; i <= L.GetTop(); i++ {
		if v := L.Get(i); lua.LVCanConvToString(v) {
			size += len(lua.LVAsString(v))
		} else {
			plain = false
		}
	}
	b.makes(L, size)
	if !plain {
		return concatSlowly(L)
	}
	var s strings.Builder
	s.Grow(size)
	for i := 1; i <= L.GetTop(); i++ {
		s.WriteString(lua.LVAsString(L.Get(i)))
	}
	L.Push(lua.LString(s.String()))
	return 1
}

// concatSlowly joins from the right, as Lua does, minding metamethods.
func concatSlowly(L *lua.LState) int {
	right := L.Get(L.GetTop())
	for i := L.GetTop() - 1; i >= 1; i-- {
		left := L.Get(i)
		if lua.LVCanConvToString(left) && lua.LVCanConvToString(right) {
			right = lua.LString(lua.LVAsString(left) + lua.LVAsString(right))
			continue
		}
		join := L.GetMetaField(left, "__concat")
		if join == lua.LNil {
			join = L.GetMetaField(right, "__concat")
		}
		if join == lua.LNil {
			bad := left
			if lua.LVCanConvToString(left) {
				bad = right
			}
			L.RaiseError("attempt to concatenate a %s value", bad.Type())
		}
		L.Push(join)
		L.Push(left)
		L.Push(right)
		L.Call(2, 1)
		right = L.Get(-1)
		L.Pop(1)
	}
	L.Push(right)
	return 1
}

// makes notes that a string of size bytes is made; there is a limit on those.
func (b *box) makes(L *lua.LState, size int) {
	if size > b.limits.String {
		L.RaiseError("string of %d bytes is longer than %d", size, b.limits.String)
	}
	b.worked(L, size)
}

func (b *box) printed(L *lua.LState) string {
	parts := make([]string, L.GetTop())
	for i := range parts {
		parts[i] = L.ToStringMeta(L.Get(i + 1)).String()
		b.makes(L, len(parts[i]))
	}
	return strings.Join(parts, "\t")
}

// guardTables makes the functions that work in proportion to a table pay for it.
func (b *box) guardTables(L *lua.LState, table *lua.LTable) {
	L.SetFuncs(table, map[string]lua.LGFunction{"concat": b.tableConcat, "insert": b.tableInsert})
	length := func(L *lua.LState) int { return L.CheckTable(1).Len() }
	b.guard(L, table, length, "remove", "maxn", "getn")
	b.guard(L, table, func(L *lua.LState) int {
		n := length(L)
		return n * bits.Len(uint(n)) * bytesPerCost / 4
	}, "sort")
}

// guard makes functions of a library pay for size bytes, or elements, each time.
func (b *box) guard(L *lua.LState, library *lua.LTable, size func(*lua.LState) int, names ...string) {
	for _, name := range names {
		plain := library.RawGetString(name).(*lua.LFunction).GFunction
		library.RawSetString(name, L.NewFunction(func(L *lua.LState) int {
			b.worked(L, size(L))
			return plain(L)
		}))
	}
}

func (b *box) tableInsert(L *lua.LState) int {
	t := L.CheckTable(1)
	n := t.Len()
	b.worked(L, n)
	switch L.GetTop() {
	case 2:
		checkKey(L, lua.LNumber(n+1))
		t.Append(L.Get(2))
	case 3:
		at := L.CheckInt(2)
		checkKey(L, lua.LNumber(max(at, n+1)))
		t.Insert(at, L.CheckAny(3))
	default:
		L.RaiseError("wrong number of arguments to insert")
	}
	return 0
}

func (b *box) tableConcat(L *lua.LState) int {
	t, sep := L.CheckTable(1), L.OptString(2, "")
	from, to := L.OptInt(3, 1), L.OptInt(4, t.Len())
	var s strings.Builder
	for i := from; i <= to; i++ {
		v := t.RawGetInt(i)
		if !lua.LVCanConvToString(v) {
			L.RaiseError("invalid value (%s) at index %d in table for concat", v.Type(), i)
		}
		s.WriteString(lua.LVAsString(v))
		if i < to {
			s.WriteString(sep)
		}
		if s.Len() > b.limits.String {
			break // makes raises
		}
		b.charge(L, 1)
	}
	b.makes(L, s.Len())
	L.Push(lua.LString(s.String()))
	return 1
}

// Failure puts what a script's error says into words, without running any of
// the script's own code.
func Failure(err error) string {
	e, ok := err.(*lua.ApiError)
	if !ok {
		return err.Error()
	}
	text := ""
	switch v := e.Object.(type) {
	case lua.LString:
		text = string(v)
	case *lua.LTable:
		code, message := v.RawGetString("code"), v.RawGetString("message")
		text = fmt.Sprintf("error object is a table (code %s: %s)", Clip(code.String()), Clip(message.String()))
	case nil:
		text = "unknown error"
	default:
		text = fmt.Sprintf("error object is a %s value (%s)", v.Type(), Clip(v.String()))
	}
	lines := []string{Clip(text)}
	for _, l := range strings.Split(e.StackTrace, "\n") {
		if l != "" && !strings.Contains(l, "[G]: ?") {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

// Clip keeps what goes into events and logs within bounds.
func Clip(s string) string {
	const most = 2000
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
