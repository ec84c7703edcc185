package process

import (
	"bufio"
	"os"
	"os/exec"
	"slices"
	"testing"
)

// TestFamily: a process is seen with what it has started, and all of it is ended.
func TestFamily(t *testing.T) {
	cmd := exec.Command("sh", "-c", "sleep 60 & echo up; wait")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("%q %v", line, err)
	}
	if !slices.Contains(Children(os.Getpid()), cmd.Process.Pid) {
		t.Errorf("%d is not among our children", cmd.Process.Pid)
	}
	if n := len(Children(cmd.Process.Pid)); n != 1 {
		t.Errorf("%d children, want 1", n)
	}
	KillFamily(cmd.Process.Pid)
	if err := cmd.Wait(); err == nil {
		t.Error("it ended well")
	}
}

func TestUse(t *testing.T) {
	if Used(os.Getpid()) <= 0 || Resident(os.Getpid()) <= 0 {
		t.Errorf("we use %v and %d bytes", Used(os.Getpid()), Resident(os.Getpid()))
	}
	if Used(-1) != 0 || Resident(-1) != 0 || Children(-1) != nil {
		t.Error("nobody uses something")
	}
}
