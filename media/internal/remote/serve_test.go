package remote

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"trunkline/internal/netio/shm"
	"trunkline/media/internal/shard"
)

// asMedia lets this very program be a media process.
const asMedia = "TRUNKLINE_TEST_MEDIA"

func TestMain(m *testing.M) {
	if os.Getenv(asMedia) == "" {
		os.Exit(m.Run())
	}
	if err := Serve(); err != nil {
		println(err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

// spawn starts a media process that listens at the returned path.
func spawn(t *testing.T, s Settings) (*Link, string) {
	t.Helper()
	s.Path = filepath.Join(t.TempDir(), "s")
	s.Shards = max(s.Shards, 1)
	l, err := Spawn(Starter{Args: []string{"/proc/self/exe"}, Env: append(os.Environ(), asMedia+"=1")}, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.process.Kill() // no harm when it has ended
		l.process.Wait()
	})
	return l, s.Path
}

// leave lets go of a media process, as a control plane that dies.
func (l *Link) leave() {
	l.Close()
	for _, t := range l.Threads {
		t.Bell.Close()
	}
}

// vanished waits until a process runs no more.
func vanished(pid int) {
	for {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		_, rest, _ := strings.Cut(string(stat), ") ")
		if err != nil || strings.HasPrefix(rest, "Z") {
			return
		}
		runtime.Gosched()
	}
}

// attach tries until the media process has noticed that it is alone.
func attach(t *testing.T, path string) *Link {
	t.Helper()
	for {
		l, err := Attach(path)
		if err == nil {
			return l
		}
		if !errors.Is(err, ErrTaken) {
			t.Fatal(err)
		}
	}
}

func TestOneControlPlaneAfterTheOther(t *testing.T) {
	before := files(t)
	first, path := spawn(t, Settings{Shards: 2, Orphan: time.Minute, Normal: true})
	if _, err := Attach(path); !errors.Is(err, ErrTaken) {
		t.Errorf("a second one: %v", err)
	}
	first.LastSession().Store(77)
	first.leave()
	second := attach(t, path)
	if second.Status.PID != first.process.Pid || len(second.Threads) != 2 || second.LastSession().Load() != 77 || second.RSS() == 0 {
		t.Errorf("attached to %+v with %d threads", second.Status, len(second.Threads))
	}
	for _, th := range second.Threads {
		th.Door.Quit()
	}
	second.Wait()
	second.leave()
	if _, err := Attach(path); err == nil {
		t.Error("attached to a process that has ended")
	}
	first.process.Wait()
	if after := files(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestAnOrphanEndsInItsTime(t *testing.T) {
	l, path := spawn(t, Settings{Orphan: 100 * time.Millisecond, Normal: true})
	l.leave()
	vanished(l.process.Pid)
	if _, err := Attach(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("attached to nothing: %v", err)
	}
}

func TestAnotherBuildIsRefusedAndEndsIt(t *testing.T) {
	l, path := spawn(t, Settings{Orphan: time.Minute, Normal: true})
	strange := hello{build: "of yesterday"}
	say := func() (w welcome) {
		t.Helper()
		s, err := shm.Dial(path)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		send(s, strange.fields)
		files, err := receive(s, w.fields)
		shm.CloseAll(files)
		if err != nil || len(files) != 0 {
			t.Fatalf("answered with %d descriptors, %v", len(files), err)
		}
		return w
	}
	if w := say(); w.verdict != taken {
		t.Errorf("while there is a control plane: %+v", w)
	}
	l.leave()
	for say().verdict == taken {
		runtime.Gosched() // it has not noticed yet
	}
	vanished(l.process.Pid)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestNonsenseAtTheSocketHarmsNobody(t *testing.T) {
	l, path := spawn(t, Settings{Orphan: time.Minute, Normal: true})
	for _, junk := range [][]byte{{}, {0}, make([]byte, 5000), make([]byte, longestMessage+1)} {
		s, err := shm.Dial(path)
		if err != nil {
			t.Fatal(err)
		}
		s.Send(junk)
		s.SetTimeout(patience)
		if n, files, err := s.Receive(make([]byte, 10)); n != 0 || len(files) != 0 {
			t.Errorf("%d bytes of nonsense were answered with %d, %v", len(junk), n, err)
		}
		s.Close()
	}
	silent, err := shm.Dial(path) // connects and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	l.leave()
	again := attach(t, path)
	again.Threads[0].Door.Quit()
	again.Wait()
	again.leave()
}

// TestManners looks at how a process that may do what it likes is scheduled.
func TestManners(t *testing.T) {
	l, _ := spawn(t, Settings{Orphan: time.Minute})
	defer l.leave()
	const policy, niceness = 41 - 3, 19 - 3 // fields of stat(5), counted after the name
	tasks, err := os.ReadDir("/proc/" + strconv.Itoa(l.Status.PID) + "/task")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(l.Status.PID) + "/task/" + task.Name() + "/stat")
		if err != nil {
			continue // ended meanwhile
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		f := strings.Fields(rest)
		got := "normal"
		if f[policy] == "1" {
			got = "real-time"
		} else if strings.HasPrefix(f[niceness], "-") {
			got = "nice"
		}
		if got != l.Status.Scheduled {
			t.Errorf("thread %s is %s, the process says %s", task.Name(), got, l.Status.Scheduled)
		}
	}
}

func TestSettingsAreChecked(t *testing.T) {
	_, err := Spawn(Starter{Args: []string{"/proc/self/exe"}, Env: append(os.Environ(), asMedia+"=1")}, Settings{Normal: true})
	if err == nil || !strings.Contains(err.Error(), "0 media threads") {
		t.Errorf("no threads: %v", err)
	}
}

func TestPanesDoNotOverlap(t *testing.T) {
	m := shm.Heap(memoryLen(2))
	one, err := pane(m, 0)
	if err != nil {
		t.Fatal(err)
	}
	two, err := pane(m, 1)
	if err != nil {
		t.Fatal(err)
	}
	one.Bytes()[shard.PaneLen-1] = 1
	if two.Bytes()[0] != 0 || m.Word(wordLastSession).Load() != 0 {
		t.Error("they do")
	}
	if _, err := pane(m, 2); err == nil {
		t.Error("a third of two")
	}
}
