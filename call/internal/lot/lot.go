// Package lot is where callers are parked: each waits in a slot, by whose name anybody
// fetches it.
//
// A Lot is shared by all calls and may be used by any goroutine. Whoever parks a caller
// waits in Park; the lot starts no goroutine, and what it does to a call it does as a
// flow would. Only package call uses it.
package lot

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"trunkline/call/event"
	"trunkline/call/internal/fault"
	"trunkline/call/internal/ledger"
	"trunkline/call/internal/sound"
	"trunkline/sip"
)

// Caller is a call whose caller can be parked.
type Caller interface {
	comparable
	Info() ledger.Info
	Play(s sound.Sound) (sound.Playback, error)
	Emit(d event.Data)
	Done() <-chan struct{}
}

// DefaultTimeout is how long a caller waits in a slot when nobody says otherwise.
const DefaultTimeout = 10 * time.Minute

// Slots that have no name of their own are numbers from firstSlot on; maxStays bounds
// how many callers are parked at a time.
const (
	firstSlot = 701
	maxStays  = 1000
	maxName   = 64
)

// Request is how a caller is parked.
type Request struct {
	Slot    string            // its name; "": a free number from 701 on
	Timeout time.Duration     // 0: DefaultTimeout
	Music   sound.Sound       // what the caller hears, for ever
	Told    func(slot string) // is told the slot before the music begins, and may announce it; nil: nobody is
}

// How a stay ended.
const (
	PickedUp = "picked_up"
	TimedOut = "timeout"
)

// Parked is how it ended.
type Parked struct {
	Slot   string
	Code   string        // PickedUp, TimedOut
	By     string        // id of the call that has the caller now
	Waited time.Duration // how long it was parked
}

// Entry is a caller who is parked.
type Entry struct {
	Slot  string    `json:"slot"`
	Call  string    `json:"call" doc:"Call id"`
	From  string    `json:"from" doc:"Who called"`
	Since time.Time `json:"since"`
	Until time.Time `json:"until" doc:"When the caller is parked no longer"`
}

// Lot is who is parked, by slot.
type Lot[C Caller] struct {
	mu    sync.Mutex // guards what follows
	stays map[string]*Stay[C]
}

// Stay is one caller in a slot.
type Stay[C Caller] struct {
	Who   C
	entry Entry
	by    string // who is about to fetch it; "": nobody
}

// New makes an empty Lot.
func New[C Caller]() *Lot[C] { return &Lot[C]{stays: map[string]*Stay[C]{}} }

// Park lets a caller wait in a slot until it is fetched, which ends its call, or the
// time is over. The error is that the slot is taken (busy), that there is none
// (overload), that the caller has hung up, or that ctx has ended.
func (l *Lot[C]) Park(ctx context.Context, c C, r Request) (Parked, error) {
	s, err := l.take(c, r)
	if err != nil {
		return Parked{}, err
	}
	c.Emit(event.Parked{Slot: s.entry.Slot})
	p, err := l.wait(ctx, s, r)
	p.Slot, p.Waited = s.entry.Slot, time.Since(s.entry.Since)
	c.Emit(event.Unparked{Slot: p.Slot, Outcome: cmp.Or(p.Code, fault.Hangup), By: p.By})
	return p, err
}

func (l *Lot[C]) wait(ctx context.Context, s *Stay[C], r Request) (Parked, error) {
	if r.Told != nil {
		r.Told(s.entry.Slot)
	}
	r.Music.How.Loop = -1
	music, err := s.Who.Play(r.Music)
	if err == nil {
		defer music.Stop()
	}
	tick := time.NewTimer(time.Until(s.entry.Until))
	defer tick.Stop()
	for {
		select {
		case <-s.Who.Done():
			if by := l.leave(s); by != "" {
				return Parked{Code: PickedUp, By: by}, nil
			}
			return Parked{}, fault.Over("park")
		case <-ctx.Done():
			if l.leave(s) == "" {
				return Parked{}, fault.New("park", fault.Timeout, context.Cause(ctx).Error())
			}
			ctx = context.WithoutCancel(ctx) // somebody is fetching the caller: see how that goes
		case <-tick.C:
			if l.leave(s) == "" {
				return Parked{Code: TimedOut}, nil
			}
			tick.Reset(time.Second)
		}
	}
}

func (l *Lot[C]) take(c C, r Request) (*Stay[C], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	slot := r.Slot
	for n := firstSlot; slot == ""; n++ {
		if l.stays[strconv.Itoa(n)] == nil {
			slot = strconv.Itoa(n)
		}
	}
	switch {
	case len(slot) > maxName:
		return nil, fault.New("park", fault.Invalid, "a slot has a name of at most 64 characters")
	case l.stays[slot] != nil:
		return nil, fault.New("park", string(sip.Busy), "somebody is parked in "+slot)
	case len(l.stays) >= maxStays:
		return nil, fault.New("park", string(sip.Overload), "too many callers are parked")
	}
	now, info := time.Now(), c.Info()
	s := &Stay[C]{Who: c, entry: Entry{
		Slot: slot, Call: info.ID, From: info.From, Since: now, Until: now.Add(cmp.Or(r.Timeout, DefaultTimeout)),
	}}
	l.stays[slot] = s
	return s, nil
}

// leave ends a stay, unless somebody is fetching the caller, whose id it returns.
func (l *Lot[C]) leave(s *Stay[C]) (by string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.by == "" {
		l.drop(s)
	}
	return s.by
}

func (l *Lot[C]) drop(s *Stay[C]) {
	if l.stays[s.entry.Slot] == s {
		delete(l.stays, s.entry.Slot)
	}
}

// ErrEmpty says that nobody is parked in a slot.
var ErrEmpty = errors.New("nobody is parked there")

// Fetch lets the call of an id, and nobody else, have who is in a slot; it says by Done
// how that went. The error is ErrEmpty.
func (l *Lot[C]) Fetch(slot, by string) (*Stay[C], error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.stays[slot]
	if s == nil || s.by != "" {
		return nil, ErrEmpty
	}
	s.by = by
	return s, nil
}

// Done takes note that whoever was to have the caller has it, or has not.
func (l *Lot[C]) Done(s *Stay[C], has bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if has {
		l.drop(s)
	} else {
		s.by = ""
	}
}

// List returns who is parked, in the order in which they came.
func (l *Lot[C]) List() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Entry, 0, len(l.stays))
	for _, s := range l.stays {
		list = append(list, s.entry)
	}
	slices.SortFunc(list, func(a, b Entry) int { return a.Since.Compare(b.Since) })
	return list
}
