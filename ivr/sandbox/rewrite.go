package sandbox

import (
	"fmt"
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// Three things a script can do in a single instruction take memory without bound:
// joining strings, storing at a far index of an array, which gopher-lua fills up
// to there, and making a list of any number of values. None can be watched from
// outside the virtual machine, so the compiler's input is rewritten to call
// functions that look first:
//
//	a .. b .. c   becomes   [..](a, b, c)
//	t[k] = v      becomes   t[ [key](k) ] = v
//	{ a, f() }    becomes   { a, [list](f()) }
//
// The names cannot be written in Lua.
const (
	concatName = ".."
	keyName    = "[]"
	listName   = "{}"
)

// maxIndex is the largest array index a script may store at.
const maxIndex = 1 << 16

// rewriter walks a syntax tree, replaces what is dangerous and shows every
// method call to visit.
type rewriter struct {
	visit   func(*ast.FuncCallExpr)
	depth   int
	tooDeep int // the first line where blocks or expressions are nested too deep
}

// maxNesting bounds blocks and expressions within one another. Whoever walks
// through a tree deeper than that, as the compiler does, takes a stack, and time
// that grows with the square of it.
const maxNesting = 1000

// deeper is called on the way down, with the line; up follows. It reports whether
// there is a way.
func (w *rewriter) deeper(line int) bool {
	w.depth++
	if w.depth > maxNesting && w.tooDeep == 0 {
		w.tooDeep = max(1, line)
	}
	return w.depth <= maxNesting
}

func (w *rewriter) up() { w.depth-- }

func (w *rewriter) block(stmts []ast.Stmt) {
	for i, s := range stmts {
		w.stmt(s)
		if a, ok := s.(*ast.AssignStmt); ok {
			stmts[i] = assignment(a)
		}
	}
}

// assignment goes around two mistakes of the compiler of gopher-lua, which stores
// each value before it has read the others. In "p, q = q, p" both become q: several
// values go through locals first. In "p = (f(p))" f takes the place of a last
// parameter p before p is passed on: the call may yield any number of values,
// of which one is taken anyhow.
func assignment(a *ast.AssignStmt) ast.Stmt {
	if len(a.Lhs) == 1 && len(a.Rhs) == 1 {
		if c, ok := a.Rhs[0].(*ast.FuncCallExpr); ok {
			c.AdjustRet = false
		}
		return a
	}
	first := &ast.LocalAssignStmt{Exprs: a.Rhs}
	then := &ast.AssignStmt{Lhs: a.Lhs}
	for i := range max(len(a.Lhs), len(a.Rhs)) {
		name := fmt.Sprintf("[%d]", i) // not to be written in Lua
		first.Names = append(first.Names, name)
		if i < len(a.Lhs) {
			value := &ast.IdentExpr{Value: name}
			value.SetLine(a.Line())
			value.SetLastLine(a.LastLine())
			then.Rhs = append(then.Rhs, value)
		}
	}
	block := &ast.DoBlockStmt{Stmts: []ast.Stmt{first, then}}
	for _, s := range []ast.Stmt{first, then, block} {
		s.SetLine(a.Line())
		s.SetLastLine(a.LastLine())
	}
	return block
}

func (w *rewriter) stmt(s ast.Stmt) {
	defer w.up()
	if !w.deeper(s.Line()) {
		return
	}
	switch s := s.(type) {
	case *ast.AssignStmt:
		w.exprs(s.Lhs)
		for _, l := range s.Lhs {
			if at, ok := l.(*ast.AttrGetExpr); ok {
				at.Key = guardKey(at.Key)
			}
		}
		w.exprs(s.Rhs)
	case *ast.LocalAssignStmt:
		w.exprs(s.Exprs)
	case *ast.FuncCallStmt:
		w.expr(&s.Expr)
	case *ast.DoBlockStmt:
		w.block(s.Stmts)
	case *ast.WhileStmt:
		w.expr(&s.Condition)
		w.block(s.Stmts)
	case *ast.RepeatStmt:
		w.expr(&s.Condition)
		w.block(s.Stmts)
	case *ast.IfStmt:
		w.expr(&s.Condition)
		w.block(s.Then)
		w.block(s.Else)
	case *ast.NumberForStmt:
		w.expr(&s.Init)
		w.expr(&s.Limit)
		w.expr(&s.Step)
		w.block(s.Stmts)
	case *ast.GenericForStmt:
		w.exprs(s.Exprs)
		w.block(s.Stmts)
	case *ast.FuncDefStmt:
		w.block(s.Func.Stmts)
	case *ast.ReturnStmt:
		w.exprs(s.Exprs)
	}
}

func (w *rewriter) exprs(list []ast.Expr) {
	for i := range list {
		w.expr(&list[i])
	}
}

// expr rewrites the expression e points to; it may be nil.
func (w *rewriter) expr(e *ast.Expr) {
	if *e == nil {
		return
	}
	defer w.up()
	if !w.deeper((*e).Line()) {
		return
	}
	switch x := (*e).(type) {
	case *ast.StringConcatOpExpr:
		operands := flatten(x)
		w.exprs(operands)
		*e = calling(concatName, x.Line(), x.LastLine(), operands)
	case *ast.AttrGetExpr:
		w.expr(&x.Object)
		w.expr(&x.Key)
	case *ast.TableExpr:
		for _, f := range x.Fields {
			w.expr(&f.Key)
			f.Key = guardKey(f.Key)
			w.expr(&f.Value)
			if f.Key != nil {
				single(f.Value)
			}
		}
		if n := len(x.Fields); n > 0 && x.Fields[n-1].Key == nil && many(x.Fields[n-1].Value) {
			x.Fields[n-1].Value = callOf(listName, x.Line(), x.LastLine(), []ast.Expr{x.Fields[n-1].Value})
		}
	case *ast.FuncCallExpr:
		w.expr(&x.Func)
		w.expr(&x.Receiver)
		w.visit(x)
		w.exprs(x.Args)
	case *ast.LogicalOpExpr:
		w.expr(&x.Lhs)
		w.expr(&x.Rhs)
	case *ast.RelationalOpExpr:
		w.expr(&x.Lhs)
		w.expr(&x.Rhs)
	case *ast.ArithmeticOpExpr:
		w.expr(&x.Lhs)
		w.expr(&x.Rhs)
	case *ast.UnaryMinusOpExpr:
		w.expr(&x.Expr)
	case *ast.UnaryNotOpExpr:
		w.expr(&x.Expr)
	case *ast.UnaryLenOpExpr:
		w.expr(&x.Expr)
	case *ast.FunctionExpr:
		w.block(x.Stmts)
	}
}

// flatten lists the operands of a chain of joins, which leans to the right.
func flatten(x *ast.StringConcatOpExpr) []ast.Expr {
	operands := []ast.Expr{x.Lhs}
	for {
		next, ok := x.Rhs.(*ast.StringConcatOpExpr)
		if !ok {
			return append(operands, x.Rhs)
		}
		operands = append(operands, next.Lhs)
		x = next
	}
}

// guardKey lets a key be looked at before something is stored under it, unless
// it is plain that it needs no look.
func guardKey(k ast.Expr) ast.Expr {
	switch x := k.(type) {
	case nil:
		return nil
	case *ast.StringExpr, *ast.TrueExpr, *ast.FalseExpr, *ast.TableExpr, *ast.FunctionExpr:
		return k
	case *ast.NumberExpr:
		if n, err := strconv.ParseFloat(x.Value, 64); err == nil && n <= maxIndex {
			return k
		}
	}
	return calling(keyName, k.Line(), k.LastLine(), []ast.Expr{k})
}

// calling makes a call of one of our functions that yields exactly one value, as
// do its operands.
func calling(name string, line, last int, args []ast.Expr) ast.Expr {
	for _, a := range args {
		single(a)
	}
	c := callOf(name, line, last, args)
	single(c)
	return c
}

// callOf makes a call of one of our functions.
func callOf(name string, line, last int, args []ast.Expr) ast.Expr {
	f := &ast.IdentExpr{Value: name}
	f.SetLine(line)
	f.SetLastLine(line)
	c := &ast.FuncCallExpr{Func: f, Args: args}
	c.SetLine(line)
	c.SetLastLine(max(line, last))
	return c
}

// many reports whether an expression may yield any number of values.
func many(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.FuncCallExpr:
		return !x.AdjustRet
	case *ast.Comma3Expr:
		return !x.AdjustRet
	}
	return false
}

// single makes a call yield one value. The compiler takes a call that is the last
// field of a table for the end of its list, be it named or not:
// { "a", b = f() } would lose b's name.
func single(x ast.Expr) {
	switch x := x.(type) {
	case *ast.FuncCallExpr:
		x.AdjustRet = true
	case *ast.Comma3Expr:
		x.AdjustRet = true
	}
}
