package ivr

import (
	"context"
	"errors"
	"fmt"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/sandbox"
)

// mistakeError is an error of the script's author: it raises, with file and line.
type mistakeError struct{ text string }

func (m mistakeError) Error() string { return m.text }

func mistakef(format string, args ...any) error { return mistakeError{fmt.Sprintf(format, args...)} }

// Codes of err.code beyond those of packages sip, call and line.
const (
	codeRecognition = "recognition" // there is no recogniser for what was asked
	codeFile        = "file"        // the sound file could not be read
)

// refuse returns nil and an error table to the script.
func (r *run) refuse(L *lua.LState, err error) int {
	var e *call.Error
	if !errors.As(err, &e) {
		e = &call.Error{Cause: call.Cause{Code: "failed", Text: err.Error()}}
		if errors.Is(err, context.DeadlineExceeded) {
			e.Code = call.CodeTimeout
		}
	}
	t := L.CreateTable(0, 4)
	t.RawSetString("code", lua.LString(e.Code))
	t.RawSetString("message", lua.LString(sandbox.Clip(e.Error())))
	t.RawSetString("sip", numberOrNil(e.SIP))
	t.RawSetString("q850", numberOrNil(e.Q850))
	meta := L.CreateTable(0, 1)
	meta.RawSetString("__tostring", L.NewFunction(func(L *lua.LState) int {
		L.Push(L.CheckTable(1).RawGetString("message"))
		return 1
	}))
	L.SetMetatable(t, meta)
	L.Push(lua.LNil)
	L.Push(t)
	return 2
}

func numberOrNil(n int) lua.LValue {
	if n == 0 {
		return lua.LNil
	}
	return lua.LNumber(n)
}
