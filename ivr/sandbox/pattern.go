package sandbox

import (
	"strings"

	lua "github.com/yuin/gopher-lua"
)

// pattern matches one Lua pattern (Lua 5.1 manual §5.4.1) against one subject.
// It is the reference implementation's algorithm, which backtracks, with every
// step charged to the script: a pattern that blows up ends the script, not the
// machine.
type pattern struct {
	L        *lua.LState
	b        *box
	src, pat string
	level    int // captures begun
	captures [32]capture
	depth    int
}

type capture struct{ start, length int }

const (
	capOpen     = -1
	capPosition = -2
	maxDepth    = 200 // nested matches, as in C Lua
)

const none = -1 // no match

// match tries to match pat from p on at s and returns the end of the match.
func (m *pattern) match(s, p int) int {
	if m.depth++; m.depth > maxDepth {
		m.L.RaiseError("pattern too complex")
	}
	defer func() { m.depth-- }()
	for p < len(m.pat) {
		m.b.charge(m.L, 1)
		switch m.pat[p] {
		case '(':
			if p+1 < len(m.pat) && m.pat[p+1] == ')' {
				return m.open(s, p+2, capPosition)
			}
			return m.open(s, p+1, capOpen)
		case ')':
			return m.close(s, p+1)
		case '$':
			if p+1 == len(m.pat) {
				if s == len(m.src) {
					return s
				}
				return none
			}
		case '%':
			if ns, np, ok := m.special(s, p); ok {
				if ns == none {
					return none
				}
				s, p = ns, np
				continue
			}
		}
		end := m.classEnd(p)
		rep := byte(0)
		if end < len(m.pat) {
			rep = m.pat[end]
		}
		switch rep {
		case '?':
			if m.single(s, p, end) {
				if r := m.match(s+1, end+1); r != none {
					return r
				}
			}
			p = end + 1
		case '*':
			return m.most(s, p, end, 0)
		case '+':
			return m.most(s, p, end, 1)
		case '-':
			return m.fewest(s, p, end)
		default:
			if !m.single(s, p, end) {
				return none
			}
			s, p = s+1, end
		}
	}
	return s
}

// special matches %b, %f and back references at p; ok is false when there is
// none of these there.
func (m *pattern) special(s, p int) (ns, np int, ok bool) {
	if p+1 >= len(m.pat) {
		return s, p, false
	}
	switch next := m.pat[p+1]; {
	case next == 'b':
		return m.balance(s, p+2), p + 4, true
	case next == 'f':
		end, here := m.frontier(s, p+2)
		if !here {
			return none, end, true
		}
		return s, end, true
	case next >= '0' && next <= '9':
		return m.backReference(s, next), p + 2, true
	}
	return s, p, false
}

// most matches as many of the item at p as it can, at least least.
func (m *pattern) most(s, p, end, least int) int {
	n := 0
	for m.single(s+n, p, end) {
		n++
	}
	m.b.charge(m.L, n)
	for ; n >= least; n-- {
		if r := m.match(s+n, end+1); r != none {
			return r
		}
	}
	return none
}

func (m *pattern) fewest(s, p, end int) int {
	for {
		if r := m.match(s, end+1); r != none {
			return r
		}
		if !m.single(s, p, end) {
			return none
		}
		s++
	}
}

func (m *pattern) open(s, p, what int) int {
	if m.level == len(m.captures) {
		m.L.RaiseError("too many captures")
	}
	m.captures[m.level] = capture{s, what}
	m.level++
	r := m.match(s, p)
	if r == none {
		m.level--
	}
	return r
}

func (m *pattern) close(s, p int) int {
	l := m.level - 1
	for l >= 0 && m.captures[l].length != capOpen {
		l--
	}
	if l < 0 {
		m.L.RaiseError("invalid pattern capture")
	}
	m.captures[l].length = s - m.captures[l].start
	r := m.match(s, p)
	if r == none {
		m.captures[l].length = capOpen
	}
	return r
}

func (m *pattern) backReference(s int, digit byte) int {
	l := int(digit) - '1'
	if l < 0 || l >= m.level || m.captures[l].length == capOpen {
		m.L.RaiseError("invalid capture index")
	}
	c := m.captures[l]
	m.b.charge(m.L, 1+max(0, c.length)/bytesPerCost)
	if c.length >= 0 && strings.HasPrefix(m.src[s:], m.src[c.start:c.start+c.length]) {
		return s + c.length
	}
	return none
}

