// Package trace keeps the SIP messages of recent calls for a while, so that
// somebody can look at a call afterwards: as a ladder, as text, as a capture
// file, as JSON.
//
// A Recorder is given every message on its way (Record, from any goroutine, cheap)
// and holds a bounded number of bytes: the call that has been silent longest makes
// room, and a call that has very much to say keeps its beginning and its end.
// What is asked for leaves with its secrets masked; nothing unmasked leaves at
// all. A call of ours is several Call-IDs: whoever asks knows which. Nothing here
// decides anything about a call or waits for anybody.
//
// To wire it in: make one Recorder, call Record from what sip.Config.Trace is set
// to, tell Hidden when a call begins and ends to ask for a PIN, and hand Messages
// of a call's SIP Call-IDs to one of the Write functions or to encoding/json.
package trace

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"trunkline/sip/trace/mask"
	"trunkline/sip/trace/scan"
)

// Event is a SIP message on the wire.
type Event struct {
	At        time.Time
	Sent      bool
	Transport string         // lower case, as in a Via; a constant, for it is kept
	Local     netip.AddrPort // ours
	Remote    netip.AddrPort
	Message   []byte // valid during the call only
}

// Message is a SIP message that was kept, its secrets masked.
type Message struct {
	At        time.Time      `json:"at"`
	Sent      bool           `json:"sent" doc:"By us, rather than to us"`
	Transport string         `json:"transport"`
	Local     netip.AddrPort `json:"local"`
	Remote    netip.AddrPort `json:"remote"`
	CallID    string         `json:"call_id"`
	Repeated  bool           `json:"repeated,omitempty" doc:"The same message went the same way before"`
	Missing   int            `json:"missing,omitempty" doc:"How many messages of its Call-ID before this one were not kept"`
	Text      string         `json:"text"`
}

// Config says how much is kept.
type Config struct {
	Bytes   int  // in all; 0 keeps nothing
	PerCall int  // for one Call-ID; default 64 KiB
	Numbers bool // mask the ends of telephone numbers as well

	// Keep is how long a call that says nothing more is kept, at least until the
	// next message of any call; 0 is as long as there is room.
	Keep time.Duration
	// Hidden, when set, are calls whose keys in INFO are masked.
	Hidden *mask.Calls
}

// spares is how many forgotten calls are kept for use as new ones.
const spares = 64

// DefaultBytes is a budget for those who have none in mind: some thousand calls.
const DefaultBytes = 16 << 20

// A Recorder keeps messages. It may be used by any goroutine.
type Recorder struct {
	cfg Config

	mu    sync.Mutex
	calls map[string]*thread
	ring  thread // where the calls, silent longest first, begin and end
	used  int    // bytes, by all calls
	free  *block
	spare []*thread
	stats Stats
}

// Stats tell what a Recorder holds, and what it has refused since it began.
type Stats struct {
	Calls   int    // Call-IDs
	Bytes   int    // of the budget
	Evicted uint64 // Call-IDs that made room
	Skipped uint64 // messages without a Call-ID, or too large
}

// New returns a recorder.
func New(cfg Config) *Recorder {
	if cfg.PerCall <= 0 {
		cfg.PerCall = 64 << 10
	}
	cfg.PerCall = min(cfg.PerCall, cfg.Bytes)
	r := &Recorder{cfg: cfg, calls: map[string]*thread{}}
	r.ring.older, r.ring.newer = &r.ring, &r.ring
	return r
}

// Record keeps a copy of a message. Once the budget is in use it allocates nothing
// but the name of a call not heard of before.
func (r *Recorder) Record(ev Event) {
	if r.cfg.Bytes <= 0 {
		return
	}
	id := scan.CallID(ev.Message)
	hidden := r.cfg.Hidden != nil && r.cfg.Hidden.Hidden(id)
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(id) == 0 || len(ev.Message) > r.cfg.PerCall/2 {
		r.stats.Skipped++
		return
	}
	th := r.calls[string(id)]
	if th == nil {
		th = r.open(string(id))
	}
	th.unlink()
	th.link(&r.ring)
	r.used -= th.cost()
	th.keep(&r.free, record{
		at: ev.At, sent: ev.Sent, transport: ev.Transport, local: ev.Local, remote: ev.Remote,
		hidden: hidden, length: len(ev.Message),
	}, ev.Message, r.cfg.PerCall)
	r.used += th.cost()
	for oldest := r.ring.newer; oldest != th && (r.used > r.cfg.Bytes || r.stale(oldest, ev.At)); oldest = r.ring.newer {
		r.evict(oldest)
	}
}

// stale reports whether a call has been silent for longer than it is kept.
func (r *Recorder) stale(th *thread, now time.Time) bool {
	return r.cfg.Keep > 0 && now.Sub(th.heard) > r.cfg.Keep
}

// open begins a call.
func (r *Recorder) open(id string) *thread {
	th := &thread{}
	if n := len(r.spare); n > 0 {
		th, r.spare = r.spare[n-1], r.spare[:n-1]
	}
	th.id = id
	r.calls[id] = th
	r.used += th.cost()
	return th
}

// evict forgets a call and keeps its memory for the next one.
func (r *Recorder) evict(th *thread) {
	r.used -= th.cost()
	th.unlink()
	delete(r.calls, th.id)
	th.reset(&r.free)
	if len(r.spare) < spares {
		r.spare = append(r.spare, th)
	}
	r.stats.Evicted++
}

// Stats returns what the recorder holds now.
func (r *Recorder) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Calls, s.Bytes = len(r.calls), r.used
	return s
}

// Messages returns what is kept of these Call-IDs, in the order of time, masked.
func (r *Recorder) Messages(callIDs ...string) []Message {
	var all []Message
	for i, id := range callIDs {
		if !slices.Contains(callIDs[:i], id) {
			all = append(all, r.messages(id)...)
		}
	}
	slices.SortStableFunc(all, func(a, b Message) int { return a.At.Compare(b.At) })
	return all
}

// messages copies a call under the lock and does the rest without it.
func (r *Recorder) messages(id string) []Message {
	r.mu.Lock()
	th := r.calls[id]
	if th == nil {
		r.mu.Unlock()
		return nil
	}
	begin, middle := len(th.begin.records), th.missing
	records, text := th.copy()
	r.mu.Unlock()

	list := make([]Message, len(records))
	seen := map[way]bool{}
	for i, rec := range records {
		own := text[:rec.length]
		text = text[rec.length:]
		this := way{rec.sent, rec.remote, string(own)}
		mask.Message(own, mask.Options{Keys: rec.hidden, Numbers: r.cfg.Numbers})
		list[i] = Message{
			At: rec.at, Sent: rec.sent, Transport: rec.transport, Local: rec.local, Remote: rec.remote,
			CallID: id, Repeated: seen[this], Text: string(own),
		}
		if i == begin {
			list[i].Missing = middle
		}
		seen[this] = true
	}
	return list
}

// way is what makes a message a repetition (RFC 3261 §17): the same bytes, to or
// from the same place.
type way struct {
	sent   bool
	remote netip.AddrPort
	text   string
}
