package call

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/internal/door"
	"trunkline/call/internal/fault"
	"trunkline/call/internal/ledger"
	"trunkline/call/internal/line"
	"trunkline/call/internal/mail"
	"trunkline/call/internal/sound"
	"trunkline/call/limit"
	"trunkline/call/rooms"
	"trunkline/call/roster"
	"trunkline/media"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/record"
	"trunkline/media/tap"
	"trunkline/sip"
)

// Signalling places calls. *sip.Endpoint is one.
type Signalling interface {
	Dial(r sip.DialRequest, sink func(sip.Event)) (*sip.Dialog, error)
}

// CDRs keeps the records of ended calls. *store.Store is one.
type CDRs = ledger.CDRs

// Config is what a Manager works with.
type Config struct {
	Engine     *media.Engine
	Bus        *event.Bus
	CDRs       CDRs
	Flows      Runner
	Plan       gate.Plan               // trunks, routes and what may be dialled
	Up         func(trunk string) bool // whether a trunk lives; nil: all do
	MaxCalls   int                     // calls at a time; 0 means DefaultMaxCalls
	Recordings Recordings
	Desk       *record.Desk // writes them
	Advertise  netip.Addr   // address for SDP when it is not the one RTP is bound on
	Journal    string       // file that remembers the calls under way, for the records of those lost in a crash; "": none does
	Concealer  Concealer    // keeps secret keys out of traces; nil: there are none
	Log        *slog.Logger
}

// DefaultMaxCalls is the limit on calls at a time when none is configured.
const DefaultMaxCalls = 1000

// Manager begins calls and knows those that live.
type Manager struct {
	deps  deps
	flows Runner
}

// deps is what every call needs of its surroundings. Read only after Attach.
type deps struct {
	plane      line.Plane
	signalling Signalling
	bus        *event.Bus
	ledger     *ledger.Ledger
	door       *door.Door
	roster     *roster.Roster[*sip.Dialog, *Call]
	refs       atomic.Uint64 // names for playbacks and digits
	log        *slog.Logger
	recordings Recordings
	desk       *record.Desk
	ringback   func() *prompt.Clip
	rooms      *rooms.Rooms
	concealer  Concealer
}

// NewManager makes a manager. Attach must follow before the first call.
func NewManager(cfg Config) (*Manager, error) {
	g, err := gate.New(cfg.Plan, cfg.Up)
	if err != nil {
		return nil, err
	}
	book, err := ledger.Open(cfg.Journal, cfg.CDRs, cfg.Log)
	if err != nil {
		return nil, err
	}
	return &Manager{flows: cfg.Flows, deps: deps{
		plane: line.Plane{Engine: cfg.Engine, Advertise: cfg.Advertise},
		door:  &door.Door{Gate: g, Bus: cfg.Bus, Log: cfg.Log},
		bus:   cfg.Bus, ledger: book, log: cfg.Log,
		roster:     roster.New[*sip.Dialog, *Call](cmp.Or(cfg.MaxCalls, DefaultMaxCalls)),
		recordings: cfg.Recordings, desk: cfg.Desk, ringback: sound.NewRingback(), rooms: rooms.New(),
		concealer: cmp.Or[Concealer](cfg.Concealer, nobody{}),
	}}, nil
}

// Reload replaces trunks, routes and what may be dialled, all at once. Legs keep the
// trunk they began with, and calls their flow; whatever begins from now on goes by
// the new rules. An error changes nothing.
func (m *Manager) Reload(p gate.Plan) error { return m.deps.door.Reload(p) }

// Limits returns what each trunk carries and has refused.
func (m *Manager) Limits() []limit.Status { return m.deps.door.Limits() }

// Attach gives the manager the means to place calls. It is apart from NewManager
// because the endpoint in turn needs Incoming from its first packet on.
func (m *Manager) Attach(s Signalling) { m.deps.signalling = s }

// Originate is a call that we place.
type Originate struct {
	Trunk   string
	To      string // user part
	From    string // user part; "" leaves it to the trunk
	Flow    string
	Vars    map[string]string
	Timeout time.Duration // ring time; 0 means DefaultRing
}

// Originate places a call and, once it is answered, runs a flow for it. It
// returns the call's id as soon as the INVITE is on its way.
func (m *Manager) Originate(o Originate) (string, error) {
	c := m.newCall(Info{
		Direction: Outbound, Trunk: o.Trunk, From: o.From, To: o.To, Flow: o.Flow, Vars: maps.Clone(o.Vars),
	}, m.flows)
	if err := m.deps.roster.Admit(c.info.ID, c); err != nil {
		return "", fault.New("originate", string(sip.Overload), err.Error())
	}
	d := &dialing{
		request: DialRequest{Trunk: o.Trunk, To: o.To, From: o.From, Timeout: o.Timeout}, done: func(*Error) {},
	}
	if err := c.place(d, o.Trunk); err != nil {
		m.deps.roster.Forget(c.info.ID)
		return "", err
	}
	c.begin()
	d.leg.announce()
	go c.run()
	return c.info.ID, nil
}

// newCall makes a call that nobody knows of yet.
func (m *Manager) newCall(info Info, flows Runner) *Call {
	id, err := uuid.NewV7()
	if err != nil {
		panic(fmt.Sprintf("random source: %v", err)) // crypto/rand never fails on Linux
	}
	info.ID = id.String()
	c := &Call{
		info: info, deps: &m.deps, log: m.deps.log.With("call", info.ID), cancel: func() {}, flows: flows,
		mail: mail.NewBox[message](), inputs: mail.NewQueue[Input](), page: m.deps.ledger.Page(info),
		done: make(chan struct{}), gone: make(chan struct{}),
		sends: map[msg.Ref]chan error{}, ears: map[*tap.Tap]bool{},
	}
	c.player = sound.NewPlayer(&m.deps.refs, func(do sound.Steering) { c.post(act(func(c *Call) { do(c.head.Session) })) })
	return c
}

// Welcome says why no new call is taken, if none is.
func (m *Manager) Welcome() error { return m.deps.roster.Welcome() }

// ErrNoCall says that no such call lives.
var ErrNoCall = errors.New("no such call")

// Hangup ends the call id; by says who asked.
func (m *Manager) Hangup(id, by string) error {
	c, ok := m.deps.roster.Get(id)
	if !ok {
		return ErrNoCall
	}
	c.Hangup(by, string(sip.Normal), "")
	return nil
}

// Live returns how many calls there are.
func (m *Manager) Live() int { return m.deps.roster.Count() }

// Pause refuses new calls of every kind until Resume; those that live go on.
func (m *Manager) Pause() { m.deps.roster.Pause() }

// Resume takes a Pause back.
func (m *Manager) Resume() { m.deps.roster.Resume() }

// Paused reports whether new calls are refused, be it by Pause or by Drain.
func (m *Manager) Paused() bool { return m.deps.roster.Draining() }

// Drain refuses new calls of every kind, waits for those that live until ctx
// ends, then ends the rest with a BYE and waits for that too.
func (m *Manager) Drain(ctx context.Context) {
	empty := m.deps.roster.Drain()
	defer m.deps.ledger.Close()
	select {
	case <-empty:
		return
	case <-ctx.Done():
	}
	for _, c := range m.deps.roster.All() {
		c.Hangup(BySystem, string(sip.Normal), "shutting down")
	}
	<-empty // every call buries itself within its grace time
}

// runFlow runs the flow; a panic in it is this call's failure and no other's.
func (c *Call) runFlow(ctx context.Context) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in flow %s: %v\n%s", c.info.Flow, p, debug.Stack())
		}
	}()
	return c.flows.Run(ctx, c)
}
