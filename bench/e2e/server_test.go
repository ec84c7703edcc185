//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// patience bounds every wait of these tests: far above what anything takes, so
// that only what never happens runs into it.
const patience = 60 * time.Second

// binary is the program under test and what it runs, built by TestMain.
var binary struct{ program, recognizer, scripted string }

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	root, err := filepath.Abs("../..")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary.program = filepath.Join(root, "bin", "trunkline")
	binary.recognizer = filepath.Join(root, "bin", "trunkline-pocketsphinx")
	binary.scripted = filepath.Join(root, "bin", "scripted")
	for _, command := range [][]string{
		{"make", "-s", "-C", root, "build"},
		{"go", "build", "-o", binary.scripted, "trunkline/speech/speechtest/scripted"},
	} {
		if out, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "%q: %v\n%s", command, err, out)
			return 1
		}
	}
	return m.Run()
}

// setup is what a test changes about its server's configuration.
type setup struct {
	zh      []string // what the Chinese recogniser hears, utterance by utterance
	scripts string   // directory of flows and menus; "" for the embedded ones
	unknown string   // sip.unknown; "" for drop
	source  string   // network of the trunk that may call; "" for loopback
	timeout string   // media.timeout
	routes  string   // further routes, before the others
	trunks  string   // further trunks; AGENT is where the agents trunk points, SPARE another address
	inner   string   // further keys of sip, a line each
	keys    string   // further keys at the top, likewise
	caller  string   // further keys of the trunk that calls, each after a comma
	callee  string   // further keys of the agents trunk, likewise
	media   string   // further keys of media, likewise
	record  string   // recordings
	trusts  string   // file of certificates that the server trusts; "" for the system's
	bare    bool     // no recogniser, no shipped flows, no routes but these
	six     bool     // it is called over IPv6, too, and its sound is nowhere else
	calls   int      // limits.calls, 0 for the default
	workers int      // recognisers of English, 0 for one
	ws      bool     // it listens on WS, too
	tls     bool     // it listens on TLS, too, and trusts who has its certificate
}

// server is one running trunkline with an agent's address to dial.
type server struct {
	trusts string // see setup
	t      *testing.T
	dir    string
	sip    string // host:port
	sip6   string // the same at ::1
	tls    string // host:port of TLS, with setup.tls
	ws     string // host:port of WS, with setup.ws
	api    string // http://host:port
	agent  string // host:port where the agents trunk points
	spare  string // host:port beside it
	cmd    *exec.Cmd
	log    logFile
	start  node

	exited  chan error
	stopped bool
}

// node is what /v1/node says the process holds.
type node struct {
	Calls       int `json:"calls"`
	Dialogs     int `json:"dialogs"`
	Sessions    int `json:"sessions"`
	Ports       int `json:"ports"`
	Goroutines  int `json:"goroutines"`
	Descriptors int `json:"descriptors"`
}

// serve starts a server and, when the test is over, sees that nothing is left
// of its calls and that it stops when told.
func serve(t *testing.T, s setup) *server {
	t.Helper()
	t.Parallel() // these tests mostly wait for people to speak
	dir := t.TempDir()
	srv := &server{
		t: t, dir: dir, sip: address(t), api: "http://" + address(t), agent: address(t), spare: address(t),
		log: logFile(filepath.Join(dir, "log")), exited: make(chan error, 1), trusts: s.trusts,
	}
	srv.sip6 = strings.Replace(srv.sip, "127.0.0.1", "[::1]", 1)
	if s.six {
		srv.agent = strings.Replace(srv.agent, "127.0.0.1", "[::1]", 1)
		srv.spare = strings.Replace(srv.spare, "127.0.0.1", "[::1]", 1)
	}
	if s.bare && s.scripts == "" {
		s.scripts = bundleOf(t, "local call = ...\ncall:reject()\n")
	}
	if s.ws {
		srv.ws = address(t)
	}
	if s.tls {
		srv.tls = address(t)
		certify(t, dir)
	}
	config := filepath.Join(dir, "trunkline.yaml")
	if err := os.WriteFile(config, []byte(srv.config(s)), 0o600); err != nil {
		t.Fatal(err)
	}
	srv.run()
	t.Cleanup(srv.finish)
	srv.await("the server is ready", srv.ready)
	srv.await("the server is warm", func() bool { return strings.Contains(srv.log.String(), "warm") })
	srv.start = srv.settled()
	return srv
}

