package guard

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Ban is an entry of the ban list.
type Ban struct {
	Prefix netip.Prefix `json:"prefix"`
	Reason string       `json:"reason"` // an Offence's name, or the words of who banned it
	Since  time.Time    `json:"since"`
	Until  time.Time    `json:"until,omitzero"` // zero is for ever
	Manual bool         `json:"manual"`
	Proven bool         `json:"proven"` // holds for TCP as well
	Hits   uint64       `json:"hits"`   // messages that it silenced
}

// ban is a Ban on the guard's own clock.
type ban struct {
	prefix       netip.Prefix
	reason       string
	since, until int64 // until 0 is for ever
	manual       bool
	proven       bool
	hits         *atomic.Uint64
}

// bans is the ban list. Prefixes of every length are found by asking for each
// length that occurs, and as a rule that is one.
type bans struct {
	size  int
	any   atomic.Int64 // how many there are: the usual none costs no lock
	mu    sync.RWMutex
	list  map[netip.Prefix]ban
	bits  [2][129]int // how many of each length: IPv4, IPv6
	allow []netip.Prefix
}

func (l *bans) open(cfg Bans) { l.size, l.list = cfg.Size, map[netip.Prefix]ban{} }

// silences reports whether a source is banned.
func (l *bans) silences(s Source, at int64) bool {
	if l.any.Load() == 0 {
		return false
	}
	addr := s.Addr.Unmap().WithZone("")
	l.mu.RLock()
	defer l.mu.RUnlock()
	for bits, n := range l.bits[family(addr)] {
		if n == 0 || bits > addr.BitLen() {
			continue
		}
		p, _ := addr.Prefix(bits)
		b, ok := l.list[p]
		if !ok || b.until != 0 && b.until <= at || !b.proven && (s.Proven || s.Known) || l.allows(addr) {
			continue
		}
		b.hits.Add(1)
		return true
	}
	return false
}

func family(a netip.Addr) int {
	if a.Is4() {
		return 0
	}
	return 1
}

func (l *bans) allows(a netip.Addr) bool {
	return slices.ContainsFunc(l.allow, func(p netip.Prefix) bool { return p.Contains(a) })
}

// add puts a ban on the list. When that is full, another one goes: of a few that
// chance names, the one that would end first. Manual bans stay, and may take half
// of the list.
func (l *bans) add(b ban, at int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.allows(b.prefix.Addr()) {
		return false
	}
	if old, ok := l.list[b.prefix]; ok {
		if old.manual && !b.manual {
			return false
		}
		b.proven = b.proven || old.proven && (old.until == 0 || old.until > at)
		l.drop(b.prefix)
	}
	if len(l.list) >= l.size && !l.makeRoom() {
		return false
	}
	b.hits = new(atomic.Uint64)
	l.list[b.prefix] = b
	l.bits[family(b.prefix.Addr())][b.prefix.Bits()]++
	l.any.Store(int64(len(l.list)))
	return true
}

// makeRoom takes one off the list. Go walks a map from a place that chance names.
func (l *bans) makeRoom() bool {
	var victim ban
	seen := 0
	for _, b := range l.list {
		if seen++; seen > 16 && victim.prefix.IsValid() {
			break
		}
		if !b.manual && (!victim.prefix.IsValid() || b.until < victim.until) {
			victim = b
		}
	}
	l.drop(victim.prefix)
	return victim.prefix.IsValid()
}

func (l *bans) drop(p netip.Prefix) bool {
	if _, ok := l.list[p]; !ok {
		return false
	}
	delete(l.list, p)
	l.bits[family(p.Addr())][p.Bits()]--
	l.any.Store(int64(len(l.list)))
	return true
}

// Allow says who is never banned, whatever happens; it replaces the list before.
func (g *Guard) Allow(list []netip.Prefix) {
	g.bans.mu.Lock()
	defer g.bans.mu.Unlock()
	g.bans.allow = slices.Clone(list)
}

// Ban bans by hand, for a time or for ever (0), over every transport. It fails on
// what the allow list names, and when half of the list is bans by hand.
func (g *Guard) Ban(now time.Time, p netip.Prefix, length time.Duration, reason string) error {
	if !p.IsValid() || length < 0 {
		return errors.New("ban: want a network and a time")
	}
	if a := p.Addr().Unmap(); a != p.Addr() && p.Bits() >= 96 { // an IPv4 address in IPv6 clothes
		p = netip.PrefixFrom(a, p.Bits()-96)
	}
	b := ban{prefix: p.Masked(), reason: reason, since: g.at(now), manual: true, proven: true}
	if length > 0 {
		b.until = b.since + int64(length)
	}
	if g.manualBans() >= g.bans.size/2 {
		return fmt.Errorf("ban %s: there are %d bans by hand", p, g.bans.size/2)
	}
	if !g.bans.add(b, b.since) {
		return fmt.Errorf("ban %s: the allow list names it", p)
	}
	return nil
}

func (g *Guard) manualBans() (n int) {
	g.bans.mu.RLock()
	defer g.bans.mu.RUnlock()
	for _, b := range g.bans.list {
		if b.manual {
			n++
		}
	}
	return n
}

// Unban takes a network off the ban list and reports whether it was on it.
func (g *Guard) Unban(p netip.Prefix) bool {
	g.bans.mu.Lock()
	defer g.bans.mu.Unlock()
	return g.bans.drop(p.Masked())
}

// Bans lists the bans that hold, in the order in which they were made, and
// forgets those that are over.
func (g *Guard) Bans(now time.Time) []Ban {
	at := g.at(now)
	g.bans.mu.Lock()
	defer g.bans.mu.Unlock()
	list := make([]Ban, 0, len(g.bans.list))
	for p, b := range g.bans.list {
		if b.until != 0 && b.until <= at {
			g.bans.drop(p)
			continue
		}
		out := Ban{
			Prefix: p, Reason: b.reason, Manual: b.manual, Proven: b.proven, Hits: b.hits.Load(),
			Since: now.Add(time.Duration(b.since - at)),
		}
		if b.until != 0 {
			out.Until = now.Add(time.Duration(b.until - at))
		}
		list = append(list, out)
	}
	slices.SortFunc(list, func(a, b Ban) int {
		return cmp.Or(a.Since.Compare(b.Since), a.Prefix.Addr().Compare(b.Prefix.Addr()))
	})
	return list
}