func (m *pattern) balance(s, p int) int {
	if p+1 >= len(m.pat) {
		m.L.RaiseError("unbalanced pattern")
	}
	if s >= len(m.src) || m.src[s] != m.pat[p] {
		return none
	}
	open, shut, depth := m.pat[p], m.pat[p+1], 1
	for i := s + 1; i < len(m.src); i++ {
		switch m.src[i] {
		case shut:
			if depth--; depth == 0 {
				m.b.charge(m.L, i-s)
				return i + 1
			}
		case open:
			depth++
		}
	}
	m.b.charge(m.L, len(m.src)-s)
	return none
}

// frontier matches %f[set] and returns where the pattern goes on.
func (m *pattern) frontier(s, p int) (int, bool) {
	if p >= len(m.pat) || m.pat[p] != '[' {
		m.L.RaiseError("missing '[' after '%%f' in pattern")
	}
	end := m.classEnd(p)
	var before, here byte
	if s > 0 {
		before = m.src[s-1]
	}
	if s < len(m.src) {
		here = m.src[s]
	}
	return end, !m.inSet(before, p, end-1) && m.inSet(here, p, end-1)
}

// classEnd returns where the single-character class at p ends.
func (m *pattern) classEnd(p int) int {
	c := m.pat[p]
	p++
	switch c {
	case '%':
		if p == len(m.pat) {
			m.L.RaiseError("malformed pattern (ends with '%%')")
		}
		return p + 1
	case '[':
		if p < len(m.pat) && m.pat[p] == '^' {
			p++
		}
		for first := true; ; first = false {
			if p >= len(m.pat) {
				m.L.RaiseError("malformed pattern (missing ']')")
			}
			c := m.pat[p]
			p++
			if c == ']' && !first {
				return p
			}
			if c == '%' {
				p++
			}
		}
	}
	return p
}

// single reports whether the character at s fits the class from p to end.
func (m *pattern) single(s, p, end int) bool {
	if s >= len(m.src) {
		return false
	}
	c := m.src[s]
	switch m.pat[p] {
	case '.':
		return true
	case '%':
		return inClass(c, m.pat[p+1])
	case '[':
		return m.inSet(c, p, end-1)
	}
	return m.pat[p] == c
}

// inSet reports whether c is in the set that begins at p and whose ] is at end.
func (m *pattern) inSet(c byte, p, end int) bool {
	in := true
	p++
	if m.pat[p] == '^' {
		in = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pat[p] == '%':
			p++
			if inClass(c, m.pat[p]) {
				return in
			}
		case p+2 < end && m.pat[p+1] == '-':
			if m.pat[p] <= c && c <= m.pat[p+2] {
				return in
			}
			p += 2
		case m.pat[p] == c:
			return in
		}
	}
	return !in
}

// inClass is %a, %d, … as the C locale has them; an upper-case letter negates.
func inClass(c, class byte) bool {
	var in bool
	lower := c >= 'a' && c <= 'z'
	upper := c >= 'A' && c <= 'Z'
	digit := c >= '0' && c <= '9'
	switch class | 0x20 {
	case 'a':
		in = lower || upper
	case 'd':
		in = digit
	case 'l':
		in = lower
	case 'u':
		in = upper
	case 'w':
		in = lower || upper || digit
	case 's':
		in = c == ' ' || c >= '\t' && c <= '\r'
	case 'c':
		in = c < ' ' || c == 0x7f
	case 'p':
		in = c > ' ' && c < 0x7f && !lower && !upper && !digit
	case 'x':
		in = digit || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	if class >= 'A' && class <= 'Z' {
		return !in
	}
	if class >= 'a' && class <= 'z' {
		return in
	}
	return class == c
}

// find looks for the pattern from init on and returns where it matched.
func (m *pattern) find(init int) (from, to int) {
	p, anchored := 0, strings.HasPrefix(m.pat, "^")
	if anchored {
		p = 1
	}
	for s := init; s <= len(m.src); s++ {
		m.level, m.depth = 0, 0
		if e := m.match(s, p); e != none {
			return s, e
		}
		if anchored {
			break
		}
	}
	return none, none
}

// capture returns capture l of a match of src[from:to]; without captures, the
// whole match is the first.
func (m *pattern) capture(l, from, to int) lua.LValue {
	if l >= m.level {
		if l != 0 {
			m.L.RaiseError("invalid capture index")
		}
		return lua.LString(piece(m.src, from, to))
	}
	c := m.captures[l]
	switch c.length {
	case capOpen:
		m.L.RaiseError("unfinished capture")
	case capPosition:
		return lua.LNumber(c.start + 1)
	}
	return lua.LString(piece(m.src, c.start, c.start+c.length))
}

// push pushes the captures of a match, or the whole of it when there are none.
func (m *pattern) push(from, to int) int {
	n := max(m.level, 1)
	for l := range n {
		m.L.Push(m.capture(l, from, to))
	}
	return n
}
