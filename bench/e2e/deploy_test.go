//go:build e2e

package e2e

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// versions of a flow that begins with one tone and ends with another, which a
// second flow plays.
const (
	beginning = "local call = ...\ncall:answer()\ncall:record()\ncall:play{ tone = \"%d\", duration = \"%s\" }\ncall:go \"rest\"\n"
	ending    = "local call = ...\ncall:play{ tone = \"%d\", duration = \"2s\" }\n"
)

// edit writes flows into a directory of scripts.
func edit(t *testing.T, dir, main, rest string) {
	t.Helper()
	write(t, filepath.Join(dir, "flows", "main.lua"), []byte(main))
	write(t, filepath.Join(dir, "flows", "rest.lua"), []byte(rest))
}

// deploy runs trunkline deploy and returns what it prints.
func (s *server) deploy(args ...string) (string, error) {
	s.t.Helper()
	out, err := exec.Command(binary.program, append([]string{"deploy", "--api", s.api}, args...)...).CombinedOutput()
	return string(out), err
}

// TestDeployUnderCalls: scripts are edited and deployed while somebody is on the
// line. That call ends as it began, also in a flow that it has not come to yet; the
// next one gets the new scripts. Scripts with mistakes are refused with all of them,
// and nothing changes.
func TestDeployUnderCalls(t *testing.T) {
	dir := bundleOf(t, "")
	edit(t, dir, fmt.Sprintf(beginning, 1000, "8s"), fmt.Sprintf(ending, 1300))
	s := serve(t, setup{bare: true, scripts: dir, routes: "  - {to: tones, flow: main}\n"})
	old := s.dial("tones", "--tone", "440@0s")
	s.hearMore(1, old)
	edit(t, dir, fmt.Sprintf(beginning, 1700, "2s"), fmt.Sprintf(ending, 2300))
	if out, err := s.deploy(); err != nil || !regexp.MustCompile(`(?m)^current +\w+ .*\nprevious +\w+$`).MatchString(out) {
		t.Errorf("deploy ended with %v and said %q", err, out)
	}
	edit(t, dir, "local call = ...\ncall:anser()\ncall:say{ txt = \"x\" }\n", "local call = \n)\n")
	out, err := s.deploy()
	if err == nil {
		t.Error("scripts with mistakes were deployed")
	}
	for _, want := range []string{"flows/main.lua:2", "anser", "txt", "flows/rest.lua:2"} {
		if !strings.Contains(out, want) {
			t.Errorf("the refusal does not tell of %s: %s", want, out)
		}
	}
	fresh := s.dial("tones", "--tone", "440@0s")
	ended(t, old, fresh)
	hums(t, "who called before", old.heard(), 1000, 1700, 2300)
	hums(t, "who called before", old.heard(), 1300)
	hums(t, "who called after", fresh.heard(), 1700, 1000, 1300)
	hums(t, "who called after", fresh.heard(), 2300)
	for _, c := range s.cdrs(2) {
		if c.Cause.By != "flow" || c.Cause.Code != "normal" {
			t.Errorf("ended with %+v, want the flow's end", c.Cause)
		}
		hums(t, "the record of a caller", heard(t, c.Recording.Path, 0), low)
		steps := s.command("calls", "show", c.ID, "--api", s.api)
		for _, want := range []string{"flow main", "flows/main.lua:2", "answer", "flows/main.lua:4", "play", "flows/main.lua:5", "flows/rest.lua:2", "is over"} {
			if !strings.Contains(steps, want) {
				t.Errorf("the steps do not have %q:\n%s", want, steps)
			}
		}
	}
}

// TestCanaryIsTakenBack: a version that fails is given to a share of the calls
// and, after a few of them, to none.
func TestCanaryIsTakenBack(t *testing.T) {
	dir := bundleOf(t, "")
	edit(t, dir, fmt.Sprintf(beginning, 1000, "1s"), fmt.Sprintf(ending, 1000))
	s := serve(t, setup{bare: true, scripts: dir, routes: "  - {to: tones, flow: main, vars: {lang: en}}\n"})
	write(t, filepath.Join(dir, "flows", "main.lua"), []byte("local call = ...\ncall:answer()\nerror(\"the database of pizzas is gone\")\n"))
	if out, err := s.deploy("--canary", "90%"); err != nil || !strings.Contains(out, "canary") {
		t.Errorf("deploy ended with %v and said %q", err, out)
	}
	var calls []*phone
	for range 8 {
		calls = append(calls, s.dial("tones", "--tone", "440@0s"))
	}
	for _, p := range calls {
		p.ends()
	}
	s.await("the canary is taken back", func() bool {
		out, err := s.deploy("--status")
		return err == nil && !strings.Contains(out, "canary")
	})
	p := s.dial("tones", "--tone", "440@0s")
	ended(t, p)
	hums(t, "who called after that", p.heard(), 1000, low)
	failed := 0
	for _, c := range s.cdrs(len(calls) + 1) {
		if c.Cause.Code == "failed" {
			failed++
		}
	}
	between(t, "calls failed", float64(failed), 3, 8)
	if !strings.Contains(s.log.String(), "what=rolled_back") {
		t.Error("the log does not tell")
	}
}
