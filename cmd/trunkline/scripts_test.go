package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trunkline/api"
	"trunkline/ivr/release"
)

// TestScriptsChange: deploy and reload bring edited scripts to new calls, mistakes
// change nothing, and what a flow did can be seen.
func TestScriptsChange(t *testing.T) {
	dir := t.TempDir()
	edit := func(script string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, "flows"), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "flows", "x.lua"), []byte("local call = ...\ncall:answer()\n"+script), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	edit("call:hangup{ text = 'one' }")
	n := serving(t, "scripts: "+dir+"\ntrunks: [{name: local, networks: [127.0.0.0/8]}]\nroutes: [{to: x, flow: x}]\n")
	last := "" // the call before
	says := func(want string) {
		t.Helper()
		if r := n.call("x"); !r.Answered {
			t.Fatalf("not answered: %+v", r.Cause)
		}
		var list api.CDRList
		for len(list.CDRs) == 0 || list.CDRs[0].ID == last { // records are written a moment later
			n.ask("GET", "/v1/cdrs?limit=1", "", http.StatusOK, &list)
		}
		last = list.CDRs[0].ID
		if got := list.CDRs[0].Cause.Text; got != want {
			t.Errorf("the flow said %q, want %q", got, want)
		}
		var f api.FlowTrace
		n.ask("GET", "/v1/calls/"+list.CDRs[0].ID+"/flow", "", http.StatusOK, &f)
		if len(f.Steps) != 2 || !f.Over || f.Steps[1].Where != "flows/x.lua:3" || f.Steps[1].What != `hangup{text="`+want+`"}` {
			t.Errorf("trace %+v", f)
		}
	}
	says("one")
	edit("call:hangup{ text = 'two' }")
	says("one")
	var v api.Versions
	n.ask("POST", "/v1/scripts/deploy", "{}", http.StatusOK, &v)
	says("two")
	if v.Previous == "" || v.Previous == v.Current.Version {
		t.Errorf("versions %+v", v)
	}
	edit("call:foo()\ncall:hangup{ text = 'three' }")
	for _, path := range []string{"/v1/scripts/deploy", "/v1/reload"} {
		if p := n.ask("POST", path, "{}", http.StatusUnprocessableEntity, nil); len(p.Errors) != 1 || p.Errors[0].Location != "flows/x.lua:3" {
			t.Errorf("%s: problem %+v", path, p)
		}
	}
	says("two")
	edit("call:hangup{ text = 'three' }")
	var r api.Reloaded
	n.ask("POST", "/v1/reload", "", http.StatusOK, &r)
	if !slices.Equal(r.Applied, []string{"scripts"}) {
		t.Errorf("reloaded %+v", r)
	}
	says("three")
	n.ask("POST", "/v1/scripts/rollback", "", http.StatusOK, &v)
	says("two")
}

// TestShareOf: a share is written as people write it.
func TestShareOf(t *testing.T) {
	f := func(text string, want float64) {
		t.Helper()
		if got, err := shareOf(text); got != want || (err != nil) != (want == 0 && text != "") {
			t.Errorf("%q: got %v, %v; want %v", text, got, err, want)
		}
	}
	f("", 0)
	f("5%", 0.05)
	f("0.25", 0.25)
	for _, bad := range []string{"0", "100%", "1", "-5%", "five", "%", "NaN"} {
		f(bad, 0)
	}
}

// TestWhatIsShown: versions and steps, a line each.
func TestWhatIsShown(t *testing.T) {
	var b strings.Builder
	err := writeVersions(&b, api.Versions{
		Current: api.Version{Version: "aa", Calls: 7}, Canary: &api.Version{Version: "bb", Calls: 2, Failed: 1}, Share: 0.05, Previous: "cc",
	})
	want := "current   aa  7 calls, 0 failed\ncanary    bb  5% of calls: 2, 1 failed\nprevious  cc\n"
	if err != nil || b.String() != want {
		t.Errorf("got %q, %v; want %q", b.String(), err, want)
	}
	b.Reset()
	err = writeVersions(&b, versionsOf(release.Status{
		Current: release.Version{Version: "aa"}, Last: release.Change{What: release.RolledBack, Version: "aa", Instead: "bb", Why: "3 of 5 calls failed"},
	}))
	want = "current   aa  0 calls, 0 failed\nlast      rolled_back aa instead of bb: 3 of 5 calls failed\n"
	if err != nil || b.String() != want {
		t.Errorf("got %q, %v; want %q", b.String(), err, want)
	}
	b.Reset()
	err = writeFlow(&b, api.FlowTrace{Flow: "x", Version: "aa", Over: true, Dropped: 2, Steps: []api.FlowStep{
		{AtMS: 1, Where: "flows/x.lua:3", What: `say{text="hi"}`, TookMS: 1200, Result: "outcome=finished"},
		{AtMS: 1300, Where: "flows/x.lua:4", What: "dial{…}", TookMS: 5, Result: "busy\nmore", Failed: true},
	}})
	for _, want := range []string{"flow x of version aa is over\n", "0.001  flows/x.lua:3  say{text=\"hi\"}  1.2s  → outcome=finished\n", "✗ busy …\n", "and 2 steps more\n"} {
		if err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("got %s, %v; want %q in it", b.String(), err, want)
		}
	}
}
