package media

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"trunkline/dsp"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// asMedia lets this very program be a media process, as cmd does.
const asMedia = "TRUNKLINE_TEST_MEDIA"

// asControl lets it be a control plane that will be killed; the value is the
// path of the socket.
const asControl = "TRUNKLINE_TEST_CONTROL"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asMedia) != "":
		if err := Serve(); err != nil {
			println(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	case os.Getenv(asControl) != "":
		doomed(os.Getenv(asControl))
	default:
		os.Exit(m.Run())
	}
}

// inTest is a Process that this program plays the part of.
func inTest(path string) Process {
	return Process{
		Args: []string{"/proc/self/exe"}, Env: append(os.Environ(), asMedia+"=1", asControl+"="),
		Path: path, Normal: true, Orphan: 20 * time.Second,
	}
}

// launch starts an Engine with a media process.
func launch(t testing.TB, cfg Config, with Process) *Engine {
	t.Helper()
	e, err := Launch(cfg, with)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestTheMediaProcessCarriesSound(t *testing.T) {
	fds := openFiles(t)
	e, err := Launch(Config{Shards: 2}, inTest(""))
	if err != nil {
		t.Fatal(err)
	}
	status, ok := e.Status()
	if !ok || status.PID == os.Getpid() || status.Shards != 2 || status.Scheduled != "normal" || status.Tier != "t0" {
		t.Errorf("the media process says %+v", status)
	}
	caller, atCaller, _ := call(t, e, Session{})
	callee, atCallee, _ := call(t, e, Session{})
	a, atA, earA := call(t, e, Session{})
	b, atB, earB := call(t, e, Session{})
	for b.lane() == a.lane() { // so that one has to move
		b, atB, earB = call(t, e, Session{})
	}
	caller.Start(pcmu(atA))
	callee.Start(pcmu(atB))
	a.Start(pcmu(atCaller))
	b.Start(pcmu(atCallee))
	caller.Play(1, -1, prompt.Tone(440, 10*time.Second, -10))
	callee.Play(1, -1, prompt.Join(prompt.Tone(1000, time.Second, -10), prompt.Tone(1000, time.Second, -10)))
	earA.until(msg.FirstPacket)
	earB.until(msg.FirstPacket)
	if !a.Join(b) || a.lane() != b.lane() {
		t.Fatal("the two were not brought together")
	}
	f := func(who string, s Session, mode tap.Mode, want, other float64) {
		t.Helper()
		loud(t, who, listen(t, s, mode, time.Second), want, other)
	}
	f("the caller", caller, tap.Inbound, 1000, 440)
	f("the callee", callee, tap.Inbound, 440, 1000)

	a.SendDigits(5, "1")
	earA.until(msg.DigitsSent)
	a.Play(9, 1, prompt.Tone(700, 200*time.Millisecond, -10))
	if ev := earA.until(msg.PlayDone); ev.Ref != 9 || ev.Outcome != msg.Finished || ev.Heard != 200*time.Millisecond {
		t.Errorf("a prompt in the media process: %+v", ev)
	}
	b.Close()
	if ev := earB.until(msg.Closed); ev.Stats.PacketsIn == 0 || ev.Reason != msg.Wished {
		t.Errorf("b closed with %+v", ev)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	earA.until(msg.Closed)
	if e.Usage() != (Usage{}) {
		t.Errorf("a closed engine holds %+v", e.Usage())
	}
	vanished(t, status.PID)
	if got := openFiles(t); got != fds {
		t.Errorf("%d descriptors before, %d after", fds, got)
	}
}

// loud wants pcm to be one tone rather than the other, though with gaps, perhaps:
// the machine may be busy.
func loud(t *testing.T, who string, pcm []int16, want, other float64) {
	t.Helper()
	pcm = pcm[2400:]
	if got, not := dsp.Goertzel(pcm, want, 8000), dsp.Goertzel(pcm, other, 8000); got < -25 || got < not+15 {
		t.Errorf("%s hears %v Hz at %.1f dB and %v Hz at %.1f dB", who, want, got, other, not)
	}
}

// filesOf counts a process's descriptors.
func filesOf(t testing.TB, pid int) int {
	t.Helper()
	list, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// collect lets the collector find what is no more.
func collect() {
	runtime.GC()
	runtime.GC()
}

// vanished waits until a process is no more.
func vanished(t testing.TB, pid int) {
	t.Helper()
	for alive(pid) {
		runtime.Gosched()
	}
}

// alive reports whether a process runs, as something else than a zombie.
func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestAKilledMediaProcessEndsItsCallsAndIsReplaced(t *testing.T) {
	restarted := make(chan error, 10)
	with := inTest("")
	with.Crashed = func(err error) { restarted <- err }
	e := launch(t, Config{Shards: 2}, with)
	s, at, heard := call(t, e, Session{})
	s.Start(pcmu(at))
	tp := tap.New(tap.Stereo, 8000, 1000)
	s.Tap(tp)
	heard.until(msg.FirstPacket)
	before, _ := e.Status()
	if err := syscall.Kill(before.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if ev := heard.until(msg.Closed); ev.Reason != msg.Crashed {
		t.Errorf("closed with %+v", ev)
	}
	for { // to the end of the sound that there was
		if _, err := tp.Read(t.Context(), make([]int16, 1000)); err != nil {
			break
		}
	}
	if got := e.Usage(); got != (Usage{}) {
		t.Errorf("the engine still holds %+v", got)
	}
	if err := <-restarted; err != nil {
		t.Fatal(err)
	}
	if after, ok := e.Status(); !ok || after.PID == before.PID {
		t.Fatalf("the new process says %+v", after)
	}
	s, at, heard = call(t, e, Session{})
	s.Start(pcmu(at))
	s.Play(2, 1, prompt.Tone(440, 100*time.Millisecond, -10))
	if ev := heard.until(msg.PlayDone); ev.Outcome != msg.Finished {
		t.Errorf("in the new process: %+v", ev)
	}
}

// doomed is a control plane that says what it has and waits to be killed.
func doomed(path string) {
	e, err := Launch(Config{Shards: 2}, inTest(path))
	if err != nil {
		println(err.Error())
		os.Exit(1)
	}
	events := make(ear, 1000)
	a, atA, _ := e.Open(Session{}, events.sink)
	b, atB, _ := e.Open(Session{}, events.sink)
	talker, atT, _ := e.Open(Session{}, events.sink)
	a.Start(pcmu(atT))
	talker.Start(pcmu(atA))
	b.Start(pcmu(atB))
	a.Join(b)
	a.Label([]byte("call 7, leg a"))
	talker.Play(3, -1, prompt.Tone(440, time.Second, -10))
	a.Play(4, 1, prompt.Tone(1000, 400*time.Millisecond, -10)) // ends while nobody listens
	events.until(msg.FirstPacket)
	status, _ := e.Status()
	os.Stdout.WriteString(strconv.Itoa(status.PID) + " " + atT.String() + "\n")
	select {}
}

// bereave starts a control plane, kills it, and returns what it had: the media
// process and the address of the session that plays 440 Hz.
func bereave(t *testing.T, path string) (pid int, talker netip.AddrPort) {
	t.Helper()
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p, err := os.StartProcess("/proc/self/exe", []string{"control"}, &os.ProcAttr{
		Env: append(os.Environ(), asControl+"="+path), Files: []*os.File{nil, in, os.Stderr},
	})
	in.Close()
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, err := out.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	out.Close()
	first, second, _ := strings.Cut(strings.TrimSpace(string(buf[:n])), " ")
	pid, err = strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if alive(pid) {
			syscall.Kill(pid, syscall.SIGKILL)
		}
	})
	p.Kill()
	p.Wait()
	return pid, netip.MustParseAddrPort(second)
}

func TestSoundOutlivesTheControlPlane(t *testing.T) {
	path := filepath.Join(t.TempDir(), "media.sock")
	pid, atTalker := bereave(t, path)
	e, err := Launch(Config{Shards: 1}, inTest(path))
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := e.Status(); status.PID != pid || status.Shards != 2 {
		t.Fatalf("attached to %+v, want process %d", status, pid)
	}
	if _, err := Launch(Config{}, inTest(path)); !errors.Is(err, ErrTaken) {
		t.Errorf("a second control plane: %v, want %v", err, ErrTaken)
	}
	survivors := e.Survivors()
	if len(survivors) != 3 || e.Usage() != (Usage{Sessions: 3, Ports: 3}) {
		t.Fatalf("%d survivors: %+v", len(survivors), survivors)
	}
	a, b, talker := survivors[0], survivors[1], survivors[2]
	if string(a.Label) != "call 7, leg a" || a.With != b.Session || b.With != a.Session || talker.With != (Session{}) ||
		talker.Local != atTalker || a.Remote != atTalker || a.Age <= 0 {
		t.Errorf("the survivors are %+v", survivors)
	}
	heard := make(ear, 1000)
	if !e.Adopt(a.Session, heard.sink) || e.Adopt(a.Session, heard.sink) {
		t.Error("a survivor is adopted once")
	}
	if ev := heard.until(msg.PlayDone); ev.Ref != 4 || ev.Heard != 400*time.Millisecond {
		t.Errorf("what ended while nobody listened: %+v", ev)
	}
	loud(t, "the adopted leg", listen(t, a.Session, tap.Inbound, time.Second), 440, 1000)

	// It can be conducted like any other: clips and ports go to the old process.
	s, at, earS := call(t, e, a.Session)
	s.Start(pcmu(at))
	s.Play(8, -1, prompt.Tone(2000, time.Second, -10))
	loud(t, "a new leg", listen(t, s, tap.Outbound, time.Second), 2000, 440)
	if s.ID() <= talker.Session.ID() {
		t.Errorf("the name %d was given out twice", s.ID())
	}
	e.EndSurvivors()
	a.Session.Close()
	heard.until(msg.Closed)
	s.Close()
	earS.until(msg.Closed)
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	vanished(t, pid)
}

func TestAnOrphanEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "media.sock")
	pid, _ := bereave(t, path)
	syscall.Kill(pid, syscall.SIGTERM) // sooner than its twenty seconds
	vanished(t, pid)
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is still there: %v", err)
	}
}

func TestWhatIsNoMediaProcessIsSaid(t *testing.T) {
	f := func(want string, with Process) {
		t.Helper()
		if _, err := Launch(Config{}, with); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Launch: %v, want %q", err, want)
		}
	}
	f("no such file", Process{Args: []string{"/nonexistent"}})
	f("hung up", Process{Args: []string{"/bin/true"}})
	f("negative", Process{Orphan: -1})
	long := inTest("/tmp/" + strings.Repeat("x", 200))
	f("listen on", long)
}
