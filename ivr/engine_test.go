package ivr

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"trunkline/scripts"
)

func TestShippedScriptsAreSound(t *testing.T) {
	for _, err := range Check(scripts.FS()) {
		t.Error(err)
	}
}

// flowsOf is a bundle of the given flows.
func flowsOf(flows map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for name, text := range flows {
		out["flows/"+name+".lua"] = &fstest.MapFile{Data: []byte(text)}
	}
	return out
}

func TestCheckNamesEveryProblem(t *testing.T) {
	f := func(text string, wants ...string) {
		t.Helper()
		if !strings.HasPrefix(text, "#") {
			text = "local call = ... " + text
		}
		got := errors.Join(Check(flowsOf(map[string]string{"x": text, "other": "local call = ..."}))...)
		if len(wants) == 0 {
			if got != nil {
				t.Errorf("%s: %v, want nothing", text, got)
			}
			return
		}
		if got == nil {
			t.Errorf("%s: nothing found, want %q", text, wants)
			return
		}
		lines := strings.Split(got.Error(), "\n")
		if len(lines) != len(wants) {
			t.Errorf("%s: got %d problems, want %d:\n%v", text, len(lines), len(wants), got)
		}
		for _, want := range wants {
			if !strings.Contains(got.Error(), want) {
				t.Errorf("%s: got %v, want %q", text, got, want)
			}
		}
	}
	f("local call = ...\ncall:answer()")
	f("call:go('other')")
	f("#!/usr/bin/lua\nlocal call = ...\ncall:answer()")
	f("local x = \nif then", `flows/x.lua:2: syntax error near "if"`)
	f("call:answer()\nfor", "flows/x.lua:2: syntax error: the script ends too early")
	f("goto nowhere", "flows/x.lua:2: no visible label 'nowhere' for <goto> at line 1")
	f("\n\ncall:anwser()", `flows/x.lua:3: call has no verb "anwser"`)
	f("call:ask{ mneu = 'x' }", "flows/x.lua:1: ask: unknown argument \"mneu\"; it takes say, menu")
	f("call:ask{\n  menu = 'nowhere',\n}", `flows/x.lua:2: ask: there is no menu "nowhere"`)
	f("call:sleep('6')", "flows/x.lua:1: sleep: argument duration")
	f("call:sleep{ duration = '6' }", `flows/x.lua:1: sleep: argument duration: want a duration such as "6s"`)
	f("call:go('nowhere')", `flows/x.lua:1: go: there is no flow or menu node "nowhere"`)
	f("call:go{ to = 'nowhere' }", `flows/x.lua:1: go: there is no flow`)
	f("if call then\n call:foo()\nelse\n while call:bar() do call:baz() end\nend\nlocal t = { f = function() return call:qux() end }",
		"x.lua:2: call has no verb \"foo\"", "x.lua:4: call has no verb \"bar\"", "x.lua:4: call has no verb \"baz\"", "x.lua:6: call has no verb \"qux\"")
	f("call:set{ anything = 1 }")
	f("call:sleep(6)", `flows/x.lua:1: sleep: argument duration: want a duration such as "6s"`)
	f("call:dial{ trunk = 'a', timeout = 6 }", "flows/x.lua:1: dial: argument to is missing", "flows/x.lua:1: dial: argument timeout: want a duration")
	f("call:say{ text = 'a', text = 'b' }", "flows/x.lua:1: say: argument text is given twice")
	f("call:say{ barge_in = 'yes', 'x' }", "flows/x.lua:1: say: argument barge_in: want true or false")
	f("call:reject('later')", "flows/x.lua:1: reject: argument code: want busy")
	f("call:say()", "flows/x.lua:1: say: argument text is missing")
	f("local t = {}\ncall:dial(t) call:say(t.text) call:dial{ trunk = t.a, to = t.b, timeout = t.c } call:on('hangup', function() end)")
	f("kv.get{}", "flows/x.lua:1: kv.get: argument key is missing")
	f("kv.gte{ 'k' }", `flows/x.lua:1: kv has no function "kv.gte"`)
	f("os.exit()\nlocal function f() retrun() end", `flows/x.lua:1: there is nothing called "os"`, `flows/x.lua:2: there is nothing called "retrun"`)
	if got := errors.Join(Check(flowsOf(map[string]string{"x": "call:answer()"}))...); got == nil || !strings.Contains(got.Error(), "local call = ...") {
		t.Errorf("a flow that does not take its call: %v", got)
	}
	f("function greet() end\ngreet()")
	f("require 'fscompat'\nsession:answer()")
}

func TestBundleWithoutFlows(t *testing.T) {
	if _, err := New(Config{Open: Frozen(fstest.MapFS{})}); err == nil || !strings.Contains(err.Error(), "no flow") {
		t.Errorf("got %v, want an error about missing flows", err)
	}
	broken := func() (fs.FS, string, error) { return nil, "", errors.New("no such directory") }
	if _, err := New(Config{Open: broken}); err == nil || !strings.Contains(err.Error(), "no such directory") {
		t.Errorf("scripts that cannot be read: %v", err)
	}
	if errs := Check(nil); len(errs) == 0 {
		t.Error("check of nothing: want an error")
	}
}

func TestBrokenMenusAreNamed(t *testing.T) {
	files := flowsOf(map[string]string{"x": "local call = ..."})
	files["menus/m.yaml"] = &fstest.MapFile{Data: []byte("menu: m\nlanguages: [en]\nnodse: []\n")}
	got := errors.Join(Check(files)...)
	if got == nil || !strings.Contains(got.Error(), "menus/m.yaml:3:") || !strings.Contains(got.Error(), "nodse") {
		t.Errorf("got %v, want menus/m.yaml:3 and the unknown key", got)
	}
}
