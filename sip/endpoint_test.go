package sip

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for something that must happen.
const patience = 5 * time.Second

// quick are timers for tests: what takes half a minute takes half a second.
func quick() timers {
	t := rfcTimers()
	t.Glare, t.Hasten = 100*time.Microsecond, 300 // 90 s take 300 ms
	t.T1, t.T2, t.Give = 20*time.Millisecond, 80*time.Millisecond, 500*time.Millisecond
	t.Reoffer, t.message, t.farewell = 200*time.Millisecond, 300*time.Millisecond, time.Second
	return t
}

// logged collects what an endpoint logs.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// loopback is a configuration that listens on UDP, TCP and WebSocket and trusts this machine.
func loopback(log *logged) Config {
	any := netip.MustParseAddrPort("127.0.0.1:0")
	cfg := Config{
		Listen:    []Listener{{Transport: UDP, Addr: any}, {Transport: TCP, Addr: any}, {Transport: WS, Addr: any}},
		Trunks:    []Trunk{{Name: "local", Networks: []string{"127.0.0.0/8"}}},
		UserAgent: "Trunkline test",
	}
	if log != nil {
		cfg.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return cfg
}

// open starts an endpoint that is closed at the end of the test, when nothing
// may be left in it: Close fails when one of its goroutines does not end.
func open(t *testing.T, cfg Config, onInvite func(*Incoming)) *Endpoint {
	t.Helper()
	e, err := listen(cfg, onInvite, quick())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		in, out := e.dialogs.Waiting()
		if e.dialogs.Len()+in+out != 0 {
			t.Errorf("left behind: %d dialogs, %d slots, %d branches", e.dialogs.Len(), in, out)
		}

		if e.table.Peers() != 0 {
			t.Errorf("left behind: %d peers", e.table.Peers())
		}
	})
	return e
}

// idle waits until the endpoint has no dialog.
func idle(t *testing.T, e *Endpoint) {
	t.Helper()
	until(t, "no dialogs", func() bool { return e.Usage().Dialogs == 0 })
}

// until waits for a condition that no channel tells.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(patience)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("waited for %s in vain", what)
		}
	}
}

// side is one end of a call: its dialog and what was reported of it.
type side struct {
	*Dialog
	events chan Event
}

func newSide() *side { return &side{events: make(chan Event, 64)} }

func (s *side) sink(ev Event) { s.events <- ev }

// next wants the next event to be of a kind.
func (s *side) next(t *testing.T, kind EventKind) Event {
	t.Helper()
	select {
	case ev := <-s.events:
		if ev.Kind != kind {
			t.Fatalf("got event %s, want %d", tell(ev), kind)
		}
		return ev
	case <-time.After(patience):
		t.Fatalf("no event of kind %d came", kind)
	}
	return Event{}
}

// ended wants the end, with that cause and side, and nothing after it.
func (s *side) ended(t *testing.T, code Code, remote bool) Cause {
	t.Helper()
	c := s.next(t, Ended).Cause
	if c.Code != code || c.Remote != remote {
		t.Fatalf("ended by %+v, want code %s, remote %v", c, code, remote)
	}
	s.quiet(t)
	return c
}

// quiet wants no event to be waiting.
func (s *side) quiet(t *testing.T) {
	t.Helper()
	select {
	case ev := <-s.events:
		t.Fatalf("unwanted event %s", tell(ev))
	default:
	}
}

func tell(ev Event) string {
	return fmt.Sprintf("%d (status %d, %d bytes of SDP, cause %v)", ev.Kind, ev.Status, len(ev.SDP), ev.Cause)
}

// pair is two endpoints that can call each other.
type pair struct {
	t        *testing.T
	a, b     *Endpoint
	incoming chan *Incoming
	callee   *side
}

func newPair(t *testing.T, tr Transport) *pair {
	p := &pair{t: t, incoming: make(chan *Incoming, 8)}
	p.b = open(t, loopback(nil), func(in *Incoming) {
		s := newSide()
		s.Dialog = in.Dialog
		in.Handle(s.sink)
		p.callee = s
		p.incoming <- in
	})
	p.a = open(t, withTarget(loopback(nil), p.b, tr), nil)
	return p
}

// withTarget adds a trunk "b" that leads to e.
func withTarget(cfg Config, e *Endpoint, tr Transport) Config {
	for _, l := range e.Addrs() {
		if l.Transport == tr {
			cfg.Trunks = append(cfg.Trunks, Trunk{Name: "b", Target: l.Addr.String(), Transport: tr, From: "anon"})
		}
	}
	return cfg
}

const (
	offerSDP  = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
	answerSDP = "v=0\r\no=- 2 2 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 0\r\n"
)

// dial places a call from a and returns both sides once it has arrived.
func (p *pair) dial() (caller, callee *side, in *Incoming) {
	p.t.Helper()
	caller = newSide()
	d, err := p.a.Dial(DialRequest{Trunk: "b", User: "1000", From: Party{User: "2000", Display: `An "odd" name`}, Offer: []byte(offerSDP)}, caller.sink)
	if err != nil {
		p.t.Fatal(err)
	}
	caller.Dialog = d
	select {
	case in = <-p.incoming:
	case ev := <-caller.events:
		p.t.Fatalf("call did not arrive: %s", tell(ev))
	case <-time.After(patience):
		p.t.Fatal("call did not arrive")
	}
	return caller, p.callee, in
}

// talk places a call and answers it.
func (p *pair) talk() (caller, callee *side) {
	p.t.Helper()
	caller, callee, in := p.dial()
	if err := in.Answer([]byte(answerSDP)); err != nil {
		p.t.Fatal(err)
	}
	if ev := caller.next(p.t, Answered); string(ev.SDP) != answerSDP || ev.Status != 200 {
		p.t.Fatalf("answered with %s", tell(ev))
	}
	if ev := callee.next(p.t, Confirmed); len(ev.SDP) != 0 {
		p.t.Fatalf("confirmed with %s", tell(ev))
	}
	return caller, callee
}

