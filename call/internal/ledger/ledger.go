// Package ledger keeps what calls leave behind. Each call has a Page, from its
// beginning to the record that is made of it; pages of calls that a crash cut short
// are in a journal, and the next process makes the records.
//
// A Page belongs to the goroutine of its call, but for Times, which anybody may ask.
// The Ledger may be used by all. It starts no goroutine. Only package call uses it.
package ledger

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"trunkline/call/event"
	"trunkline/internal/journal"
	"trunkline/store"
)

// CDRs keeps the records of ended calls. To add one whose id is known already is no
// error and changes nothing.
type CDRs interface {
	AddCDR(ctx context.Context, c store.CDR) error
}

// Info is what is known of a call from its beginning and never changes.
type Info struct {
	ID        string
	Direction string // Inbound or Outbound
	Trunk     string
	From      string // user part: the caller's number
	To        string // user part: the number called
	Flow      string
	Vars      map[string]string // given by whoever placed the call; read only
}

// Times of a call so far; zero when it has not come to that.
type Times struct{ Started, Answered, Ended time.Time }

// Ledger makes the records of calls.
type Ledger struct {
	cdrs    CDRs
	journal *journal.Journal[standing]
}

// standing is what the journal says of a call.
type standing struct {
	ID        string    `json:"id"`
	Direction string    `json:"direction"`
	Trunk     string    `json:"trunk"`
	From      string    `json:"from"`
	To        string    `json:"to"`
	Flow      string    `json:"flow"`
	Started   time.Time `json:"started"`
	Answered  time.Time `json:"answered,omitzero"`
}

// Lost is the code of calls that ended with the process that had them.
const Lost = "lost"

// How long a slow database may hold up the end of a call, and the start of a process
// that has lost calls to record.
const (
	storeTime = 5 * time.Second
	lostTime  = 30 * time.Second
)

// Open makes a ledger with a journal at path, and records the calls that the last
// process has left there. Without a path there is no journal. What cannot be recorded
// now stays in it for the next process.
func Open(path string, cdrs CDRs, log *slog.Logger) (*Ledger, error) {
	l := &Ledger{cdrs: cdrs}
	if path == "" {
		return l, nil
	}
	var alive time.Time // when there was last a sign of life
	if info, err := os.Stat(path); err == nil {
		alive = info.ModTime()
	}
	var left []standing
	var err error
	if l.journal, left, err = journal.Open[standing](path); err != nil {
		return nil, err
	}
	slots := make([]journal.Slot, len(left))
	for i, s := range left { // all of them, before anything else may go wrong
		slots[i] = l.journal.Add(s)
	}
	ctx, cancel := context.WithTimeout(context.Background(), lostTime)
	defer cancel()
	for i, s := range left {
		if err := cdrs.AddCDR(ctx, s.lost(alive)); err != nil {
			log.Error("write cdr of a lost call", "call", s.ID, "error", err)
			continue
		}
		log.Warn("call was lost in a crash", "call", s.ID)
		l.journal.Drop(slots[i])
	}
	return l, nil
}

// Close closes the journal. What is in it stays there.
func (l *Ledger) Close() error { return l.journal.Close() }

// lost is the record of a call whose process died at about that time.
func (s standing) lost(died time.Time) store.CDR {
	for _, t := range []time.Time{s.Started, s.Answered} {
		if died.Before(t) {
			died = t
		}
	}
	return store.CDR{
		ID: s.ID, Direction: s.Direction, Trunk: s.Trunk, From: s.From, To: s.To, Flow: s.Flow,
		StartedAt: s.Started, AnsweredAt: optional(s.Answered), EndedAt: died,
		Cause: store.Cause{Code: Lost, By: event.BySystem, Text: "the server crashed"},
		Legs:  []store.LegRecord{}, Nodes: []store.NodeVisit{},
	}
}

// Page is what is noted of one call while it lives.
type Page struct {
	ledger *Ledger
	info   Info
	slot   journal.Slot
	times  atomic.Pointer[Times]
	nodes  []store.NodeVisit
	misses []store.Miss
}

// Page begins a page. Nobody but its owner knows of it until Begin.
func (l *Ledger) Page(info Info) *Page {
	p := &Page{ledger: l, info: info, nodes: []store.NodeVisit{}}
	p.times.Store(&Times{Started: time.Now()})
	return p
}

// Begin enters the page in the journal.
func (p *Page) Begin() { p.slot = p.ledger.journal.Add(p.standing()) }

func (p *Page) standing() standing {
	i, t := p.info, p.Times()
	return standing{
		ID: i.ID, Direction: i.Direction, Trunk: i.Trunk, From: i.From, To: i.To, Flow: i.Flow,
		Started: t.Started, Answered: t.Answered,
	}
}

// Times returns when what happened.
func (p *Page) Times() Times { return *p.times.Load() }

// Answered takes note that sound may flow since then.
func (p *Page) Answered(at time.Time) {
	t := p.Times()
	t.Answered = at
	p.times.Store(&t)
	p.ledger.journal.Put(p.slot, p.standing())
}

// Ended takes note that the call has ended now.
func (p *Page) Ended() {
	t := p.Times()
	t.Ended = time.Now()
	p.times.Store(&t)
}

// How many menu nodes, and how many misses, a record keeps: the first ones.
const (
	maxNodes  = 1000
	maxMisses = 200
)

// Note takes note of what an event says of the caller's way through the menus.
func (p *Page) Note(d event.Data) {
	switch d := d.(type) {
	case event.NodeReached:
		if len(p.nodes) < maxNodes {
			p.nodes = append(p.nodes, store.NodeVisit{
				Menu: d.Menu, Node: d.Node, By: d.By, Heard: d.Heard, Score: d.Score, At: time.Now(),
			})
		}
	case event.NoMatch:
		if len(p.misses) < maxMisses && d.Heard != "" {
			p.misses = append(p.misses, store.Miss{
				Menu: d.Menu, Language: d.Language, Heard: d.Heard, Best: d.Best, Score: d.Score, At: time.Now(),
			})
		}
	}
}

// Close writes the record of the call, of which nothing is left, and strikes it from
// the journal, be it written or not. The recording of the first leg is the call's.
func (p *Page) Close(c event.Cause, legs []store.LegRecord) error {
	defer p.ledger.journal.Drop(p.slot)
	i, t := p.info, p.Times()
	r := store.CDR{
		ID: i.ID, Direction: i.Direction, Trunk: i.Trunk, From: i.From, To: i.To, Flow: i.Flow,
		StartedAt: t.Started, AnsweredAt: optional(t.Answered), EndedAt: t.Ended,
		Cause: store.Cause(c), Legs: legs, Nodes: p.nodes, Misses: p.misses,
	}
	if len(legs) > 0 {
		r.Recording, legs[0].Recording = legs[0].Recording, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := p.ledger.cdrs.AddCDR(ctx, r); err != nil {
		return fmt.Errorf("write cdr: %w", err)
	}
	return nil
}

func optional(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
