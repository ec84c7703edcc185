package event

import (
	"slices"
	"sync"
	"time"
)

const (
	viewEnded = 100 // ended calls that stay visible
	viewNodes = 200 // latest menu nodes shown per call; the CDR has them all
	viewLegs  = 32  // latest legs shown per call; the CDR has them all
)

// View is what is known of the calls: the live ones, and the latest ended ones
// so that a client may look right after the end. Reading it is cheap and never
// disturbs a call. Each Call it hands out is a snapshot that nobody changes;
// readers must not either.
type View struct {
	mu    sync.RWMutex
	seq   uint64
	calls map[string]*Call
	ended []string // ids, the latest last
	live  int
}

func newView() *View { return &View{calls: map[string]*Call{}} }

// Call is one call as seen from outside, at one moment.
type Call struct {
	ID         string     `json:"id"`
	Direction  string     `json:"direction" enum:"inbound,outbound"`
	Trunk      string     `json:"trunk"`
	From       string     `json:"from"`
	To         string     `json:"to"`
	Flow       string     `json:"flow"`
	State      State      `json:"state" enum:"starting,ringing,talking,bridged,ending,ended"`
	StartedAt  time.Time  `json:"started_at"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	Cause      *Cause     `json:"cause,omitempty" doc:"Why it ended; only of ended calls"`
	Legs       []Leg      `json:"legs" nullable:"false" doc:"In the order they began"`
	Node       string     `json:"node,omitempty" doc:"The menu node the caller is at"`
	Nodes      []Visit    `json:"nodes" nullable:"false" doc:"Menu nodes in the order they were reached"`
	Recording  *Recording `json:"recording,omitempty"`
	Failure    string     `json:"failure,omitempty" doc:"What the flow's script did wrong, if it did"`
	head       string     // the leg that has the caller's place; "": the first
	Seq        uint64     `json:"seq" doc:"The event that brought the call to this state"`
}

// State is how far a call or leg has come.
type State string

// The states of a call. A leg is starting, ringing, talking, bridged or ended.
const (
	StateStarting State = "starting"
	StateRinging  State = "ringing"
	StateTalking  State = "talking" // answered; with the flow
	StateBridged  State = "bridged" // two legs hear each other
	StateEnding   State = "ending"  // the first leg is gone, the call is being cleared
	StateEnded    State = "ended"
)

// Leg is one leg of a Call.
type Leg struct {
	ID         string     `json:"id"`
	Direction  string     `json:"direction" enum:"inbound,outbound"`
	Trunk      string     `json:"trunk"`
	Address    string     `json:"address" doc:"SIP URI of the far side"`
	SIPCallID  string     `json:"sip_call_id,omitempty"`
	State      State      `json:"state" enum:"starting,ringing,talking,bridged,ended"`
	Codec      string     `json:"codec,omitempty"`
	Held       bool       `json:"held,omitempty" doc:"It is on hold"`
	StartedAt  time.Time  `json:"started_at"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
	Cause      *Cause     `json:"cause,omitempty"`
}

// Visit is a menu node the caller reached.
type Visit struct {
	NodeReached
	At time.Time `json:"at"`
}

// Recording is the state of a call's recording.
type Recording struct {
	Path    string  `json:"path"`
	State   string  `json:"state" enum:"running,complete"`
	Seconds float64 `json:"seconds,omitempty"`
	Lost    uint64  `json:"lost_samples,omitempty"`
}

// Get returns one call, live or ended recently.
func (v *View) Get(id string) (Call, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	c := v.calls[id]
	if c == nil {
		return Call{}, false
	}
	return *c, true
}

