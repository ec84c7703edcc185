package media

import (
	"errors"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
	"trunkline/internal/simnet"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// engine starts an Engine that is closed when the test ends.
func engine(t testing.TB, cfg Config) *Engine {
	t.Helper()
	e, err := New(cfg)
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

// ear hears a session's events.
type ear chan msg.Event

func (e ear) sink(ev msg.Event) { e <- ev }

// until waits for an event of the kind.
func (e ear) until(k msg.Kind) msg.Event {
	for ev := range e {
		if ev.Kind == k {
			return ev
		}
	}
	panic("unreachable: ears are never closed")
}

// call opens a session and an ear for it.
func call(t testing.TB, e *Engine, near Session) (Session, netip.AddrPort, ear) {
	t.Helper()
	heard := make(ear, 1000)
	s, at, err := e.Open(near, heard.sink)
	if err != nil {
		t.Fatal(err)
	}
	return s, at, heard
}

func pcmu(to netip.AddrPort) msg.Params {
	p := msg.Payload{Type: 0, Codec: codecs.PCMU}
	return msg.Params{Remote: to, Send: p, Accept: []msg.Payload{p}, SendEvents: 101, AcceptEvents: 101, Ptime: 20 * time.Millisecond}
}

// listen reads d of sound from a new tap of s.
func listen(t *testing.T, s Session, mode tap.Mode, d time.Duration) []int16 {
	t.Helper()
	tp := tap.New(mode, 8000, 2000)
	if !s.Tap(tp) {
		t.Fatal("the tap was not taken")
	}
	defer s.Untap(tp)
	pcm := make([]int16, int(d/time.Millisecond)*8*mode.Channels())
	for at := 0; at < len(pcm); {
		n, err := tp.Read(t.Context(), pcm[at:])
		if err != nil {
			t.Fatal(err)
		}
		at += n
	}
	return pcm
}

func TestTwoSessionsTalkOverLoopback(t *testing.T) {
	e := engine(t, Config{Shards: 2})
	a, atA, earA := call(t, e, Session{})
	b, atB, earB := call(t, e, Session{}) // on the other thread: only the wire joins them
	if a.lane() == b.lane() {
		t.Error("the second session is not on the less busy thread")
	}
	a.Start(pcmu(atB))
	b.Start(pcmu(atA))
	a.Play(1, -1, prompt.Tone(440, time.Second, -10))
	b.Play(2, -1, prompt.Tone(1000, time.Second, -10))
	earA.until(msg.FirstPacket)
	earB.until(msg.FirstPacket)
	f := func(name string, s Session, want, other float64) {
		t.Helper()
		pcm := listen(t, s, tap.Inbound, 600*time.Millisecond)[1600:]
		if got, not := dsp.Goertzel(pcm, want, 8000), dsp.Goertzel(pcm, other, 8000); got < not+20 {
			t.Errorf("%s hears %v Hz at %v and %v Hz at %v", name, want, got, other, not)
		}
	}
	f("a", a, 1000, 440)
	f("b", b, 440, 1000)

	a.SendDigits(5, "42#")
	if ev := earA.until(msg.DigitsSent); ev.Ref != 5 || ev.Session != a.ID() {
		t.Errorf("DigitsSent is %+v", ev)
	}
	for _, want := range "42#" {
		if ev := earB.until(msg.Digit); ev.Digit != byte(want) {
			t.Errorf("b got %q, want %q", ev.Digit, want)
		}
	}
	a.Close()
	if ev := earA.until(msg.Closed); ev.Stats.PacketsIn == 0 || ev.Stats.PacketsOut == 0 {
		t.Errorf("a closed with %+v", ev.Stats)
	}
}

func TestSinkGetsEventsInOrderAndClosedLast(t *testing.T) {
	e := engine(t, Config{Shards: 1})
	s, at, heard := call(t, e, Session{})
	s.Start(pcmu(at)) // talks to itself
	const plays = 50
	for ref := msg.Ref(1); ref <= plays; ref++ {
		if !s.Play(ref, 1, prompt.Silence(time.Second)) {
			t.Fatal("a wish was refused")
		}
	}
	s.Close()
	for want := msg.Ref(1); want <= plays; want++ {
		ev := heard.until(msg.PlayDone)
		outcome := msg.Replaced
		if want == plays {
			outcome = msg.Dropped
		}
		if ev.Ref != want || ev.Outcome != outcome || ev.Session != s.ID() {
			t.Fatalf("PlayDone %+v, want ref %d with outcome %d", ev, want, outcome)
		}
	}
	if ev := <-heard; ev.Kind != msg.Closed {
		t.Fatalf("after the last PlayDone came %+v", ev)
	}
	if e.Usage() != (Usage{}) {
		t.Fatalf("after Closed the engine holds %+v", e.Usage())
	}
	s.Play(99, 1, prompt.Silence(time.Second))
	s.Close()
	e.Close()
	select {
	case ev := <-heard:
		t.Fatalf("after Closed came %+v", ev)
	default:
	}
}

func TestUsageIsExactWhenClosedIsHeard(t *testing.T) {
	e := engine(t, Config{Shards: 1})
	usage := make(chan Usage, 1)
	var s Session
	s, _, err := e.Open(Session{}, func(ev msg.Event) {
		if ev.Kind == msg.Closed {
			usage <- e.Usage()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Usage(); got != (Usage{Sessions: 1, Ports: 1}) {
		t.Fatalf("one session uses %+v", got)
	}
	s.Close()
	if got := <-usage; got != (Usage{}) {
		t.Fatalf("in the sink of Closed the engine holds %+v", got)
	}
}

func TestPortsRunOutCleanlyAndComeBack(t *testing.T) {
	e := engine(t, Config{Shards: 1, PortMin: 25000, PortMax: 25007})
	var open []Session
	var ears []ear
	for {
		heard := make(ear, 10)
		s, _, err := e.Open(Session{}, heard.sink)
		if err == nil {
			open, ears = append(open, s), append(ears, heard)
			continue
		}
		if err != ErrNoPorts || s != (Session{}) {
			t.Fatalf("the last Open: %v, %v", s, err)
		}
		break
	}
	if len(open) == 0 || len(open) > 4 { // fewer when another program has some
		t.Fatalf("%d sessions on four pairs", len(open))
	}
	open[0].Close()
	ears[0].until(msg.Closed)
	if _, _, err := e.Open(Session{}, func(msg.Event) {}); err != nil {
		t.Fatalf("a pair is free again: %v", err)
	}
}

func TestNearIsOnTheSameThread(t *testing.T) {
	e := engine(t, Config{Shards: 2})
	a, _, _ := call(t, e, Session{})
	for range 5 {
		if s, _, _ := call(t, e, a); s.lane() != a.lane() {
			t.Fatal("near is not near")
		}
	}
	far, _, _ := call(t, e, Session{})
	if far.lane() == a.lane() {
		t.Fatal("the busier thread was chosen")
	}
	if !a.Join(far) || a.lane() != far.lane() {
		t.Error("sessions of two threads were not brought together")
	}
	if a.Join(a) {
		t.Error("a session was joined with itself")
	}
	other := engine(t, Config{Shards: 1})
	if _, _, err := other.Open(a, func(msg.Event) {}); !errors.Is(err, ErrGone) {
		t.Errorf("near a session of another engine: %v", err)
	}
}

func TestZeroSessionTakesNoWish(t *testing.T) {
	var s Session
	if s.ID() != 0 || s.Start(msg.Params{}) || s.Play(1, 1) || s.Stop(0) || s.Pause(0) || s.Resume(0) ||
		s.SendDigits(0, "1") || s.Join(s) || s.Leave() || s.DetectSpeech(true) || s.Fix(true) ||
		s.Tap(tap.New(tap.Inbound, 8000, 20)) || s.Untap(nil) || s.Close() {
		t.Fatal("the zero Session took a wish")
	}
}

func TestClosedEngineRefuses(t *testing.T) {
	e := engine(t, Config{Shards: 1})
	s, _, heard := call(t, e, Session{})
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	heard.until(msg.Closed)
	if _, _, err := e.Open(Session{}, heard.sink); err != ErrClosed {
		t.Errorf("Open after Close: %v", err)
	}
	if s.Play(1, 1) || s.Close() {
		t.Error("a closed engine took a wish")
	}
	if e.Usage() != (Usage{}) {
		t.Errorf("a closed engine holds %+v", e.Usage())
	}
}

// TestNothingIsLeftBehind opens and closes many sessions, half by hand and half
// with the engine, while wishes keep coming.
func TestNothingIsLeftBehind(t *testing.T) {
	fds, goroutines := openFiles(t), runtime.NumGoroutine()
	e, err := New(Config{Shards: 2})
	if err != nil {
		t.Fatal(err)
	}
	var closed sync.WaitGroup
	sink := func(ev msg.Event) {
		if ev.Kind == msg.Closed {
			closed.Done()
		}
	}
	const sessions = 500
	open := make([]Session, sessions)
	for i := range open {
		closed.Add(1)
		s, at, err := e.Open(Session{}, sink)
		if err != nil {
			t.Fatal(err)
		}
		s.Start(pcmu(at))
		open[i] = s
	}
	if got := e.Usage(); got != (Usage{Sessions: sessions, Ports: sessions}) {
		t.Errorf("the engine holds %+v", got)
	}
	var wishes sync.WaitGroup
	for _, half := range slices.Collect(slices.Chunk(open, sessions/4)) {
		wishes.Go(func() {
			for i, s := range half {
				s.Play(msg.Ref(i), 1, prompt.Silence(time.Second))
				s.Tap(tap.New(tap.Stereo, 8000, 20))
				if i%2 == 0 {
					s.Close()
				}
			}
		})
	}
	wishes.Wait()
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	closed.Wait()
	if got := e.Usage(); got != (Usage{}) {
		t.Errorf("after all that the engine holds %+v", got)
	}
	if got := openFiles(t); got != fds {
		t.Errorf("%d descriptors before, %d after", fds, got)
	}
	for runtime.NumGoroutine() > goroutines { // joined, but perhaps not quite gone
		runtime.Gosched()
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(fds)
}

// TestAMinuteOfSoundInABubble runs the whole engine, threads and all, on
// simulated time and a bad network.
func TestAMinuteOfSoundInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := simnet.Link{Delay: 20 * time.Millisecond, Jitter: 10 * time.Millisecond, Loss: 0.02}
		e, err := NewOn(Config{Shards: 2, Timeout: 5 * time.Second}, simnet.NewLive(3, link))
		if err != nil {
			t.Fatal(err)
		}
		a, atA, earA := call(t, e, Session{})
		b, atB, earB := call(t, e, Session{})
		a.Start(pcmu(atB))
		b.Start(pcmu(atA))
		a.Play(1, 30, prompt.Tone(440, 2*time.Second, -10))
		if ev := earA.until(msg.PlayDone); ev.Heard != time.Minute || ev.Outcome != msg.Finished {
			t.Errorf("a minute of sound: %+v", ev)
		}
		b.Close()
		stats := earB.until(msg.Closed).Stats
		if stats.PacketsIn < 2850 || stats.Lost < 20 || stats.Lost > 120 {
			t.Errorf("b closed with %+v, want about 3000 packets and 60 lost", stats)
		}
		begin := time.Now()
		earA.until(msg.MediaLost)
		if took := time.Since(begin); took < 4*time.Second || took > 6*time.Second {
			t.Errorf("MediaLost after %v of silence, want 5 s", took)
		}
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
}

// lane is where the session's wishes go.
func (s Session) lane() *lane {
	s.e.mu.Lock()
	defer s.e.mu.Unlock()
	return s.e.legs[s.id].lane
}
