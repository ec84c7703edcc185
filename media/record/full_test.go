package record

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/media/tap"
)

// childOf is set in the process that TestAFullDiskForReal starts.
const childOf = "TRUNKLINE_FULL_DISK"

// TestAFullDiskForReal fills a file system of its own, in a namespace of its own,
// and runs into a limit of the file size. Where namespaces are not permitted, the
// limit must do.
func TestAFullDiskForReal(t *testing.T) {
	switch os.Getenv(childOf) {
	case "mount":
		mount(t)
		fill(t, syscall.ENOSPC)
		return
	case "limit":
		limit(t)
		fill(t, syscall.EFBIG)
		return
	}
	child := func(kind string, attr *syscall.SysProcAttr) error {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestAFullDiskForReal$", "-test.v")
		cmd.Env = append(os.Environ(), childOf+"="+kind)
		cmd.SysProcAttr = attr
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if errors.As(err, &exit) || err == nil && !strings.Contains(string(out), "--- PASS: TestAFullDiskForReal") {
			t.Errorf("%s: %v\n%s", kind, err, out)
			return nil
		}
		return err
	}
	err := child("mount", &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	})
	if err != nil {
		t.Logf("no namespaces here: %v", err)
	}
	if err := child("limit", nil); err != nil {
		t.Error(err)
	}
}

// mount gives the test's temporary directories to a small file system.
func mount(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size=512k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	t.Setenv("FULL", dir)
}

func limit(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 128 << 10, Max: 1 << 40}); err != nil {
		t.Fatal(err)
	}
	t.Setenv("FULL", t.TempDir())
}

// fill records until the disk is full, beside a recording that goes elsewhere.
func fill(t *testing.T, want error) {
	full, spare := os.Getenv("FULL"), t.TempDir()
	list := forms(t, full)
	infos := make([]Info, len(list))
	synctest.Test(t, func(t *testing.T) {
		desk := NewDesk(Config{Workers: 1, Durable: true})
		defer desk.Close()
		var taps []*tap.Tap
		var recorders []*Recorder
		for _, o := range append(list, Options{Path: filepath.Join(spare, "x.opus"), Format: OggOpus, Bitrate: 6000}) {
			tp := stereo()
			r, err := desk.Start(o, tp)
			if err != nil {
				t.Fatal(err)
			}
			taps, recorders = append(taps, tp), append(recorders, r)
		}
		for range 120 {
			for _, tp := range taps[:len(list)] {
				noise(tp, 1)
			}
			say(taps[len(list)], 1, 1)
		}
		for i := range list {
			var err error
			if infos[i], err = recorders[i].Wait(); !errors.Is(err, want) {
				t.Errorf("%s: %+v, %v; want %v", list[i].Ext(), infos[i], err, want)
			}
		}
		if info, err := recorders[len(list)].Close(); err != nil || info.Duration() != 2400*time.Millisecond {
			t.Errorf("the recording that has room: %+v, %v", info, err)
		}
	})
	for i, o := range list {
		// A limit is not known before it is hit: it leaves no room for an end.
		if length, whole := play(t, o); whole != (want == syscall.ENOSPC || o.Ext() == ".wav") || length > infos[i].Duration() || length == 0 {
			t.Errorf("%s: plays for %v, whole %v; Info says %v", o.Ext(), length, whole, infos[i].Duration())
		}
	}
}
