package api

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"trunkline/api/problem"
	"trunkline/call/event"
)

// serving starts n on loopback; stop shuts it down and must leave nothing.
func serving(t *testing.T, n *node) (url string, stop func()) {
	t.Helper()
	s, err := Listen(n.Handler, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Serve() }()
	return "http://" + s.Addr().String(), func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// message is one event of a stream.
type message struct{ id, event, data string }

// follower reads a stream of events as a browser's EventSource does.
type follower struct {
	t      *testing.T
	answer *http.Response
	lines  *bufio.Scanner
	lastID string
	beats  int
}

func follow(t *testing.T, url string, headers ...string) *follower {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != 200 || answer.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("answer %v", answer)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 1<<20)
	return &follower{t: t, answer: answer, lines: lines}
}

// next returns the next message; ok is false at the end of the stream.
func (f *follower) next() (m message, ok bool) {
	m.id = f.lastID
	for f.lines.Scan() {
		name, value, _ := strings.Cut(f.lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case f.lines.Text() == "":
			f.lastID = m.id
			if m.data != "" {
				return m, true
			}
			m = message{id: f.lastID}
		case name == "" && value == "beat":
			f.beats++
		case name == "id":
			m.id = value
		case name == "event":
			m.event = value
		case name == "data":
			m.data += value
		}
	}
	return m, false
}

func (f *follower) expect(id, name string) message {
	f.t.Helper()
	m, ok := f.next()
	if !ok || m.id != id || m.event != name || !json.Valid([]byte(m.data)) {
		f.t.Fatalf("got %+v, %v; want id %s, event %s", m, ok, id, name)
	}
	return m
}

func (f *follower) close() { _ = f.answer.Body.Close() }

func (f *follower) ends() {
	f.t.Helper()
	if m, ok := f.next(); ok {
		f.t.Errorf("got %+v; want the end of the stream", m)
	}
	f.close()
}

func TestFollowAndResume(t *testing.T) {
	n := newNode(t, nil)
	url, stop := serving(t, n)
	defer stop()
	id := func(seq uint64) string { return n.cursor(seq) }
	n.bus.Publish("c1", "", event.CallStarted{From: "1"})

	live := follow(t, url+"/v1/events")
	n.bus.Publish("c1", "a", event.Digit{Digit: "5"})
	m := live.expect(id(2), "digit")
	var e event.Event
	if err := json.Unmarshal([]byte(m.data), &e); err != nil || e.Seq != 2 || e.Call != "c1" || e.Data != (event.Digit{Digit: "5"}) {
		t.Errorf("event %+v, %v", e, err)
	}
	live.close()
	n.bus.Publish("c2", "", event.CallStarted{From: "2"})
	n.bus.Publish("c1", "", event.CallEnded{})

	f := func(query, lastID string, want ...string) {
		t.Helper()
		var headers []string
		if lastID != "" {
			headers = []string{"Last-Event-ID: " + lastID}
		}
		s := follow(t, url+"/v1/events"+query, headers...)
		defer s.close()
		for i := 0; i < len(want); i += 2 {
			s.expect(want[i], want[i+1])
		}
	}
	f("", id(2), id(3), "call.started", id(4), "call.ended")
	f("?since="+id(3), "", id(4), "call.ended")
	f("?since=3", "", id(4), "call.ended")
	f("?since=0", "", id(1), "call.started", id(2), "digit")
	f("?since=0", id(3), id(4), "call.ended") // the header knows better
	f("?since=0&call=c2", "", id(3), "call.started")
	f("?since=0&types=call.ended,digit", "", id(2), "digit", id(4), "call.ended")
	// A client of the run before learns that it missed something, and how it is now.
	f("", "0123456789ab-3", id(0), "gap", id(1), "call.started")
	f("?since=77", "", id(0), "gap", id(1), "call.started")
}

func TestSlowClientsAreToldWhatTheyMissed(t *testing.T) {
	n := newNode(t, nil)
	url, stop := serving(t, n)
	defer stop()
	for range 250 {
		n.bus.Publish("c", "", event.SpeechStarted{})
	}
	s := follow(t, url+"/v1/events?since=20")
	defer s.close()
	m := s.expect(n.cursor(150), "gap")
	if m.data != `{"reason":"overrun","missed":130}` {
		t.Errorf("gap %s; want 130 missed by overrun", m.data)
	}
	s.expect(n.cursor(151), "speech.started")
}

// A client that reads nothing holds nobody up.
func TestStalledClientDoesNotStopTheOthers(t *testing.T) {
	n := newNode(t, nil)
	url, stop := serving(t, n)
	defer stop()
	stalled, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	fmt.Fprint(stalled, "GET /v1/events?since=0 HTTP/1.1\r\nHost: localhost\r\n\r\n")

	reader := follow(t, url+"/v1/events")
	defer reader.close()
	text := strings.Repeat("x", 64<<10)
	for i := range 200 { // 12 MB: more than any socket buffer
		n.bus.Publish("c", "", event.FlowFailed{Error: text})
		reader.expect(n.cursor(uint64(i+1)), "flow.failed")
	}
}

