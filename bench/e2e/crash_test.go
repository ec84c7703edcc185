//go:build e2e

package e2e

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// seconds is how much a phone has heard so far: its recording is written as it
// hears.
func (p *phone) seconds() float64 {
	info, err := os.Stat(p.record)
	if err != nil {
		return 0
	}
	return float64(info.Size()) / 16000
}

// hearMore waits until phones have heard so many seconds more.
func (s *server) hearMore(seconds float64, phones ...*phone) {
	s.t.Helper()
	until := make([]float64, len(phones))
	for i, p := range phones {
		until[i] = p.seconds() + seconds
	}
	s.await("the phones have heard more", func() bool {
		for i, p := range phones {
			if p.seconds() < until[i] {
				return false
			}
		}
		return true
	})
}

// mediaProcess is the process in which the server's sound runs, 0 when there is
// none.
func (s *server) mediaProcess() int {
	for line := range strings.Lines(descendants(s.cmd.Process.Pid)) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[len(fields)-1] == "media" {
			pid, _ := strconv.Atoi(fields[0])
			return pid
		}
	}
	return 0
}

// gone reports whether a process has ended.
func gone(pid int) bool {
	line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	return err != nil || len(line) == 0 // nobody may have asked how it ended
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if pid <= 1 {
		t.Fatal("there is no such process")
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// talk lets two phones talk through the server until told otherwise.
func (s *server) talk() (caller, callee *phone) {
	s.t.Helper()
	callee = s.answer("--tone", "1000@0s")
	caller = s.dial("through", "--tone", "440@0s")
	s.hearMore(1.5, caller, callee)
	return caller, callee
}

// TestMediaProcessKilled: when the media process dies in the middle of a
// conversation, both phones are hung up, the record says why, and the next
// conversation is held by a new process.
func TestMediaProcessKilled(t *testing.T) {
	s := serve(t, setup{bare: true, routes: through})
	caller, callee := s.talk()
	old := s.mediaProcess()
	kill(t, old)
	for _, p := range []*phone{caller, callee} {
		p.ends()
		if !strings.Contains(p.out.String(), "◀── BYE") {
			t.Errorf("a phone was not hung up:\n%s", p.out.String())
		}
	}
	converse(t, caller, callee)
	c := s.cdrs(1)[0]
	if c.Cause.Code != "failed" || c.Cause.By != "system" || len(c.Legs) != 2 {
		t.Errorf("ended with %+v, legs %+v; want failed by the system", c.Cause, c.Legs)
	}
	s.await("a new media process is up", func() bool {
		now := s.mediaProcess()
		return now != 0 && now != old
	})
	caller, callee = s.talk()
	caller.hangup()
	ended(t, caller, callee)
	converse(t, caller, callee)
	spoke(t, s.cdrs(2)[0], "PCMU", "PCMU")
}

// TestServerKilled: when the server dies in the middle of a conversation, the
// conversation goes on. The next server finds it, lets it go on for as long as
// configured and then ends its sound and hangs up, and holds conversations of its own.
// The lost call leaves a record.
func TestServerKilled(t *testing.T) {
	other := address(t)
	s := serve(t, setup{
		bare: true, media: ", orphans: 5s", trunks: "  - {name: others, target: " + other + "}\n",
		routes: through + "  - {to: again, bridge: {trunk: others}}\n",
	})
	caller, callee := s.talk()
	sound := s.mediaProcess()
	kill(t, s.cmd.Process.Pid)
	<-s.exited
	before := []float64{caller.seconds(), callee.seconds()}
	s.hearMore(2, caller, callee)
	s.run()
	s.await("the next server is ready", s.ready)
	if !strings.Contains(s.log.String(), "sessions=2") {
		t.Error("the next server does not tell of the two sessions that live on")
	}
	if now := s.node(); now.Sessions != 2 {
		t.Errorf("the next server holds %d sessions, want the 2 that live on", now.Sessions)
	}
	nextCallee := s.answerAt(other, "--tone", "1000@0s")
	nextCaller := s.dial("again", "--tone", "440@0s")
	s.hearMore(2, nextCaller, nextCallee)
	nextCaller.hangup()
	ended(t, nextCaller, nextCallee)
	converse(t, nextCaller, nextCallee)
	s.await("the sound from before has ended", func() bool { return s.node().Sessions == 0 })
	for _, p := range []*phone{caller, callee} {
		p.ends()
		if !strings.Contains(p.out.String(), "◀── BYE") {
			t.Errorf("a phone of a lost call was not hung up:\n%s", p.out.String())
		}
	}
	for i, p := range []*phone{caller, callee} {
		hums(t, "a phone, while there was no server,", p.heard()[int(8000*before[i]):], []float64{high, low}[i], []float64{low, high}[i])
	}
	records := s.cdrs(2)
	spoke(t, records[0], "PCMU", "PCMU")
	if lost := records[1]; lost.Cause.Code != "lost" || lost.AnsweredAt == nil {
		t.Errorf("the record of the lost call: %+v", lost)
	}
	s.nothingLeft()
	s.stop()
	s.await("the media process has ended", func() bool { return gone(sound) })
}
