package worker_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"trunkline/speech"
	"trunkline/speech/speechtest"
	"trunkline/speech/worker"
)

func TestCloseEndsEverything(t *testing.T) {
	f := func(script string) {
		t.Helper()
		rec := pool(t, script, nil)
		s, err := rec.Start(t.Context(), english())
		if err != nil {
			t.Fatal(err)
		}
		s.Write(speechtest.Tone(time.Second))
		for range 2 {
			if err := rec.Close(); err != nil {
				t.Fatal(err)
			}
		}
		r := speechtest.Last(t, s.Results())
		if !errors.Is(r.Err, speech.ErrClosed) {
			t.Fatalf("last result %+v; want ErrClosed", r)
		}
		if _, err := rec.Start(t.Context(), english()); !errors.Is(err, speech.ErrClosed) {
			t.Fatalf("Start after Close: %v", err)
		}
		if err := rec.Warm(t.Context(), 5); !errors.Is(err, speech.ErrClosed) {
			t.Fatalf("Warm after Close: %v", err)
		}
	}
	f("one")
	f("!hang")
	f("!never-ready")
}

// TestChildrenDieWithTheParent: a server that is killed leaves no worker, not
// even one that ignores the end of its input.
func TestChildrenDieWithTheParent(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pid")
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), asWorker+"=!parent", pidFile+"="+file)
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "warm <nil>\n" {
		t.Errorf("parent says %q, %v", line, err)
	}
	parent.Process.Kill()
	parent.Wait() // "signal: killed"
	pid, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); ; runtime.Gosched() {
		stat, err := os.ReadFile(filepath.Join("/proc", string(pid), "stat"))
		if err != nil || strings.Contains(string(stat), ") Z ") { // gone, or waiting for init to reap it
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("worker %s outlived its parent: %s", pid, stat)
		}
	}
}

// TestNothingIsLeft: descriptors and goroutines are back after Close, whatever
// became of the workers.
func TestNothingIsLeft(t *testing.T) {
	descriptors := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	say(t, pool(t, "one", nil)) // whatever the runtime opens once
	before, goroutines := -1, 0
	for _, script := range []string{"one", "one", "!crash", "!hang", "!garbage", "!cannot-load", "!mute"} {
		rec := pool(t, script, func(c *worker.Config) { c.FinishTimeout = 50 * time.Millisecond })
		say(t, rec)
		if err := rec.Close(); err != nil {
			t.Fatal(err)
		}
		if before < 0 {
			before, goroutines = descriptors(), runtime.NumGoroutine()
		}
	}
	if now := descriptors(); now > before {
		t.Errorf("%d descriptors; %d before", now, before)
	}
	for deadline := time.Now().Add(20 * time.Second); runtime.NumGoroutine() > goroutines; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines; %d before", runtime.NumGoroutine(), goroutines)
		}
	}
}