// run starts the program; also anew, once it has exited.
func (s *server) run() {
	s.t.Helper()
	s.cmd = exec.Command(binary.program, "serve", "-c", "trunkline.yaml")
	s.cmd.Dir = s.dir
	if s.trusts != "" {
		s.cmd.Env = append(os.Environ(), "SSL_CERT_FILE="+s.trusts)
	}
	log, err := os.OpenFile(string(s.log), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	s.cmd.Stdout, s.cmd.Stderr = log, log
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	cmd := s.cmd
	go func() { s.exited <- cmd.Wait() }()
}

// bundleOf makes a directory of scripts with one flow, "main".
func bundleOf(t *testing.T, lua string) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"flows", "prompts"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "flows", "main.lua"), []byte(lua))
	return dir
}

// ready reports whether the server takes calls.
func (s *server) ready() bool {
	if len(s.exited) > 0 {
		s.t.Fatalf("the server did not start:\n%s", s.log.String())
	}
	res, err := http.Get(s.api + "/ready")
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

func (s *server) config(c setup) string {
	or := func(text, otherwise string) string {
		if text == "" {
			return otherwise
		}
		return text
	}
	var b strings.Builder
	listen := fmt.Sprintf("\"udp:%s\", \"tcp:%s\"", s.sip, s.sip)
	if c.six {
		listen += fmt.Sprintf(", \"udp:%s\"", s.sip6)
		c.media += ", bind: \"::1\""
	}
	if c.ws {
		listen += fmt.Sprintf(", \"ws:%s\"", s.ws)
	}
	if c.tls {
		listen += fmt.Sprintf(", {transport: tls, address: \"%s\", certificate: tls.pem, key: tls.key}", s.tls)
		c.inner += "  client_tls: {ca: tls.pem, certificate: tls.pem, key: tls.key}\n"
	}
	fmt.Fprintf(&b, "sip:\n  listen: [%s]\n  unknown: %s\n%s", listen, or(c.unknown, "drop"), c.inner)
	fmt.Fprintf(&b, "media: {ports: %s, port_rest: 100ms, timeout: %s%s}\n", ports(), or(c.timeout, "60s"), c.media)
	fmt.Fprintf(&b, "api: {listen: %s}\nlog: {level: debug}\nlimits: {drain: 2s, calls: %d}\n", strings.TrimPrefix(s.api, "http://"), cmp.Or(c.calls, 1000))
	fmt.Fprintf(&b, "data: %s\nscripts: %q\n", filepath.Join(s.dir, "data"), c.scripts)
	fmt.Fprintf(&b, "recordings: %s\n", or(c.record, "{}"))
	if !c.bare {
		fmt.Fprintf(&b, "speech:\n  recognizers:\n    - {language: en, provider: pocketsphinx, command: [%s], workers: %d}\n", binary.recognizer, max(c.workers, 1))
	}
	if c.zh != nil {
		said, _ := json.Marshal(append([]string{binary.scripted}, c.zh...))
		fmt.Fprintf(&b, "    - {language: zh, provider: process, command: %s, workers: 1}\n", said)
	}
	fmt.Fprintf(&b, "trunks:\n  - {name: local, networks: [%s]%s}\n", or(c.source, "127.0.0.0/8, \"::1/128\""), c.caller)
	fmt.Fprintf(&b, "  - {name: agents, target: %q, from: trunkline%s}\n", s.agent, c.callee)
	b.WriteString(strings.NewReplacer("AGENT", s.agent, "SPARE", s.spare).Replace(c.trunks) + c.keys + "routes:\n" + c.routes)
	if !c.bare {
		b.WriteString("  - {to: hotline, flow: hotline, vars: {lang: en}}\n")
		b.WriteString("  - {to: hotline-zh, flow: hotline, vars: {lang: zh}}\n  - {to: \"*\", flow: agent}\n")
	}
	return b.String()
}

// finish checks the post-conditions and stops the server.
func (s *server) finish() {
	if !s.stopped {
		if s.t.Failed() {
			s.t.Logf("events:\n%s", strings.Join(s.told(), "\n"))
		}
		s.nothingLeft()
		s.stop()
	}
	if children := descendants(s.cmd.Process.Pid); children != "" {
		s.t.Errorf("processes left behind: %s", children)
	}
	if strings.Contains(s.log.String(), "panic") {
		s.t.Error("there was a panic")
	}
	if s.t.Failed() {
		s.t.Logf("server log:\n%s", s.log.String())
	}
}

// stop ends the server as an operator does and sees that it goes in peace.
func (s *server) stop() {
	s.t.Helper()
	s.stopped = true
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Errorf("stop server: %v", err)
	}
	select {
	case err := <-s.exited:
		if err != nil {
			s.t.Errorf("server ended with %v", err)
		}
	case <-time.After(patience):
		_ = s.cmd.Process.Kill()
		s.t.Errorf("server did not stop within %s", patience)
	}
}