// Live returns the calls that have not ended, the oldest first, and the number
// of the latest event they reflect: subscribing since that number misses
// nothing and repeats nothing.
func (v *View) Live() ([]Call, uint64) {
	v.mu.RLock()
	found := make([]*Call, 0, v.live)
	for _, c := range v.calls {
		if c.State != StateEnded {
			found = append(found, c)
		}
	}
	seq := v.seq
	v.mu.RUnlock()

	slices.SortFunc(found, func(a, b *Call) int {
		if d := a.StartedAt.Compare(b.StartedAt); d != 0 {
			return d
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	calls := make([]Call, len(found))
	for i, c := range found {
		calls[i] = *c
	}
	return calls, seq
}

// Count returns the number of live calls and of their legs that have not ended.
func (v *View) Count() (calls, legs int) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	for _, c := range v.calls {
		if c.State == StateEnded {
			continue
		}
		for i := range c.Legs {
			if c.Legs[i].State != StateEnded {
				legs++
			}
		}
	}
	return v.live, legs
}

// fold takes an event into account. The bus calls it in order. A call's snapshot
// is replaced, never changed: readers may hold the old one.
func (v *View) fold(e Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seq = e.Seq
	old := v.calls[e.Call]
	if d, ok := e.Data.(CallStarted); ok && old == nil {
		v.calls[e.Call] = begin(e, d)
		v.live++
		return
	}
	if old == nil || old.State == StateEnded {
		return // not a call we know: its beginning was never told, or it is over
	}
	c := *old
	c.Seq = e.Seq
	c.apply(e)
	v.calls[e.Call] = &c
	if c.State != StateEnded {
		return
	}
	v.live--
	v.ended = append(v.ended, c.ID)
	if len(v.ended) > viewEnded {
		delete(v.calls, v.ended[0])
		v.ended = slices.Delete(v.ended, 0, 1)
	}
}

func begin(e Event, d CallStarted) *Call {
	return &Call{
		ID:        e.Call,
		Direction: d.Direction,
		Trunk:     d.Trunk,
		From:      d.From,
		To:        d.To,
		Flow:      d.Flow,
		State:     StateStarting,
		StartedAt: e.Time,
		Legs:      []Leg{},
		Nodes:     []Visit{},
		Seq:       e.Seq,
	}
}

func (c *Call) apply(e Event) {
	switch d := e.Data.(type) {
	case NodeReached:
		c.Node = d.Node
		c.Nodes = appendLatest(c.Nodes, Visit{d, e.Time}, viewNodes)
	case RecordingStarted:
		if c.Recording == nil { // the caller's is the first
			c.Recording = &Recording{Path: d.Path, State: "running"}
		}
	case RecordingEnded:
		if c.Recording != nil && c.Recording.Path != d.Path {
			return // another leg's
		}
		c.Recording = &Recording{Path: d.Path, State: "complete", Seconds: d.Seconds, Lost: d.Lost}
	case FlowFailed:
		c.Failure = d.Error
	case CallEnded:
		c.State = StateEnded
		c.EndedAt = &e.Time
		c.Cause = &d.Cause
	case LegStarted:
		c.startLeg(e, d)
	default:
		c.changeLegs(e)
	}
}

// appendLatest returns a new slice of at most n items that ends with item.
func appendLatest[T any](items []T, item T, n int) []T {
	skip := max(0, len(items)+1-n)
	return append(slices.Clone(items[skip:]), item)
}

func (c *Call) startLeg(e Event, d LegStarted) {
	legs := slices.Clone(c.Legs)
	if len(legs) >= viewLegs { // the first leg stays: it is the caller's
		gone := slices.IndexFunc(legs[1:], func(l Leg) bool { return l.State == StateEnded })
		if gone >= 0 {
			legs = slices.Delete(legs, gone+1, gone+2)
		}
	}
	c.Legs = append(legs, Leg{
		ID:        e.Leg,
		Direction: d.Direction,
		Trunk:     d.Trunk,
		Address:   d.Address,
		SIPCallID: d.SIPCallID,
		State:     StateStarting,
		StartedAt: e.Time,
	})
}

// changeLegs folds an event that changes a leg, and with it perhaps the call.
func (c *Call) changeLegs(e Event) {
	c.Legs = slices.Clone(c.Legs)
	switch d := e.Data.(type) {
	case Bridged:
		c.moveLeg(e.Leg, StateBridged)
		c.moveLeg(d.Other, StateBridged)
	case LegReplaced:
		if head := c.headLeg(); head != nil && head.ID == e.Leg {
			c.head = d.By
		}
	case Unbridged:
		c.moveLeg(e.Leg, StateTalking)
		c.moveLeg(d.Other, StateTalking)
	default:
		c.changeLeg(e)
	}
	c.leaveLonelyBridge()
	c.State = c.stateByLegs()
}

func (c *Call) changeLeg(e Event) {
	leg := c.leg(e.Leg)
	if leg == nil || leg.State == StateEnded {
		return
	}
	switch d := e.Data.(type) {
	case LegRinging:
		if leg.State == StateStarting {
			leg.State = StateRinging
		}
	case LegAnswered:
		leg.State = StateTalking
		leg.Codec = d.Codec
		leg.AnsweredAt = &e.Time
		if leg == &c.Legs[0] {
			c.AnsweredAt = &e.Time
		}
	case LegHeld:
		leg.Held = true
	case LegResumed:
		leg.Held = false
	case LegEnded:
		leg.State = StateEnded
		leg.EndedAt = &e.Time
		leg.Cause = &d.Cause
	}
}

// leaveLonelyBridge: when the other leg of a bridge is gone, there is none.
func (c *Call) leaveLonelyBridge() {
	var last *Leg
	for i := range c.Legs {
		if c.Legs[i].State != StateBridged {
			continue
		}
		if last != nil {
			return
		}
		last = &c.Legs[i]
	}
	if last != nil {
		last.State = StateTalking
	}
}

func (c *Call) leg(id string) *Leg {
	for i := range c.Legs {
		if c.Legs[i].ID == id {
			return &c.Legs[i]
		}
	}
	return nil
}

func (c *Call) moveLeg(id string, to State) {
	if l := c.leg(id); l != nil && l.State != StateEnded {
		l.State = to
	}
}

// stateByLegs: a call is as far as the leg that has the caller's place has come.
func (c *Call) stateByLegs() State {
	head := c.headLeg()
	switch {
	case head == nil:
		return StateStarting
	case head.State == StateEnded:
		return StateEnding
	}
	return head.State
}

// headLeg is the leg that has the caller's place; nil before there is one.
func (c *Call) headLeg() *Leg {
	if l := c.leg(c.head); l != nil {
		return l
	}
	if len(c.Legs) > 0 {
		return &c.Legs[0]
	}
	return nil
}