func (p *pair) done() {
	p.t.Helper()
	idle(p.t, p.a)
	idle(p.t, p.b)
}

// TestNothingIsLeft holds that a closed endpoint leaves no goroutine and no
// descriptor behind, whatever its dialogs were doing.
func TestNothingIsLeft(t *testing.T) {
	goroutines, files := runtime.NumGoroutine(), descriptors(t)
	for _, tr := range []Transport{UDP, TCP} {
		t.Run(string(tr), func(t *testing.T) {
			p := newPair(t, tr)
			ended, _ := p.talk()
			ended.Hangup(New(Normal, ""))
			talking, _ := p.talk()
			waiting, _, _ := p.dial()
			for _, e := range []*Endpoint{p.a, p.b} {
				if err := e.Close(); err != nil {
					t.Error(err)
				}
			}
			for _, s := range []*side{ended, talking, waiting} {
				s.next(t, Ended)
				s.quiet(t)
			}
			if _, err := p.a.Dial(DialRequest{Trunk: "b", Offer: []byte(offerSDP)}, waiting.sink); err == nil {
				t.Error("dialled with a closed endpoint")
			}
		})
	}
	defer func() {
		if t.Failed() {
			stacks := make([]byte, 1<<16)
			t.Logf("%s", stacks[:runtime.Stack(stacks, true)])
		}
	}()
	until(t, "goroutines to go", func() bool { return runtime.NumGoroutine() <= goroutines })
	until(t, "descriptors to go", func() bool { return descriptors(t) <= files })
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

func TestListenErrors(t *testing.T) {
	busy := open(t, loopback(nil), nil)
	f := func(change func(*Config), want string) {
		t.Helper()
		cfg := loopback(nil)
		change(&cfg)
		e, err := Listen(cfg, nil)
		if err == nil {
			e.Close()
			t.Errorf("no error, want %q", want)
			return
		}
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(func(c *Config) { c.Listen = nil }, "no listener")
	f(func(c *Config) { c.Listen[0].Transport = "sctp" }, `listener 1: transport "sctp"`)
	f(func(c *Config) { c.Listen[0].Transport = TLS }, "no certificate")
	f(func(c *Config) { c.Listen[1].Addr = netip.AddrPort{} }, "listener 2: no address")
	f(func(c *Config) { c.Listen[0].Addr = busy.Addrs()[0].Addr }, "address already in use")
	f(func(c *Config) { c.Listen[1].Addr = busy.Addrs()[1].Addr }, "address already in use")
	f(func(c *Config) { c.Unknown = "maybe" }, `unknown sources "maybe"`)
	f(func(c *Config) { c.UserAgent = "a\r\nb" }, "user agent")
	f(func(c *Config) { c.Trunks[0].Name = "" }, "trunk 1")
	f(func(c *Config) { c.Trunks = append(c.Trunks, c.Trunks[0]) }, "name is taken")
	f(func(c *Config) { c.Trunks[0].Target = "host:99999" }, "not a port")
	f(func(c *Config) { c.Trunks[0].Target = "host name" }, "want host or host:port")
	f(func(c *Config) { c.Trunks[0].Target, c.Trunks[0].Transport = "127.0.0.1", "sctp" }, "listens on sctp")
	f(func(c *Config) { c.Trunks[0].Target = "[::1]:9" }, "nothing listens on udp")
	f(func(c *Config) { c.Trunks[0].From = "a\nb" }, "from has control characters")
	f(func(c *Config) { c.Trunks[0].Networks = []string{"10/8"} }, `network "10/8"`)
}

func TestDialErrors(t *testing.T) {
	cfg := loopback(nil)
	cfg.Trunks = append(cfg.Trunks, Trunk{Name: "out", Target: "127.0.0.1:9"})
	e := open(t, cfg, nil)
	f := func(r DialRequest, want string) {
		t.Helper()
		if r.Offer == nil {
			r.Offer = []byte(offerSDP)
		}
		_, err := e.Dial(r, func(Event) { t.Error("an event without a dialog") })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", r, err, want)
		}
	}
	f(DialRequest{Trunk: "nobody"}, `trunk "nobody": there is none`)
	f(DialRequest{Trunk: "local"}, "no target")
	f(DialRequest{Trunk: "out", Offer: []byte{}}, "no offer")
	f(DialRequest{Trunk: "out", User: "1\r\nEvil: x"}, "control character")
	f(DialRequest{Trunk: "out", From: Party{Display: "a\nb"}}, "control character")
	f(DialRequest{Trunk: "out", From: Party{Host: "a>b"}}, "not a host")
	f(DialRequest{Trunk: "out", Headers: [][2]string{{"X-A", "b\r\nc: d"}}}, "not a header")
	f(DialRequest{Trunk: "out", Headers: [][2]string{{"X A", "b"}}}, "not a header")
	f(DialRequest{Trunk: "out", Headers: [][2]string{{"f", "<sip:a@b>"}}}, "is made here")
	f(DialRequest{Trunk: "out", Headers: [][2]string{{"Content-Length", "3"}}}, "is made here")
	f(DialRequest{URI: "tel:123"}, "want sip:")
	f(DialRequest{URI: "sip:a@b;transport=sctp"}, "transport is not")
	f(DialRequest{URI: "sip:a@b\r\nEvil: x"}, "control character")
	f(DialRequest{URI: "nonsense"}, "want sip:")
	f(DialRequest{}, "want sip:")
}
