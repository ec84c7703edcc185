package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheck: all of a configuration and its scripts, or scripts alone.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	f := func(c checkCmd, out string, wrong ...string) {
		t.Helper()
		var got, warned strings.Builder
		err := c.check(&got, &warned)
		if !strings.HasPrefix(got.String(), out) || out == "" && got.Len() > 0 {
			t.Errorf("%+v says %q, want %q", c, got.String(), out)
		}
		if was := (usageError{}); errors.As(err, &was) != (len(wrong) > 0) {
			t.Errorf("%+v: %v", c, err)
			return
		}
		for _, w := range wrong {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%+v: %q is missing in\n%v", c, w, err)
			}
		}
	}
	write("good/flows/a.lua", "local call = ...\ncall:answer()\n")
	write("good/tests/a_test.lua", "test('a', function(t) t:call('a'):ended() end)\n")
	write("bad/flows/a.lua", "local call = ...\ncall:anser()\n")
	good, bad := filepath.Join(dir, "good"), filepath.Join(dir, "bad")
	data := "data: " + filepath.Join(dir, "data") + "\nscripts: " + bad + "\n"
	f(checkCmd{}, "ok: ")
	f(checkCmd{Scripts: good}, "ok: 1 flows, 0 menus, 0 nodes, 1 tests\n")
	f(checkCmd{Scripts: bad}, "", "flows/a.lua:2: call has no verb")
	f(checkCmd{Scripts: filepath.Join(dir, "none")}, "", "open scripts")
	f(checkCmd{Config: write("unknown.yaml", data+"sip:\n  listn: []\n")}, "", "unknown.yaml:4:3: ", "flows/a.lua:2: ")
	f(checkCmd{Config: write("syntax.yaml", data+"sip: [\n")}, "", "syntax.yaml:", "flows/a.lua:2: ")
	f(checkCmd{Config: write("wrong.yaml", data+"limits: {calls: 0}\n")}, "", "wrong.yaml:3:", "flows/a.lua:2: ")
	f(checkCmd{Config: write("routes.yaml", data+"routes:\n  - {to: x, flow: b}\n"), Scripts: good}, "", `routes.yaml:4:`, `there is no flow "b"`)
	f(checkCmd{Config: write("routes.yaml", data+"routes:\n  - {to: x, flow: a}\n"), Scripts: good}, "ok: 0 trunks, 1 routes, 1 flows, ")
	f(checkCmd{Config: filepath.Join(dir, "none.yaml")}, "", "read configuration")
}
