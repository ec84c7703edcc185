// Package guard stands in front of the SIP gate: it decides from the source of a
// message, before anything is parsed, whether the message is worth a look, and
// whether a new call is welcome at the moment.
//
// It holds three things: token buckets for sources and trunks (Guard), a list of
// banned sources (Guard as well, by what Offend was told), and the admission of
// new calls under load (Load). All memory is taken at the start and never grows,
// whatever is sent from wherever. It opens no socket, starts no goroutine and
// reads no clock: the time is an argument, of which only the monotonic part
// matters. Every method may be called from any goroutine.
//
// The gate of sip wires it like this, for each message:
//
//	s := guard.Source{Addr: …, Proven: not UDP, Known: trunk, peer or phone, Trunk: name}
//	if rule := g.Arrive(now, s, raw); rule != guard.Pass {    // before parsing
//		log, event, count; an answer only if rule.Status() != 0, with ReasonOf(rule)
//	}
//	if a new INVITE {                                          // after parsing
//		rule := g.Invite(now, s)
//		a, ok := load.Begin(now, arrived) // not ok: guard.Overload
//		load.End(now, a)                  // when its handler has begun, or it was refused
//	}
//	g.Offend(now, s, guard.BadMessage)                         // whenever the gate refuses
//
// Requests within dialogs pass Arrive only, and never ask Load.
//
// What UDP says about its source may be a lie. So nobody who is known is ever
// banned for what came in his name by UDP, a stranger banned for UDP is still
// heard over TCP, and strangers cannot push those who are known out of a table.
package guard

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Source is where a message came from, as far as the transport can tell.
type Source struct {
	Addr   netip.Addr
	Proven bool   // the address cannot be forged: TCP, TLS, WebSocket, a digest
	Known  bool   // a trunk's, the far side of a dialog, or a registered phone
	Trunk  string // whose limits hold: of what a trunk calls from and what it is called at; "" is none
}

// Guard decides about messages by their source.
type Guard struct {
	cfg   Config
	begin time.Time // times inside are counted from here

	strangers *table // who is nobody; may be flooded
	known     *table // phones and far sides: strangers cannot push them out
	crowd     crowd  // all strangers together
	trunks    trunks
	bans      bans
	scanners  [][]byte

	counts [rules]atomic.Uint64
	banned [offences]atomic.Uint64
}

// crowd is the one bucket of all strangers whose address is not proven: forged
// sources are without number, so a bucket for each of them limits nothing.
type crowd struct {
	mu sync.Mutex
	b  bucket
}

// trunks are the buckets of trunks, by name. Nothing is ever pushed out of here.
type trunks struct {
	mu   sync.Mutex
	list map[string]*[2]bucket
}

// New returns a guard. The zero Config has the defaults.
func New(cfg Config, now time.Time) *Guard {
	cfg = cfg.complete()
	g := &Guard{
		cfg: cfg, begin: now,
		strangers: newTable(cfg.Sources), known: newTable(cfg.Sources),
		scanners: patterns(cfg.Scanners),
	}
	g.trunks.list = map[string]*[2]bucket{}
	g.bans.open(cfg.Bans)
	return g
}

// at is a time as the tables count it: nanoseconds since the guard was made.
func (g *Guard) at(now time.Time) int64 { return max(0, int64(now.Sub(g.begin))) }

// SetTrunks says which trunks there are, at the start and at each reload. Those
// that stay keep their buckets.
func (g *Guard) SetTrunks(names []string) {
	g.trunks.mu.Lock()
	defer g.trunks.mu.Unlock()
	list := make(map[string]*[2]bucket, len(names))
	for _, name := range names {
		list[name] = g.trunks.list[name]
		if list[name] == nil {
			list[name] = new([2]bucket)
		}
	}
	g.trunks.list = list
}

// The two things that are counted for each source and trunk.
const (
	messages = iota
	invites
)

// Arrive decides about a message that has just been read; raw is not changed and
// not kept. It returns Pass, or the rule that refuses. It allocates nothing.
func (g *Guard) Arrive(now time.Time, s Source, raw []byte) Rule {
	at := g.at(now)
	if g.bans.silences(s, at) {
		return g.count(Banned)
	}
	if rule := g.take(at, s, messages); rule != Pass {
		if rule == SourceRate {
			g.Offend(now, s, Flood)
		}
		return g.count(rule)
	}
	if !s.Known && g.scans(raw) {
		g.Offend(now, s, Scan)
		return g.count(Scanner)
	}
	return Pass
}

// Invite decides about an INVITE that opens a call and that Arrive let pass.
func (g *Guard) Invite(now time.Time, s Source) Rule {
	rule := g.take(g.at(now), s, invites)
	if rule == SourceInvites {
		g.Offend(now, s, Flood)
	}
	return g.count(rule)
}

// take takes a token of every bucket that a message has to pay.
func (g *Guard) take(at int64, s Source, what int) Rule {
	if s.Trunk != "" {
		g.trunks.mu.Lock()
		defer g.trunks.mu.Unlock()
		if b := g.trunks.list[s.Trunk]; b != nil {
			if !b[what].take(at, g.cfg.Trunk[what]) {
				return TrunkRate + Rule(what)
			}
			return Pass
		}
	}
	if !g.tableOf(s).take(keyOf(s), at, what, g.cfg.Source[what]) {
		return SourceRate + Rule(what)
	}
	if what == messages && !s.Known && !s.Proven && !g.crowd.take(at, g.cfg.Strangers) {
		return Strangers
	}
	return Pass
}

func (c *crowd) take(at int64, r Rate) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.b.take(at, r)
}

func (g *Guard) tableOf(s Source) *table {
	if s.Known {
		return g.known
	}
	return g.strangers
}

// Offend counts something that a source did against it. Enough of it within
// Bans.Window is a ban, each time twice as long as before, unless the source is
// known and the evidence is nothing but UDP's word.
func (g *Guard) Offend(now time.Time, s Source, o Offence) {
	if s.Known && (!s.Proven || o != BadAuth && o != Flood) {
		return // a carrier may well send calls to numbers that nobody has
	}
	sentence := g.cfg.Bans.Sentences[o]
	if sentence.After <= 0 {
		return
	}
	at := g.at(now)
	strikes, convicted := g.tableOf(s).offend(keyOf(s), at, o, sentence.After, int64(g.cfg.Bans.Window))
	if !convicted {
		return
	}
	length := min(sentence.For<<min(strikes, 16), g.cfg.Bans.Longest)
	if g.bans.add(ban{
		prefix: prefixOf(s.Addr), reason: o.String(), since: at, until: at + int64(length), proven: s.Proven,
	}, at) {
		g.banned[o].Add(1)
	}
}

// count counts a refusal by its rule.
func (g *Guard) count(r Rule) Rule {
	if r != Pass {
		g.counts[r].Add(1)
	}
	return r
}

// Refused counts a refusal that another decided, such as the one of Load.
func (g *Guard) Refused(r Rule) { g.count(r) }

// Counts returns how many messages each rule has refused, by the rule's name.
func (g *Guard) Counts() map[string]uint64 {
	counts := make(map[string]uint64, rules-1)
	for r := Pass + 1; r < rules; r++ {
		counts[r.String()] = g.counts[r].Load()
	}
	return counts
}

// Banned returns how many bans each offence has brought, by its name.
func (g *Guard) Banned() map[string]uint64 {
	counts := make(map[string]uint64, offences)
	for o := range offences {
		counts[o.String()] = g.banned[o].Load()
	}
	return counts
}
