//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// phone is our own phone as a process of its own.
type phone struct {
	t      *testing.T
	record string // WAV of what it hears
	cmd    *exec.Cmd
	out    *syncBuffer
	exited chan error
	gone   chan struct{} // closed when it has exited
}

// dial starts a phone that calls user at the server.
func (s *server) dial(user string, args ...string) *phone {
	return startPhone(s.t, append([]string{"sip:" + user + "@" + s.sip}, args...)...)
}

// answer starts a phone that waits where the agents trunk points.
func (s *server) answer(args ...string) *phone {
	s.t.Helper()
	return s.answerAt(s.agent, args...)
}

// answerAt starts a phone that waits at an address.
func (s *server) answerAt(addr string, args ...string) *phone {
	s.t.Helper()
	p := startPhone(s.t, append([]string{"--listen", "--bind", addr}, args...)...)
	s.await("the agent's phone waits", func() bool { return strings.Contains(p.out.String(), "waiting for calls") })
	return p
}

func startPhone(t *testing.T, args ...string) *phone {
	t.Helper()
	p := &phone{t: t, record: filepath.Join(t.TempDir(), "heard.wav"), out: &syncBuffer{}, exited: make(chan error, 1), gone: make(chan struct{})}
	p.cmd = exec.Command(binary.program, append([]string{"call", "-v", "--record", p.record}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.exited <- p.cmd.Wait()
		close(p.gone)
	}()
	t.Cleanup(func() {
		select {
		case <-p.gone:
		default:
			_ = p.cmd.Process.Kill()
			<-p.gone
		}
		if t.Failed() {
			t.Logf("phone %q:\n%s", args, p.out.String())
		}
	})
	return p
}

// ends waits for the phone's call to end and reports whether it went well.
func (p *phone) ends() bool {
	p.t.Helper()
	select {
	case err := <-p.exited:
		return err == nil
	case <-time.After(patience):
		p.t.Fatalf("the phone's call did not end:\n%s", p.out.String())
		return false
	}
}

// hangup ends the phone's call as a person does.
func (p *phone) hangup() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Fatal(err)
	}
}

func (p *phone) heard() []int16 { return heard(p.t, p.record, 0) }
