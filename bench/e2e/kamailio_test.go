//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// edge is Kamailio before and behind a server, as a carrier has it: callers come to
// front; what the server sends comes to the address of its agents trunk.
type edge struct {
	front, callee string
}

// startEdge puts Kamailio around a server and ends it with the test. transport is
// how it speaks to the server.
func startEdge(t *testing.T, s *server, transport string) edge {
	t.Helper()
	e := edge{front: address(t), callee: address(t)}
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/kamailio/proxy.cfg")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(e.front)
	config := strings.NewReplacer("FRONTPORT", port, "FRONT", e.front, "BACK", s.agent, "SERVER", s.sip+";transport="+transport,
		"CALLEE", e.callee).Replace(string(text))
	write(t, filepath.Join(dir, "kamailio.cfg"), []byte(config))
	var out syncBuffer
	cmd := exec.Command("kamailio", "-DD", "-E", "-f", filepath.Join(dir, "kamailio.cfg"), "-Y", dir, "-w", dir, "-m", "32", "-M", "4")
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it ends its children
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-done
		}
		if t.Failed() {
			t.Logf("kamailio:\n%s", out.String())
		}
	})
	s.await("kamailio takes calls", func() bool {
		if len(done) > 0 {
			t.Fatalf("kamailio did not start:\n%s", out.String())
		}
		conn, err := net.Dial("tcp", s.agent)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
	return e
}

// behind is the server as it is seen through the edge.
func (e edge) behind(s *server) *server {
	seen := *s
	seen.sip, seen.agent = e.front, e.callee
	return &seen
}

// TestKamailioInFront: callers and callees behind a proxy that record-routes: every
// request within a dialog takes the way of its Route set, ACK and BYE of either side
// among them; both hear each other, and who hangs up ends the other's call.
func TestKamailioInFront(t *testing.T) {
	f := func(transport string, names int) {
		t.Run(transport, func(t *testing.T) {
			s := sippServer(t, setup{callee: ", transport: " + transport})
			play(t, startEdge(t, s, transport).behind(s),
				behaviour{caller: "basic", to: "echo", hears: true, ends: byCaller, check: routed(names)},
				behaviour{caller: "hold_inactive", to: "echo", hears: true, pauses: 1, ends: byCaller},
				behaviour{caller: "bye_by_server", to: "parting", ends: "normal by flow"},
				behaviour{caller: "cancel_after_180", to: "ringing", ends: cancelled},
				behaviour{
					caller: "bridged", callee: "uas_answers", to: "through", hears: true, isHeard: true,
					ends: byCaller, leg: byCaller,
				},
				behaviour{
					caller: "bridged_hung_up", callee: "uas_hangs_up", to: "through", hears: true, isHeard: true,
					ends: byCallee, leg: byCallee,
				},
				behaviour{caller: "bridged_cancel", callee: "uas_rings", to: "through", ends: cancelled},
				behaviour{caller: "refused_486", callee: "uas_refuses_486", to: "through", ends: "busy by flow"},
			)
		})
	}
	f("udp", 1)
	f("tcp", 2) // the proxy turns UDP to TCP, and names itself twice: once for each
}

// routed wants the caller's side to have seen a Route set of so many proxies' names,
// and its own requests to go by it.
func routed(names int) func(outcome) error {
	return func(o outcome) error {
		messages, err := os.ReadFile(o.caller.messages)
		if err != nil {
			return err
		}
		_, bye, _ := strings.Cut(string(messages), "\nBYE ")
		if got := strings.Count(bye, ";lr"); got < names {
			return fmt.Errorf("the BYE names %d proxies on its way, want %d:\n%s", got, names, bye)
		}
		return nil
	}
}

// TestKamailioRegistrar: a phone that has registered with Kamailio is called
// through it.
func TestKamailioRegistrar(t *testing.T) {
	s := sippServer(t, setup{})
	e := startEdge(t, s, "udp")
	phone := address(t)
	seen := e.behind(s)
	seen.agent = phone
	registration, err := startSIPp(t, seen, "registers", phone, callerHums, "-s", "through")
	if err != nil {
		t.Fatal(err)
	}
	if err := registration.ends(false); err != nil {
		t.Fatal(err)
	}
	play(t, seen, behaviour{
		caller: "bridged", callee: "uas_answers", to: "through", hears: true, isHeard: true, ends: byCaller, leg: byCaller,
	})
}
