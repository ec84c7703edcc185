package sandbox

import (
	"fmt"
	"math"
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// guardStrings replaces the functions of string that can make much of little,
// and makes the others pay for what they walk through.
func (b *box) guardStrings(L *lua.LState, library *lua.LTable) {
	for _, name := range []string{"dump", "gfind"} {
		library.RawSetString(name, lua.LNil)
	}
	subject := func(L *lua.LState) int { return len(L.CheckString(1)) }
	b.guard(L, library, subject, "byte", "lower", "reverse", "upper")
	L.SetFuncs(library, map[string]lua.LGFunction{
		"find":   func(L *lua.LState) int { return b.find(L, true) },
		"match":  func(L *lua.LState) int { return b.find(L, false) },
		"gmatch": b.gmatch, "gsub": b.gsub, "rep": b.rep, "format": b.format, "sub": b.sub,
	})
}

func (b *box) rep(L *lua.LState) int {
	s, n := L.CheckString(1), max(0, L.CheckInt(2))
	if len(s) > 0 && n > b.limits.String/len(s) {
		L.RaiseError("string of %d × %d bytes is longer than %d", n, len(s), b.limits.String)
	}
	b.makes(L, len(s)*n)
	L.Push(lua.LString(strings.Repeat(s, n)))
	return 1
}

func (b *box) sub(L *lua.LState) int {
	s := L.CheckString(1)
	from, to := start(L, 2, len(s)), L.OptInt(3, -1)
	if to < 0 {
		to = max(0, len(s)+1+to)
	}
	to = min(to, len(s))
	b.worked(L, max(0, to-from))
	L.Push(lua.LString(piece(s, from, max(from, to))))
	return 1
}

// piece is s[from:to], and not the rest of s with it: a part of a Go string keeps
// the whole in memory, where nobody would find it.
func piece(s string, from, to int) string {
	const small = 64
	if to-from > len(s)/2 || len(s) <= small {
		return s[from:to]
	}
	return strings.Clone(s[from:to])
}

// start reads the argument that says where to begin, and returns it from 0.
func start(L *lua.LState, arg, length int) int {
	init := L.OptInt(arg, 1)
	switch {
	case init > 0:
		init--
	case init < 0:
		init = max(0, length+init)
	}
	return min(init, length)
}

// find is string.find and, without positions, string.match.
func (b *box) find(L *lua.LState, positions bool) int {
	src, pat := L.CheckString(1), L.CheckString(2)
	init := start(L, 3, len(src))
	b.worked(L, len(src)-init)
	if positions && (lua.LVAsBool(L.Get(4)) || !strings.ContainsAny(pat, "^$*+?.([%-")) {
		at := strings.Index(src[init:], pat)
		if at < 0 {
			L.Push(lua.LNil)
			return 1
		}
		L.Push(lua.LNumber(init + at + 1))
		L.Push(lua.LNumber(init + at + len(pat)))
		return 2
	}
	m := &pattern{L: L, b: b, src: src, pat: pat}
	from, to := m.find(init)
	switch {
	case from == none:
		L.Push(lua.LNil)
		return 1
	case !positions:
		return m.push(from, to)
	}
	L.Push(lua.LNumber(from + 1))
	L.Push(lua.LNumber(to))
	if m.level == 0 {
		return 2
	}
	return 2 + m.push(from, to)
}

func (b *box) gmatch(L *lua.LState) int {
	src, pat := L.CheckString(1), L.CheckString(2)
	b.worked(L, len(src))
	next := 0
	L.Push(L.NewClosure(func(L *lua.LState) int {
		m := &pattern{L: L, b: b, src: src, pat: pat}
		for s := next; s <= len(src); s++ {
			m.level, m.depth = 0, 0
			if e := m.match(s, 0); e != none {
				if next = e; e == s {
					next++
				}
				return m.push(s, e)
			}
		}
		next = len(src) + 1
		return 0
	}, lua.LString(src))) // the upvalue is there to be weighed
	return 1
}

func (b *box) gsub(L *lua.LState) int {
	src, pat := L.CheckString(1), L.CheckString(2)
	repl := L.CheckAny(3)
	switch repl.Type() {
	case lua.LTString, lua.LTNumber, lua.LTTable, lua.LTFunction:
	default:
		L.ArgError(3, "string/function/table expected")
	}
	most := L.OptInt(4, math.MaxInt)
	b.worked(L, len(src))
	p, anchored := 0, strings.HasPrefix(pat, "^")
	if anchored {
		p = 1
	}
	m := &pattern{L: L, b: b, src: src, pat: pat}
	var out strings.Builder
	n, s := 0, 0
	for n < most {
		m.level, m.depth = 0, 0
		e := m.match(s, p)
		if e != none {
			n++
			m.replace(&out, repl, s, e)
		}
		if e > s {
			s = e
		} else if s < len(src) {
			out.WriteByte(src[s])
			s++
		} else {
			break
		}
		if anchored {
			break
		}
	}
	out.WriteString(src[s:])
	b.makes(L, out.Len())
	L.Push(lua.LString(out.String()))
	L.Push(lua.LNumber(n))
	return 2
}

// replace writes what a match of src[from:to] is replaced by.
func (m *pattern) replace(out *strings.Builder, repl lua.LValue, from, to int) {
	L := m.L
	var v lua.LValue
	switch r := repl.(type) {
	case *lua.LTable:
		v = L.GetTable(r, m.capture(0, from, to))
	case *lua.LFunction:
		level := m.level // the function may match again, but not with this m
		L.Push(r)
		L.Call(m.push(from, to), 1)
		m.level = level
		v = L.Get(-1)
		L.Pop(1)
	default:
		m.template(out, lua.LVAsString(repl), from, to)
		return
	}
	switch {
	case lua.LVIsFalse(v):
		v = lua.LString(m.src[from:to])
	case !lua.LVCanConvToString(v):
		L.RaiseError("invalid replacement value (a %s)", v.Type())
	}
	m.add(out, lua.LVAsString(v))
}

// template writes a replacement text, in which %0 to %9 stand for captures.
func (m *pattern) template(out *strings.Builder, text string, from, to int) {
	for i := 0; i < len(text); i++ {
		if text[i] != '%' || i+1 == len(text) {
			m.add(out, text[i:i+1])
			continue
		}
		i++
		switch c := text[i]; {
		case c == '0':
			m.add(out, m.src[from:to])
		case c >= '1' && c <= '9':
			m.add(out, lua.LVAsString(m.capture(int(c-'1'), from, to)))
		default:
			m.add(out, text[i:i+1])
		}
	}
}

// add writes s, minding the longest string there may be.
func (m *pattern) add(out *strings.Builder, s string) {
	m.b.worked(m.L, len(s))
	if out.Len()+len(s) > m.b.limits.String {
		m.b.makes(m.L, out.Len()+len(s))
	}
	out.WriteString(s)
}

// format is string.format with the widths and precisions of C Lua: two digits.
func (b *box) format(L *lua.LState) int {
	text := L.CheckString(1)
	var out strings.Builder
	arg := 1
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out.WriteByte(text[i])
			continue
		}
		if i++; i < len(text) && text[i] == '%' {
			out.WriteByte('%')
			continue
		}
		spec, n := formatSpec(L, text[i:])
		i += n
		if i >= len(text) {
			L.RaiseError("invalid conversion '%%%s' to 'format'", spec)
		}
		arg++
		part := formatted(L, spec, text[i], arg)
		out.WriteString(part)
		b.worked(L, len(part))
		if out.Len() > b.limits.String {
			break // makes raises
		}
	}
	b.makes(L, out.Len())
	L.Push(lua.LString(out.String()))
	return 1
}

