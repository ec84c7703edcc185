// Package call conducts calls: their legs, bridges, verbs and events.
//
// A Manager begins calls, incoming ones as their route says, and knows those that live.
// What a Call is and does is in call/internal/conduct, whose names this package shows
// to everybody. Any goroutine may use either; nothing here waits for a far side unless
// its caller does.
package call

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"time"

	"trunkline/call/event"
	"trunkline/call/gate"
	"trunkline/call/internal/conduct"
	"trunkline/call/internal/door"
	"trunkline/call/internal/ledger"
	"trunkline/call/internal/line"
	"trunkline/call/internal/lot"
	"trunkline/call/internal/sound"
	"trunkline/call/limit"
	"trunkline/call/rooms"
	"trunkline/call/roster"
	"trunkline/media"
	"trunkline/media/record"
	"trunkline/sip"
)

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
	Music      Sound        // for who is on hold, unless the wish brings some; no Clips: silence
	Advertise  netip.Addr   // address for SDP when it is not the one RTP is bound on
	Journal    string       // file that remembers the calls under way, for the records of those lost in a crash; "": none does
	Concealer  Concealer    // keeps secret keys out of traces; nil: there are none
	Log        *slog.Logger
}

// DefaultMaxCalls is the limit on calls at a time when none is configured.
const DefaultMaxCalls = 1000

// Manager begins calls and knows those that live.
type Manager struct {
	deps  conduct.Deps
	flows Runner
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
	return &Manager{flows: cfg.Flows, deps: conduct.Deps{
		Plane: line.Plane{Engine: cfg.Engine, Advertise: cfg.Advertise},
		Door:  &door.Door{Gate: g, Bus: cfg.Bus, Log: cfg.Log},
		Bus:   cfg.Bus, Ledger: book, Log: cfg.Log,
		Roster:     roster.New[*sip.Dialog, *Call](cmp.Or(cfg.MaxCalls, DefaultMaxCalls)),
		Recordings: cfg.Recordings, Desk: cfg.Desk, Ringback: sound.NewRingback(), Rooms: rooms.New(),
		Lot: lot.New[*Call](), Music: cfg.Music, Concealer: cmp.Or[Concealer](cfg.Concealer, nobody{}),
	}}, nil
}

// Reload replaces trunks, routes and what may be dialled, all at once. Legs keep the
// trunk they began with, and calls their flow; whatever begins from now on goes by
// the new rules. An error changes nothing.
func (m *Manager) Reload(p gate.Plan) error { return m.deps.Door.Reload(p) }

// Limits returns what each trunk carries and has refused.
func (m *Manager) Limits() []limit.Status { return m.deps.Door.Limits() }

// Attach gives the manager the means to place calls. It is apart from NewManager
// because the endpoint in turn needs Incoming from its first packet on.
func (m *Manager) Attach(s Signalling) { m.deps.Signalling = s }

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
	c, err := conduct.Place(&m.deps, Info{
		Direction: Outbound, Trunk: o.Trunk, From: o.From, To: o.To, Flow: o.Flow, Vars: maps.Clone(o.Vars),
	}, m.flows, DialRequest{Trunk: o.Trunk, To: o.To, From: o.From, Timeout: o.Timeout})
	if err != nil {
		return "", err
	}
	return c.Info().ID, nil
}

// Welcome says why no new call is taken, if none is.
func (m *Manager) Welcome() error { return m.deps.Roster.Welcome() }

// ErrNoCall says that no such call lives.
var ErrNoCall = errors.New("no such call")

// Hangup ends the call id; by says who asked.
func (m *Manager) Hangup(id, by string) error {
	c, ok := m.deps.Roster.Get(id)
	if !ok {
		return ErrNoCall
	}
	c.Hangup(by, string(sip.Normal), "")
	return nil
}

// Live returns how many calls there are.
func (m *Manager) Live() int { return m.deps.Roster.Count() }

// Pause refuses new calls of every kind until Resume; those that live go on.
func (m *Manager) Pause() { m.deps.Roster.Pause() }

// Resume takes a Pause back.
func (m *Manager) Resume() { m.deps.Roster.Resume() }

// Paused reports whether new calls are refused, be it by Pause or by Drain.
func (m *Manager) Paused() bool { return m.deps.Roster.Draining() }

// Drain refuses new calls of every kind, waits for those that live until ctx
// ends, then ends the rest with a BYE and waits for that too.
func (m *Manager) Drain(ctx context.Context) {
	empty := m.deps.Roster.Drain()
	defer m.deps.Ledger.Close()
	select {
	case <-empty:
		return
	case <-ctx.Done():
	}
	for _, c := range m.deps.Roster.All() {
		c.Hangup(BySystem, string(sip.Normal), "shutting down")
	}
	<-empty // every call buries itself within its grace time
}

// nobody conceals nothing: there are no traces.
type nobody struct{}

func (nobody) Hide(...string) {}
func (nobody) Show(...string) {}
