//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTutorial does what docs/tutorial.md says, in its order: it writes the files,
// types the commands, and compares what they answer with what the page shows.
func TestTutorial(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/tutorial.md")
	if err != nil {
		t.Fatal(err)
	}
	d := newDesigner(t)
	files, commands := 0, 0
	for _, fence := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatch(string(page), -1) {
		switch text := d.here.Replace(fence[2]); fence[1] {
		case "lua", "yaml":
			d.writes(text)
			files++
		case "console":
			for _, c := range strings.Split("\n"+text, "\n$ ")[1:] {
				command, answer, _ := strings.Cut(c+"\n", "\n")
				d.types(command, strings.TrimRight(answer, "\n"))
				commands++
			}
		default:
			t.Errorf("the page has a piece of %s: neither a file nor commands", fence[1])
		}
	}
	if files < 6 || commands < 15 {
		t.Errorf("the page has %d files and %d commands", files, commands)
	}
}

// designer is somebody who follows the page, in a directory of their own.
type designer struct {
	t    *testing.T
	dir  string
	api  string
	here *strings.Replacer // the page's addresses by such as are free here
	env  []string
}

func newDesigner(t *testing.T) *designer {
	sip, api := address(t), address(t)
	_, port, _ := strings.Cut(sip, ":")
	return &designer{
		t: t, dir: t.TempDir(), api: api,
		here: strings.NewReplacer("127.0.0.1:5060", sip, "127.0.0.1:5070", address(t), "127.0.0.1:8080", api, "@127.0.0.1", "@127.0.0.1:"+port),
		env:  append(os.Environ(), "PATH="+filepath.Dir(binary.program)+string(os.PathListSeparator)+os.Getenv("PATH"), "LC_ALL=C.UTF-8"),
	}
}

// writes writes a file, which has its name in its first line.
func (d *designer) writes(text string) {
	d.t.Helper()
	first, _, _ := strings.Cut(text, "\n")
	_, name, ok := strings.Cut(first, " ")
	if !ok || !strings.ContainsAny(first[:2], "#-") || !filepath.IsLocal(name) {
		d.t.Fatalf("a file of the page does not begin with its name, but with %q", first)
	}
	path := filepath.Join(d.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		d.t.Fatal(err)
	}
	write(d.t, path, []byte(text))
}

// types runs a command, and compares its answer with the page's where that shows
// any. Only one that is shown to complain may fail.
func (d *designer) types(command, answer string) {
	d.t.Helper()
	if strings.HasPrefix(command, "trunkline serve") {
		d.serves(command)
		return
	}
	if strings.HasPrefix(command, "trunkline deploy") {
		command += " --api http://" + d.api // on the page it is where everybody's is
	}
	shell := exec.Command("bash", "-c", command)
	shell.Dir, shell.Env = d.dir, d.env
	out, err := shell.CombinedOutput()
	if complains := strings.HasPrefix(answer, "trunkline: "); (err != nil) != complains {
		d.t.Errorf("$ %s\n%s\nended with %v, the page has\n%s", command, out, err, answer)
	}
	if answer != "" && !shown(answer).Match(bytes.TrimRight(out, "\n")) {
		d.t.Errorf("$ %s\n%s\nthe page has\n%s", command, out, answer)
	}
}

// shown is what an answer on the page stands for: a line of … for any lines, …
// within one for anything.
func shown(answer string) *regexp.Regexp {
	var b strings.Builder
	for i, line := range strings.Split(answer, "\n") {
		if line == "…" {
			b.WriteString(`(?:\n?[^\n]*)*?`)
			continue
		}
		if i > 0 {
			b.WriteString(`\n?`)
		}
		b.WriteString(strings.ReplaceAll(regexp.QuoteMeta(line), "…", `[^\n]*`))
	}
	return regexp.MustCompile(`^` + b.String() + `$`)
}

// serves starts the server, which the end of the test stops.
func (d *designer) serves(command string) {
	d.t.Helper()
	args := strings.Fields(command)[1:]
	cmd := exec.Command(binary.program, args...)
	var log syncBuffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = d.dir, d.env, &log, &log
	if err := cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			d.t.Errorf("the server ended with %v", err)
		}
		if d.t.Failed() {
			d.t.Logf("server log:\n%s", log.String())
		}
	})
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		if res, err := http.Get(fmt.Sprintf("http://%s/ready", d.api)); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			d.t.Fatalf("the server is not ready:\n%s", log.String())
		}
	}
}
