package guard

import (
	"encoding/binary"
	"hash/maphash"
	"net/netip"
	"sync"
	"time"
)

// bucket is a token bucket as one number: the time at which it will be full
// again (the generic cell rate algorithm of ITU-T I.371). Zero is full.
type bucket int64

// fresh is the bucket of who came into a crowd: it has one token and no burst.
const fresh bucket = -1

// take takes a token if there is one.
func (b *bucket) take(at int64, r Rate) bool {
	if r.PerSecond < 0 {
		return true
	}
	each := r.each()
	full := max(int64(*b), at) + each
	if full-at > each*int64(r.Burst) {
		return false
	}
	*b = bucket(full)
	return true
}

// drain leaves one token.
func (b *bucket) drain(at int64, r Rate) {
	*b = bucket(at)
	if r.PerSecond > 0 {
		*b += bucket(r.each() * int64(r.Burst-1))
	}
}

// each is how long one token takes to come back.
func (r Rate) each() int64 { return int64(min(float64(time.Second)/r.PerSecond, float64(time.Hour))) }

// key names a source: its address, of IPv6 the first half, and whether it is
// proven, so that nobody can use up another's tokens by forging his address.
type key struct {
	hi, lo uint64
	proven bool
}

func keyOf(s Source) key {
	a := s.Addr.As16()
	k := key{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:]), s.Proven}
	if !s.Addr.Unmap().Is4() {
		k.lo = 0 // whoever has one address of a /64 has them all
	}
	return k
}

// prefixOf is what is banned of a source.
func prefixOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 64
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits) // never fails: the length fits the family
	return p
}

// entry is what is known about one source.
type entry struct {
	key      key
	used     bool
	strikes  uint8 // bans so far
	offences [offences]uint16
	since    int64 // the first offence of those that are counted
	buckets  [2]bucket
}

// busy is the time until which the entry says more than a new one would.
func (e *entry) busy() int64 { return max(int64(e.buckets[messages]), int64(e.buckets[invites])) }

// ways is how many entries compete for a place; shards is how many locks there
// are. Which sources compete depends on a seed that nobody can know.
const (
	ways   = 8
	shards = 16
)

// table holds entries in a fixed number of places: a source goes to one of its
// set of eight, and pushes out the one that is least busy. It is the cache of a
// processor, and as bounded.
type table struct {
	seed  maphash.Seed
	parts [shards]part
}

type part struct {
	mu   sync.Mutex
	sets [][ways]entry
}

func newTable(size int) *table {
	t := &table{seed: maphash.MakeSeed()}
	for i := range t.parts {
		t.parts[i].sets = make([][ways]entry, max(1, size/(shards*ways)))
	}
	return t
}

// find returns the entry of a source, which is new if need be, and its lock held.
func (t *table) find(k key, at int64) (*entry, *sync.Mutex) {
	h := maphash.Comparable(t.seed, k)
	p := &t.parts[h%shards]
	p.mu.Lock()
	set := &p.sets[h/shards%uint64(len(p.sets))]
	victim := &set[0]
	for i := range set {
		e := &set[i]
		if e.used && e.key == k {
			return e, &p.mu
		}
		if victim.used && (!e.used || e.busy() < victim.busy()) {
			victim = e
		}
	}
	crowded := victim.used && victim.busy() > at
	*victim = entry{key: k, used: true}
	if crowded { // a flood of sources: who comes new gets no burst
		victim.buckets = [2]bucket{fresh, fresh}
	}
	return victim, &p.mu
}

// take takes a token of a source's bucket.
func (t *table) take(k key, at int64, what int, r Rate) bool {
	e, mu := t.find(k, at)
	defer mu.Unlock()
	b := &e.buckets[what]
	if *b == fresh {
		b.drain(at, r)
	}
	return b.take(at, r)
}

// offend counts an offence; convicted is true when it was one too many, and then
// strikes is how often that was so before.
func (t *table) offend(k key, at int64, o Offence, limit int, window int64) (strikes uint8, convicted bool) {
	e, mu := t.find(k, at)
	defer mu.Unlock()
	if at-e.since > window {
		e.offences, e.since = [offences]uint16{}, at
	}
	e.offences[o]++
	if int(e.offences[o]) < limit {
		return 0, false
	}
	e.offences[o] = 0
	strikes = e.strikes
	e.strikes = min(e.strikes+1, 16)
	return strikes, true
}