// nothingLeft waits until the server holds what it held at its start. SIP
// transactions of UDP linger for 32 s by design (RFC 3261 §17), but hold no
// goroutine or descriptor.
func (s *server) nothingLeft() {
	s.t.Helper()
	s.await("nothing is left of the calls", func() bool {
		n := s.node()
		return n.Calls == 0 && n.Dialogs == 0 && n.Sessions == 0 && n.Ports == 0 &&
			n.Goroutines <= s.start.Goroutines && n.Descriptors <= s.start.Descriptors
	})
}

// settled is what the server holds once it has opened what it keeps open (the
// database's readers) and two readings agree.
func (s *server) settled() node {
	var readers sync.WaitGroup
	for range 16 {
		readers.Go(func() {
			if res, err := http.Get(s.api + "/v1/cdrs"); err == nil {
				res.Body.Close()
			}
		})
	}
	readers.Wait()
	http.DefaultClient.CloseIdleConnections()
	var last node
	s.await("the server has settled", func() bool {
		now := s.node()
		same := now == last
		last = now
		return same
	})
	return last
}

func (s *server) node() node {
	s.t.Helper()
	var n node
	s.get("/v1/node", &n)
	return n
}

// get reads an API resource.
func (s *server) get(path string, into any) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Close = true // a kept connection would count as something left over
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatalf("GET %s: %v\nserver log:\n%s", path, err, s.log.String())
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s %v\n%s", path, res.Status, err, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		s.t.Fatalf("GET %s: %v\n%s", path, err, body)
	}
}

// post sends body and returns the status and the answer.
func (s *server) post(path, body string) (int, map[string]any) {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, s.api+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Close = true
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	answer := map[string]any{}
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, answer
}

// await polls until ok, and fails the test when that never comes.
func (s *server) await(what string, ok func() bool) {
	s.t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain until %s; now %+v, at the start %+v\nserver log:\n%s", what, s.node(), s.start, s.log.String())
		}
		<-tick.C
	}
}

// descendants lists live processes whose parent is pid.
func descendants(pid int) string {
	out, _ := exec.Command("ps", "--ppid", fmt.Sprint(pid), "-o", "pid=,args=").Output()
	return strings.TrimSpace(string(out))
}

// syncBuffer is a bytes.Buffer for a process to write and a test to read.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