// formatSpec reads flags, width and precision at the beginning of s.
func formatSpec(L *lua.LState, s string) (spec string, n int) {
	for n < len(s) && strings.IndexByte("-+ #0", s[n]) >= 0 {
		n++
	}
	digits := func() int {
		from := n
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		return n - from
	}
	flags, width, precision := n, digits(), 0
	if n < len(s) && s[n] == '.' {
		n++
		precision = digits()
	}
	if flags > 5 || width > 2 || precision > 2 {
		L.RaiseError("invalid format (width or precision too long)")
	}
	return s[:n], n
}

// formatted writes argument number arg as a conversion says.
func formatted(L *lua.LState, spec string, conversion byte, arg int) string {
	switch conversion {
	case 'c':
		return string([]byte{byte(L.CheckInt(arg))})
	case 'd', 'i':
		return fmt.Sprintf("%"+spec+"d", L.CheckInt64(arg))
	case 'u':
		return fmt.Sprintf("%"+spec+"d", uint64(L.CheckInt64(arg)))
	case 'o', 'x', 'X':
		return fmt.Sprintf("%"+spec+string(conversion), uint64(L.CheckInt64(arg)))
	case 'e', 'E', 'f', 'g', 'G':
		return fmt.Sprintf("%"+spec+string(conversion), float64(L.CheckNumber(arg)))
	case 'q':
		return quoted(L.CheckString(arg))
	case 's':
		return fmt.Sprintf("%"+spec+"s", L.ToStringMeta(L.CheckAny(arg)).String())
	}
	L.RaiseError("invalid option '%%%c' to 'format'", conversion)
	return ""
}

// quoted writes s so that a Lua compiler reads it back.
func quoted(s string) string {
	r := strings.NewReplacer("\\", "\\\\", "\"", "\\\"", "\n", "\\\n", "\r", "\\r", "\x00", "\\000")
	return "\"" + r.Replace(s) + "\""
}
