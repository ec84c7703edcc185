// Package pgtest runs a PostgreSQL server for a test: the one that the system has
// installed, on a socket in a directory of the test's own, gone when the test is.
//
// Only tests use it.
package pgtest

import (
	"bufio"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Start starts a server and returns how it is reached. It is a failure of the test
// when there is no PostgreSQL: .ci/packages.txt names it.
func Start(t *testing.T) (source string) {
	t.Helper()
	dir := t.TempDir()
	as := credential(t, dir)
	data := filepath.Join(dir, "data")
	initdb := exec.Command(program(t, "initdb"), "-D", data, "-U", "flow", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	server := exec.Command(program(t, "postgres"), "-D", data, "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off")
	server.SysProcAttr, server.Dir = as, dir
	said, err := server.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT) // at once: what it has is thrown away
		<-drained
		_ = server.Wait() // it says how it was ended
	})
	ready := make(chan bool, 1)
	go func() {
		defer close(drained)
		lines := bufio.NewScanner(said)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "ready to accept connections") {
				ready <- true
			}
		}
		close(ready)
	}()
	if !<-ready {
		t.Fatal("postgres has ended before it was ready")
	}
	return "host=" + dir + " user=flow database=postgres"
}

// program finds one of PostgreSQL's, which Debian keeps out of PATH.
func program(t *testing.T, name string) string {
	t.Helper()
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil || len(found) == 0 {
		t.Fatalf("there is no %s: install the package postgresql", name)
	}
	return found[len(found)-1]
}

// credential gives dir to somebody who is not root, whom PostgreSQL refuses, and
// returns how to be them; nil when we are not.
func credential(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	who, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, err1 := strconv.Atoi(who.Uid)
	gid, err2 := strconv.Atoi(who.Gid)
	if err1 != nil || err2 != nil {
		t.Fatalf("nobody is %s:%s", who.Uid, who.Gid)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil { // t.TempDir's is root's alone
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}
