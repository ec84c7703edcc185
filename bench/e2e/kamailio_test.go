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
	_, port, _ := net.SplitHostPort(e.front)
	server, stream, encrypted := s.sip, "tcp", "#TLS "
	if transport == "tls" {
		server, stream, encrypted = s.tls, "tls", ""
	}
	startKamailio(t, s, "proxy.cfg", e.front, "FRONTPORT", port, "FRONT", e.front, "BACK", s.agent, "STREAM", stream, "#TLS ", encrypted,
		"SERVER", server+";transport="+transport, "CALLEE", e.callee, "DIRECTORY", s.dir)
	return e
}

// startKamailio starts Kamailio with a configuration in whose text each of words is
// replaced by the next, waits until it takes calls at an address, and ends it with
// the test. The function that it returns ends it at once, as a crash would.
func startKamailio(t *testing.T, s *server, config, at string, words ...string) (crash func()) {
	t.Helper()
	dir := t.TempDir()
	text, err := os.ReadFile("testdata/kamailio/" + config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "kamailio.cfg"), []byte(strings.NewReplacer(words...).Replace(string(text))))
	var out syncBuffer
	cmd := exec.Command("kamailio", "-DD", "-E", "-f", filepath.Join(dir, "kamailio.cfg"), "-Y", dir, "-w", dir, "-m", "32", "-M", "4")
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	crash = func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-done
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it ends its children
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			crash()
		}
		if t.Failed() {
			t.Logf("kamailio:\n%s", out.String())
		}
	})
	s.await("kamailio takes calls", func() bool {
		select {
		case <-done:
			t.Fatalf("kamailio did not start:\n%s", out.String())
		default:
		}
		return taken(at)
	})
	return crash
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
	f := func(transport string, names int, further ...behaviour) {
		t.Run(transport, func(t *testing.T) {
			s := sippServer(t, setup{callee: ", transport: " + transport, tls: transport == "tls"})
			play(t, startEdge(t, s, transport).behind(s), append(further,
				behaviour{caller: "basic", to: "echo", hears: true, ends: byCaller, check: routed(names)},
				behaviour{
					caller: "bridged", callee: "uas_answers", to: "through", hears: true, isHeard: true,
					ends: byCaller, leg: byCaller,
				},
				behaviour{
					caller: "bridged_hung_up", callee: "uas_hangs_up", to: "through", hears: true, isHeard: true,
					ends: byCallee, leg: byCallee,
				},
				behaviour{caller: "bridged_cancel", callee: "uas_rings", to: "through", ends: cancelled},
			)...)
		})
	}
	f("udp", 1,
		behaviour{caller: "hold_inactive", to: "echo", hears: true, pauses: 1, ends: byCaller},
		behaviour{caller: "bye_by_server", to: "parting", ends: "normal by flow"},
		behaviour{caller: "cancel_after_180", to: "ringing", ends: cancelled},
		behaviour{caller: "refused_486", callee: "uas_refuses_486", to: "through", ends: "busy by callee"},
	)
	f("tcp", 2) // the proxy turns UDP to TCP, and names itself twice: once for each
	f("tls", 2)
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
	if err := registration.ends(); err != nil {
		t.Fatal(err)
	}
	play(t, seen, behaviour{
		caller: "bridged", callee: "uas_answers", to: "through", hears: true, isHeard: true, ends: byCaller, leg: byCaller,
	})
}

// TestKamailioUpstream: the server registers with two Kamailios, which ask for
// passwords; calls come back through the registration and go out with credentials,
// also when one of the two has crashed.
func TestKamailioUpstream(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "password"), []byte(secret+"\n"))
	s := sippServer(t, setup{
		trunks: `  - name: upstream
    targets: [{host: 'AGENT'}, {host: 'SPARE', priority: 1}]
    credentials: {user: "4711", password_file: ` + filepath.Join(dir, "password") + `}
    register: [{user: "4711"}]
    health: {interval: 1s, timeout: 1s}
    failover: {timeout: 1s}
`,
		routes: "  - {to: \"4711\", flow: echo}\n  - {to: through-upstream, bridge: {trunk: upstream}}\n",
	})
	callee := address(t)
	crash := startKamailio(t, s, "upstream.cfg", s.agent, "SELF", s.agent, "CALLEE", callee, "SECRET", secret)
	startKamailio(t, s, "upstream.cfg", s.spare, "SELF", s.spare, "CALLEE", callee, "SECRET", secret)
	s.await("the registration stands", func() bool { return s.trunk("upstream").registered() })
	inward, outward := *s, *s
	inward.sip, outward.agent = s.agent, callee
	play(t, &inward, behaviour{caller: "basic", name: "called through the registration", to: "4711", hears: true, ends: byCaller})
	play(t, &outward, behaviour{
		caller: "bridged", name: "calls with credentials", callee: "uas_answers", to: "through-upstream",
		hears: true, isHeard: true, ends: byCaller, leg: byCaller,
	})
	crash()
	play(t, &outward, behaviour{
		caller: "bridged", name: "calls through the other", callee: "uas_answers", to: "through-upstream",
		hears: true, isHeard: true, ends: byCaller, leg: byCaller,
	})
	s.await("the first is known to be down", func() bool { return s.trunk("upstream").down(s.agent) })
}

// trunkStatus is what these tests read of a trunk.
type trunkStatus struct {
	Status struct {
		Targets []struct {
			Address string `json:"address"`
			State   string `json:"state"`
		} `json:"targets"`
		Registrations []struct {
			State string `json:"state"`
		} `json:"registrations"`
	} `json:"status"`
}

func (s *server) trunk(name string) (status trunkStatus) {
	s.t.Helper()
	s.get("/v1/trunks/"+name, &status)
	return status
}

func (t trunkStatus) registered() bool {
	r := t.Status.Registrations
	return len(r) == 1 && r[0].State == "registered"
}

func (t trunkStatus) down(address string) bool {
	for _, target := range t.Status.Targets {
		if target.Address == address && target.State == "down" {
			return true
		}
	}
	return false
}