func TestQuietStreamsBeat(t *testing.T) {
	n := newNode(t, func(c *Config) { c.Heartbeat = 5 * time.Millisecond })
	url, stop := serving(t, n)
	defer stop()
	s := follow(t, url+"/v1/events?types=digit")
	defer s.close()
	hidden := n.bus.Publish("c", "", event.SpeechStarted{}) // kept back by the filter
	for s.beats < 3 || s.lastID != n.cursor(hidden.Seq) {
		if !s.lines.Scan() {
			t.Fatal("the stream ended")
		}
		switch text := s.lines.Text(); {
		case text == ": beat":
			s.beats++
		case strings.HasPrefix(text, "id: "):
			s.lastID = text[4:]
		}
	}
}

func TestStreamsEndWithBusAndServer(t *testing.T) {
	n := newNode(t, nil)
	url, stop := serving(t, n)
	byBus := follow(t, url+"/v1/events")
	n.bus.Publish("c", "", event.SpeechStarted{})
	n.bus.Close()
	byBus.expect(n.cursor(1), "speech.started")
	byBus.ends()
	stop()

	n = newNode(t, nil)
	url, stop = serving(t, n)
	byServer := follow(t, url+"/v1/events")
	stop()
	byServer.ends()
}

func TestNothingIsLeftBehind(t *testing.T) {
	n := newNode(t, nil)
	before := runtime.NumGoroutine()
	url, stop := serving(t, n)
	var stay []*follower
	for range 3 {
		follow(t, url+"/v1/events").close()
		stay = append(stay, follow(t, url+"/v1/events"))
	}
	idle, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	stop()
	for _, s := range stay {
		s.ends()
	}
	deadline := time.Now().Add(10 * time.Second)
	for runtime.NumGoroutine() > before || n.streams.count() > 0 {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before; %d streams\n%s", runtime.NumGoroutine(), before, n.streams.count(),
				stacks[:runtime.Stack(stacks, true)])
		}
		runtime.Gosched()
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(url, "http://")); err == nil {
		t.Error("the port still answers")
	}
}

func TestHeadOfAStreamEnds(t *testing.T) {
	w := newNode(t, nil).ask("HEAD", "/v1/events", "")
	expect(t, w, 200, "")
	if got := w.Header().Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	n := newNode(t, nil)
	for range maxStreams {
		if _, ok := n.streams.enter(); !ok {
			t.Fatal("refused before the limit")
		}
	}
	expect(t, n.ask("GET", "/v1/events", ""), 503, problem.TooManyStreams)
}

func TestListenRefusesStrangers(t *testing.T) {
	f := func(addr, token, want string) {
		t.Helper()
		n := newNode(t, func(c *Config) { c.Token = token })
		s, err := Listen(n.Handler, addr)
		if err == nil {
			_ = s.Shutdown(t.Context())
		}
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("listen on %q with token %q: %v; want %q", addr, token, err, want)
		}
	}
	f("127.0.0.1:0", "", "")
	f("localhost:0", "", "")
	f("[::1]:0", "", "")
	f(":0", "", "no token is set")
	f("0.0.0.0:0", "", "no token is set")
	f("[::]:0", "", "no token is set")
	f("192.0.2.1:0", "", "no token is set")
	f(":0", "short", "easy to guess")
	f("127.0.0.1:http-ish", "", "listen for api on 127.0.0.1:http-ish")
	f("nonsense", "", "missing port")
}

func TestShutdownWithoutServe(t *testing.T) {
	s, err := Listen(newNode(t, nil).Handler, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if c, err := net.Dial("tcp", s.Addr().String()); err == nil {
		_ = c.Close()
		t.Error("the port is still open")
	}
	if err := s.Serve(); err != nil {
		t.Errorf("serve after shutdown: %v", err)
	}
}

func TestHugeHeadersAndBodiesOnTheWire(t *testing.T) {
	n := newNode(t, nil)
	url, stop := serving(t, n)
	defer stop()
	f := func(head, body, want string) {
		t.Helper()
		c, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		sent := make(chan struct{})
		go func() { // the server may stop reading before all is sent
			defer close(sent)
			_, _ = io.Copy(c, strings.NewReader(head+"\r\n"+body))
		}()
		line, err := bufio.NewReader(c).ReadString('\n')
		if err != nil || !strings.Contains(line, want) {
			t.Errorf("answer %q, %v; want %s", line, err, want)
		}
		_ = c.Close()
		<-sent
	}
	post := "POST /v1/calls HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
	ten := 10 << 20
	f("GET /live HTTP/1.1\r\nHost: localhost\r\n"+strings.Repeat("X-A: b\r\n", 10_000), "", "431")
	f(fmt.Sprintf("%sContent-Length: %d\r\n", post, ten), strings.Repeat("x", ten), "413")
	f(post+"Transfer-Encoding: chunked\r\n", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", ten, strings.Repeat("[", ten)), "413")
	f(post+"Content-Length: 5\r\nContent-Length: 6\r\n", "{}", "400")
	f("GET /v1/calls HTTP/1.1\r\n", "", "400") // no Host
}
