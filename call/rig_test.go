package call_test

import (
	"context"
	"io"
	"log/slog"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/negotiate"
	"trunkline/call/route"
	"trunkline/codecs"
	"trunkline/media"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/record"
	"trunkline/media/tap"
	"trunkline/sip"
	"trunkline/store"
)

// patience bounds every wait: far above what anything takes.
const patience = 20 * time.Second

// flow makes a function a call.Runner.
type flow func(ctx context.Context, c *call.Call) error

func (f flow) Run(ctx context.Context, c *call.Call) error { return f(ctx, c) }

// rig is a manager with a real endpoint and media engine on loopback, and two
// telephones: one calls it by trunk "local", the other is reached by "callee".
type rig struct {
	t      *testing.T
	m      *call.Manager
	bus    *event.Bus
	events *event.Subscription
	cdrs   *shelf
	addr   string
	engine *media.Engine
	ep     *sip.Endpoint
	plan   gate.Plan
	caller *phone
	callee *phone
}

// shelf keeps CDRs in memory.
type shelf struct {
	mu   sync.Mutex
	list []store.CDR
}

func (s *shelf) AddCDR(_ context.Context, c store.CDR) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, c)
	return nil
}

func newRig(t *testing.T, f flow, change ...func(*call.Config)) *rig {
	t.Helper()
	before := runtime.NumGoroutine()
	t.Cleanup(func() { settle(t, "goroutines", func() bool { return runtime.NumGoroutine() <= before }) })
	r := &rig{t: t, bus: event.NewBus(1000), cdrs: &shelf{}, caller: newPhone(t, 22000), callee: newPhone(t, 23000)}
	r.events = r.bus.Subscribe(0)
	r.engine = engine(t, 24000)
	desk := record.NewDesk(record.Config{})
	t.Cleanup(desk.Close)
	cfg := call.Config{
		Engine: r.engine, Bus: r.bus, CDRs: r.cdrs, Flows: f, Recordings: call.Recordings{Dir: t.TempDir()}, Desk: desk, Log: quiet(),
		Plan: gate.Plan{
			Trunks: []sip.Trunk{
				{Name: "local", Networks: []string{"127.0.0.0/8"}, Codecs: []string{"PCMU", "PCMA"}},
				{Name: "callee", Codecs: []string{"PCMA"}, Target: r.callee.addr},
				{Name: "nobody", Target: "127.0.0.1:9"},
			},
			Routes: route.Plan{Routes: []route.Rule{
				{Match: route.Match{To: "lost", Trunk: "elsewhere"}, Flow: "f"},
				{Match: route.Match{To: "10*"}, Flow: "f", Vars: map[string]string{"k": "v"}},
			}},
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	var err error
	if r.m, err = call.NewManager(cfg); err != nil {
		t.Fatal(err)
	}
	attached := make(chan struct{})
	ep := endpoint(t, func(in *sip.Incoming) { <-attached; r.m.Incoming(in) }, cfg.Plan.Trunks...)
	r.ep, r.plan = ep, cfg.Plan
	r.m.Attach(ep)
	close(attached)
	r.addr = ep.Addrs()[0].Addr.String()
	t.Cleanup(r.empty)
	return r
}

// empty is the post-condition of every test: nothing is left of any call.
func (r *rig) empty() {
	settle(r.t, "calls", func() bool { return r.m.Live() == 0 })
	settle(r.t, "sessions", func() bool { u := r.engine.Usage(); return u.Sessions == 0 && u.Ports == 0 })
	checkStory(r.t, r.bus)
}

// settle waits for what must come to pass by itself.
func settle(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(deadline) {
			buf := make([]byte, 1<<20)
			t.Fatalf("%s left over\n%s", what, buf[:runtime.Stack(buf, true)])
		}
	}
}

// await waits for the next event with data of type T.
func await[T event.Data](r *rig) T {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		e, err := r.events.Next(ctx)
		if err != nil {
			var want T
			r.t.Fatalf("waiting for %s: %v", want.EventType(), err)
		}
		if d, ok := e.Data.(T); ok {
			return d
		}
	}
}

