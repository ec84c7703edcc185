package flow

import (
	"context"
	"errors"
	"strings"

	lua "github.com/yuin/gopher-lua"

	"trunkline/call"
	"trunkline/ivr/sandbox"
	"trunkline/sip"
)

// codeFile is the code of a sound file that could not be read; the other codes
// are those of packages sip, call, line and ask.
const codeFile = "file"

// refuse returns nil and an error table to the script.
func (r *run) refuse(L *lua.LState, err error) int {
	var e *call.Error
	if !errors.As(err, &e) {
		e = &call.Error{Cause: call.Cause{Code: "failed", Text: err.Error()}}
		if errors.Is(err, context.DeadlineExceeded) {
			e.Code = call.CodeTimeout
		}
	}
	if text, ok := strings.CutPrefix(e.Text, "no_such_trunk: "); ok { // the gate's rule is not the script's business
		its := *e
		its.Code, its.Text = string(sip.NotFound), text
		e = &its
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

// of is an error of a call's verb as that of the verb which made use of it.
func of(name string, err error) error {
	var e *call.Error
	if !errors.As(err, &e) {
		return err
	}
	its := *e
	its.Verb = name
	return &its
}

func numberOrNil(n int) lua.LValue {
	if n == 0 {
		return lua.LNil
	}
	return lua.LNumber(n)
}
