package media

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"
)

// lanes makes a plane that has no threads.
func lanes(n int) *plane {
	p := &plane{}
	for i := range n {
		p.lanes = append(p.lanes, &lane{plane: p, index: i})
	}
	return p
}

func TestSessionsGoWhereThereIsLeastToDo(t *testing.T) {
	p, now := lanes(3), time.Unix(1000, 0)
	for range 30 {
		p.choose().opened()
	}
	for _, l := range p.lanes {
		if l.sessions != 10 {
			t.Errorf("thread %d got %d of 30 sessions", l.index, l.sessions)
		}
	}
	// Ten calls that are mixed cost what a hundred relayed ones do.
	busy := []time.Duration{800 * time.Millisecond, 80 * time.Millisecond, 90 * time.Millisecond}
	for second := range time.Duration(10) {
		now = now.Add(time.Second)
		for i, l := range p.lanes {
			l.measure(Counters{Busy: second * busy[i]}, now)
		}
	}
	for range 60 {
		p.choose().opened()
	}
	if a, b, c := p.lanes[0].sessions, p.lanes[1].sessions, p.lanes[2].sessions; a != 10 || b < 35 || c < 30 {
		t.Errorf("60 more went to the busy one, %d, and to the others, %d and %d", a-10, b-10, c-10)
	}
}

func TestAThreadThatHangsIsNoticed(t *testing.T) {
	l := lanes(1).lanes[0]
	now := time.Now()
	if l.silent(now) != 0 {
		t.Error("a thread without sessions need not say anything")
	}
	l.opened()
	if got := l.silent(l.began.Add(time.Minute)); got != time.Minute {
		t.Errorf("silent for %v, want a minute", got)
	}
	l.measure(Counters{}, l.began.Add(time.Minute))
	if got := l.silent(l.began.Add(61 * time.Second)); got != time.Second {
		t.Errorf("silent for %v, want a second", got)
	}
}

// TestEventsStayInOrderAcrossMoves sends one session to and fro while it reports.
func TestEventsStayInOrderAcrossMoves(t *testing.T) {
	f := func(name string, e *Engine) {
		t.Helper()
		here, _, _ := call(t, e, Session{})
		there, _, _ := call(t, e, Session{})
		for there.lane() == here.lane() {
			there, _, _ = call(t, e, Session{})
		}
		s, at, heard := call(t, e, here)
		s.Start(pcmu(at))
		const plays = 300
		for ref := msg.Ref(1); ref <= plays; ref++ {
			here, there = there, here
			if !s.Near(here) || !s.Play(ref, 1, prompt.Silence(time.Second)) {
				t.Fatalf("%s: wish %d was refused", name, ref)
			}
		}
		s.Close()
		for ref := msg.Ref(1); ref <= plays; ref++ {
			if ev := heard.until(msg.PlayDone); ev.Ref != ref {
				t.Fatalf("%s: PlayDone %d came when %d was due", name, ev.Ref, ref)
			}
		}
		if ev := <-heard; ev.Kind != msg.Closed {
			t.Fatalf("%s: at last came %+v", name, ev)
		}
	}
	f("within", engine(t, Config{Shards: 2}))
	f("process", launch(t, Config{Shards: 2}, inTest("")))
}

// TestTheMediaProcessLeavesNothingBehind opens and closes hundreds of sessions
// with clips and taps.
func TestTheMediaProcessLeavesNothingBehind(t *testing.T) {
	fds := openFiles(t)
	e, err := Launch(Config{Shards: 2}, inTest(""))
	if err != nil {
		t.Fatal(err)
	}
	status, _ := e.Status()
	const sessions = 300
	heard := make(ear, 4*sessions)
	var open []Session
	for len(open) < sessions {
		s, at, err := e.Open(Session{}, heard.sink)
		if err == ErrBusy {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		s.Start(pcmu(at))
		s.Play(msg.Ref(len(open)), -1, prompt.Tone(440, 100*time.Millisecond, -10))
		s.Tap(tap.New(tap.Stereo, 8000, 20))
		open = append(open, s)
	}
	for range open {
		heard.until(msg.FirstPacket)
	}
	theirs := filesOf(t, status.PID)
	for _, s := range open {
		s.Close()
	}
	for range open {
		heard.until(msg.Closed)
	}
	if got := filesOf(t, status.PID); got != theirs-2*sessions {
		t.Errorf("the media process had %d descriptors, and without %d sessions it has %d", theirs, sessions, got)
	}
	link := e.process.link
	for link.Arena.Used() > 0 { // when the collector has found clips and taps, and the threads were told
		s, _, ear := call(t, e, Session{})
		collect()
		s.Close()
		ear.until(msg.Closed)
		<-time.After(50 * time.Millisecond)
	}
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	vanished(t, status.PID)
	if got := openFiles(t); got != fds {
		t.Errorf("%d descriptors before, %d after", fds, got)
	}
}

func TestASilentSurvivorThatNobodyAdoptsEnds(t *testing.T) {
	e := engine(t, Config{Shards: 1})
	s, _, _ := call(t, e, Session{})
	e.mu.Lock()
	l := e.legs[s.id]
	l.sink = nil // as a survivor's
	e.mu.Unlock()
	e.sinks.Lock()
	e.deliver(s.id, told{event: msg.Event{Kind: msg.MediaLost, Session: s.id}})
	e.sinks.Unlock()
	for closed := false; !closed; runtime.Gosched() {
		e.mu.Lock()
		closed = l.held[len(l.held)-1].event.Kind == msg.Closed
		e.mu.Unlock()
	}
	e.mu.Lock()
	l.sink = func(msg.Event) {}
	e.mu.Unlock()
	e.sinks.Lock()
	e.release(s.id, l)
	e.sinks.Unlock()
	if e.Usage() != (Usage{}) {
		t.Errorf("the engine still holds %+v", e.Usage())
	}
}

func TestAStoppedMediaProcessIsKilledByClose(t *testing.T) {
	e, err := Launch(Config{Shards: 1}, inTest(""))
	if err != nil {
		t.Fatal(err)
	}
	_, _, heard := call(t, e, Session{})
	status, _ := e.Status()
	if err := syscall.Kill(status.PID, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	e.process.link.Kill() // as guard and close do in the end
	if err := e.Close(); err != nil {
		t.Error(err)
	}
	if ev := heard.until(msg.Closed); ev.Reason != msg.Crashed {
		t.Errorf("closed with %+v", ev)
	}
	vanished(t, status.PID)
}

// TestThreadsThatGiveWayAreNoticed: once when it begins, once when it is over.
func TestThreadsThatGiveWayAreNoticed(t *testing.T) {
	l, now := lanes(1).lanes[0], time.Unix(1000, 0)
	f := func(busy time.Duration, giving uint64, share float64, turned bool) {
		t.Helper()
		now = now.Add(time.Second)
		c := Counters{Busy: l.counters.Busy + busy, GivingWay: giving}
		if got, told := l.measure(c, now); got != share || told != turned {
			t.Errorf("busy %v, told: %v; want %v, %v", got, told, share, turned)
		}
	}
	f(0, 0, 0, false)
	f(500*time.Millisecond, 0, 0.5, false)
	f(time.Second, 1, 1, true)
	f(time.Second, 1, 1, false)
	f(250*time.Millisecond, 0, 0.25, true)
}
