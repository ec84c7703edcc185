package shm

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func files(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func TestTwoMappingsAreOneMemory(t *testing.T) {
	fd, a, err := Create("test", 3*4096)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Map(fd)
	if err != nil {
		t.Fatal(err)
	}
	syscall.Close(fd)
	a.Word(5).Store(0x0102030405060708)
	if b.Word(5).Load() != 0x0102030405060708 || b.Len() != 3*4096 {
		t.Fatal("the other mapping has not got it")
	}
	part, ok := b.Part(40, 8)
	if !ok || part.Samples()[0] != 0x0708 || part.Uint32s()[1] != 0x01020304 || part.Bytes()[7] != 1 {
		t.Fatalf("its parts are %x, %v", part.Bytes(), ok)
	}
	page, _ := b.Part(0, 4096)
	page.Discard()
	if a.Word(5).Load() != 0 {
		t.Fatal("a discarded page is still there")
	}
}

func TestPartsStayInside(t *testing.T) {
	m := Heap(100)
	f := func(at, n int, want bool) {
		t.Helper()
		if p, ok := m.Part(at, n); ok != want || p.Len() != map[bool]int{true: n}[want] {
			t.Errorf("Part(%d, %d) = %d bytes, %v", at, n, p.Len(), ok)
		}
	}
	f(0, 100, true)
	f(100, 0, true)
	f(40, 60, true)
	f(41, 60, false)
	f(101, 0, false)
	f(-1, 1, false)
	f(0, -1, false)
	f(1<<62, 1<<62, false)
	f(8, 1<<63-1, false)
	if len(Heap(0).Samples()) != 0 || len(Heap(3).Uint32s()) != 0 || len(Heap(7).Samples()) != 3 {
		t.Error("odd sizes are not cut")
	}
	m.Discard() // the heap's: nothing
}

func TestMemoryThatCouldShrinkIsRefused(t *testing.T) {
	fd, err := unix.MemfdCreate("test", unix.MFD_ALLOW_SEALING)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	syscall.Ftruncate(fd, 4096)
	if _, err := Map(fd); err == nil || !strings.Contains(err.Error(), "sealed") {
		t.Errorf("mapped it: %v", err)
	}
	if _, err := Map(-1); err == nil {
		t.Error("mapped nothing")
	}
}

func TestDescriptorsCross(t *testing.T) {
	before := files(t)
	a, b, err := Pair()
	if err != nil {
		t.Fatal(err)
	}
	if !a.OfOurUser() {
		t.Error("we are not our user")
	}
	fd, m, err := Create("test", 4096)
	if err != nil {
		t.Fatal(err)
	}
	m.Word(0).Store(42)
	if err := a.Send([]byte("one"), fd, fd); err != nil {
		t.Fatal(err)
	}
	a.Send([]byte("two"))
	buf := make([]byte, 10)
	n, got, err := b.Receive(buf)
	if err != nil || string(buf[:n]) != "one" || len(got) != 2 {
		t.Fatalf("received %q with %v, %v", buf[:n], got, err)
	}
	if m, err := Map(got[1]); err != nil || m.Word(0).Load() != 42 {
		t.Fatalf("it is another memory: %v", err)
	}
	CloseAll(got)
	if n, got, err := b.TryReceive(buf); string(buf[:n]) != "two" || len(got) != 0 || err != nil {
		t.Fatalf("received %q with %v, %v", buf[:n], got, err)
	}
	if _, _, err := b.TryReceive(buf); !errors.Is(err, syscall.EAGAIN) {
		t.Fatalf("received what was not sent: %v", err)
	}
	a.Send(make([]byte, 11), fd)
	if _, _, err := b.Receive(buf); err == nil {
		t.Error("a message that is too long was cut")
	}
	for err = nil; err == nil; {
		err = a.Send(buf)
	}
	if err != ErrFull {
		t.Errorf("a full socket says %v", err)
	}
	a.Close()
	for n, err = 1, nil; n > 0 && err == nil; {
		n, _, err = b.Receive(buf)
	}
	if n != 0 || err != nil {
		t.Errorf("the other side has gone: %d, %v", n, err)
	}
	b.Close()
	syscall.Close(fd)
	if after := files(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestListeningIsForOurUserAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if _, err := Dial(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("dialled nobody: %v", err)
	}
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := l.Accept(); ok || Readable(0, l) != -1 {
		t.Error("somebody is there")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v, %v", info.Mode(), err)
	}
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	if Readable(time.Hour, -1, l) != 1 {
		t.Error("nobody is there")
	}
	s, ok := l.Accept()
	if !ok {
		t.Fatal("not accepted")
	}
	s.SetTimeout(time.Millisecond)
	if _, _, err := s.Receive(make([]byte, 1)); !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("nothing in time: %v", err)
	}
	c.Hangup()
	if n, _, err := s.Receive(make([]byte, 1)); n != 0 || err != nil {
		t.Errorf("hung up: %d, %v", n, err)
	}
	l.Close()
	if _, err := Dial(path); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dialled a dead socket: %v", err)
	}
	again, err := Listen(path) // what the dead one left is replaced
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []Socket{c, s, again} {
		s.Close()
	}
	if _, err := Listen(filepath.Join(path, "no", "such")); err == nil {
		t.Error("listening nowhere")
	}
}