// record waits for the end of the call and returns its CDR; it is the only one.
func (r *rig) record() store.CDR {
	r.t.Helper()
	await[event.CallEnded](r)
	r.cdrs.mu.Lock()
	defer r.cdrs.mu.Unlock()
	if len(r.cdrs.list) != 1 {
		r.t.Fatalf("%d CDRs of one call", len(r.cdrs.list))
	}
	return r.cdrs.list[0]
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func engine(t *testing.T, port uint16) *media.Engine {
	t.Helper()
	e, err := media.New(media.Config{Shards: 1, Bind: netip.MustParseAddr("127.0.0.1"), PortMin: port, PortMax: port + 99})
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

func endpoint(t *testing.T, onInvite func(*sip.Incoming), trunks ...sip.Trunk) *sip.Endpoint {
	t.Helper()
	e, err := sip.Listen(sip.Config{
		Listen: []sip.Listener{{Transport: sip.UDP, Addr: netip.MustParseAddrPort("127.0.0.1:0")}},
		Trunks: trunks, Unknown: sip.Drop, UserAgent: "test", Log: quiet(),
	}, onInvite)
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

// phone is a telephone: it calls, and takes calls as rings.
type phone struct {
	t        *testing.T
	ep       *sip.Endpoint
	engine   *media.Engine
	addr     string
	incoming chan ringing
}

// ringing is a call that has come in.
type ringing struct {
	in     *sip.Incoming
	events chan sip.Event
}

func newPhone(t *testing.T, port uint16) *phone {
	t.Helper()
	p := &phone{t: t, incoming: make(chan ringing, 8)}
	p.engine = engine(t, port)
	p.ep = endpoint(t, func(in *sip.Incoming) {
		events := make(chan sip.Event, 32)
		in.Handle(func(e sip.Event) { events <- e })
		p.incoming <- ringing{in, events}
	},
		sip.Trunk{Name: "any", Networks: []string{"127.0.0.0/8"}})
	p.addr = p.ep.Addrs()[0].Addr.String()
	return p
}

// line is one call of a phone.
type line struct {
	t       *testing.T
	dialog  *sip.Dialog
	session media.Session
	local   negotiate.Local
	events  chan sip.Event
	media   chan msg.Event
	ear     *tap.Tap
	first   []byte // the far side's description when the call was answered
}

func (p *phone) line() *line {
	p.t.Helper()
	l := &line{t: p.t, events: make(chan sip.Event, 32), media: make(chan msg.Event, 256)}
	session, addr, err := p.engine.Open(media.Session{}, func(e msg.Event) { l.media <- e })
	if err != nil {
		p.t.Fatal(err)
	}
	l.session = session
	l.local = negotiate.Local{Addr: addr, Codecs: []codecs.ID{codecs.PCMU, codecs.PCMA}, SessionID: 1, Version: 1}
	l.ear = tap.New(tap.Inbound, 8000, 60_000)
	session.Tap(l.ear)
	p.t.Cleanup(func() { session.Close() })
	return l
}

// dial calls number at addr.
func (p *phone) dial(addr, number string) *line {
	p.t.Helper()
	l := p.line()
	offer, err := negotiate.Offer(l.local)
	if err != nil {
		p.t.Fatal(err)
	}
	l.dialog, err = p.ep.Dial(sip.DialRequest{
		URI: "sip:" + number + "@" + addr, From: sip.Party{User: "alice"}, Offer: offer,
	}, func(e sip.Event) { l.events <- e })
	if err != nil {
		p.t.Fatal(err)
	}
	return l
}

// pick waits for a call; it rings and is not answered yet.
func (p *phone) pick() (*line, *sip.Incoming) {
	p.t.Helper()
	select {
	case r := <-p.incoming:
		l := p.line()
		l.dialog, l.events = r.in.Dialog, r.events
		if err := r.in.Ring(); err != nil {
			p.t.Fatal(err)
		}
		return l, r.in
	case <-time.After(patience):
		p.t.Fatal("nobody called")
		return nil, nil
	}
}

// accept answers a picked call.
func (l *line) accept(in *sip.Incoming) {
	l.t.Helper()
	answer, params, err := negotiate.Answer(in.Offer, l.local)
	if err != nil {
		l.t.Fatal(err)
	}
	if err := in.Answer(answer); err != nil {
		l.t.Fatal(err)
	}
	l.session.Start(params)
}

// await waits for a dialog event, skipping others.
func (l *line) await(kind sip.EventKind) sip.Event {
	l.t.Helper()
	for {
		select {
		case e := <-l.events:
			if e.Kind == kind {
				return e
			}
			if e.Kind == sip.Ended {
				l.t.Fatalf("waiting for event %d: ended with %v", kind, e.Cause)
			}
		case <-time.After(patience):
			l.t.Fatalf("no dialog event %d", kind)
		}
	}
}

// up waits for the answer to our call and starts the sound.
func (l *line) up() {
	l.t.Helper()
	l.first = l.await(sip.Answered).SDP
	params, err := negotiate.Accept(l.local, l.first)
	if err != nil {
		l.t.Fatal(err)
	}
	l.session.Start(params)
}

// hum plays a tone for ever.
func (l *line) hum(hz float64) {
	l.session.Play(1, -1, prompt.Tone(hz, time.Second, -10))
}

// exhausted is an engine whose only port is taken.
func exhausted(t *testing.T) *media.Engine {
	t.Helper()
	e, err := media.New(media.Config{Shards: 1, Bind: netip.MustParseAddr("127.0.0.1"), PortMin: 25000, PortMax: 25001})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	s, _, err := e.Open(media.Session{}, func(msg.Event) {})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return e
}
