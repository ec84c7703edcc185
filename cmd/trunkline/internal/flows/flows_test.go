package flows

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	flow = "local call = ...\ncall:answer()\nif call.vars.loud then\n  call:say \"LOUD\"\nend\n"
	good = "test('it ends', function(t) t:call('f'):ended() end)\n"
	bad  = "test('it sings', function(t) t:call('f'):hears('la') end)\n"
)

func TestTest(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "other_test.lua")
	if err := os.WriteFile(elsewhere, []byte(good), 0o600); err != nil {
		t.Fatal(err)
	}
	f := func(flow, tests string, o Options, wrong string, usage bool, tells ...string) {
		t.Helper()
		scripts := fstest.MapFS{"flows/f.lua": {Data: []byte(flow)}}
		if tests != "" {
			scripts["tests/f_test.lua"] = &fstest.MapFile{Data: []byte(tests)}
		}
		var b strings.Builder
		err := Test(context.Background(), &b, scripts, o)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if text != wrong && !(strings.HasSuffix(wrong, "…") && strings.HasPrefix(text, strings.TrimSuffix(wrong, "…"))) {
			t.Errorf("%+v: error %q, want %q", o, text, wrong)
		}
		if was := (UsageError{}); errors.As(err, &was) != usage {
			t.Errorf("%+v: %v is a mistake of the user: %v", o, err, !usage)
		}
		for _, want := range tells {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%+v: %q is missing in\n%s", o, want, b.String())
			}
		}
	}
	f(flow, good, Options{}, "", false, "ok    tests/f_test.lua: it ends  (", "1 tests, 0 failed")
	f(flow, good, Options{Verbose: true}, "", false, "0.0 s  flow    answers")
	f(flow, good+bad, Options{}, "tests of flows fail", false, "FAIL  tests/f_test.lua: it sings", "2 tests, 1 failed")
	f(flow, good+bad, Options{Run: "ends$"}, "", false, "1 tests, 0 failed")
	f(flow, good, Options{Cover: true}, "", false, "75.0 %  flows/f.lua  not run: 4")
	f(flow, good, Options{CoverMin: 60}, "", false)
	f(flow, good, Options{CoverMin: 80}, "75.0 % of the lines of flows were run, fewer than 80 %", false)
	f(flow, bad, Options{Files: []string{elsewhere}}, "", false, "other_test.lua: it ends")
	f(flow, good, Options{Files: []string{"tests/f_test.lua"}}, "", false, "tests/f_test.lua: it ends")

	f(flow, "", Options{}, "there are no tests: no file tests/*_test.lua or flows/*_test.lua among the scripts", true)
	f(flow, good, Options{Run: "xyz"}, `--run "xyz" matches none of 1 tests, such as "tests/f_test.lua: it ends"`, true)
	f(flow, good, Options{Run: "("}, "--run: error parsing regexp…", true)
	f(flow, good, Options{CoverMin: 101}, "--cover-min 101: want 0 to 100", true)
	f(flow, good, Options{Files: []string{"f.lua"}}, "f.lua: the name of a file of tests ends in _test.lua", true)
	f(flow, good, Options{Files: []string{"none_test.lua"}}, "read tests: open none_test.lua: no such file…", true)
	f(flow, "print(1)", Options{}, "tests/f_test.lua: there is no test in it…", true)
	f("call:", good, Options{}, "flows/f.lua:1: …", true)
	f(flow, "test(", Options{}, "tests/f_test.lua:1: …", true)
}
