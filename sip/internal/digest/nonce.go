package digest

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"sync"
	"time"
)

// A nonce is when it was made, what makes it differ from others, and a proof that
// we made it. So challenges cost no memory; only nonces with which somebody has
// proven himself are kept, for as long as their counts matter.
//
//	8 bytes nanoseconds since 1970 | 8 random | 16 of HMAC-SHA-256 over both
const (
	nonceID   = 16
	nonceSize = nonceID + 16
)

type id [nonceID]byte

func (n id) made() time.Time { return time.Unix(0, int64(binary.BigEndian.Uint64(n[:]))) }

// nonces makes them and sees to it that each count is used once.
type nonces struct {
	key  [32]byte
	life time.Duration
	max  int // of each generation

	// Used nonces, in two generations: the young become the old ones when they are
	// as old as a nonce can be, or too many, and the old are forgotten. What was
	// made up to floor and is not known may have been forgotten, and counts as old.
	mu         sync.Mutex
	young, old generation
	turned     time.Time
	floor      time.Time
}

type generation struct {
	used   map[id]*window
	newest time.Time
}

// newNonces returns nonces that live so long, of which max are remembered.
func newNonces(life time.Duration, max int, now time.Time) *nonces {
	n := &nonces{life: life, max: (max + 1) / 2, turned: now, young: generation{used: map[id]*window{}}}
	rand.Read(n.key[:])
	return n
}

// make returns a nonce that never was.
func (n *nonces) make(now time.Time) string {
	var b [nonceSize]byte
	binary.BigEndian.PutUint64(b[:], uint64(now.UnixNano()))
	rand.Read(b[8:nonceID])
	copy(b[nonceID:], n.proof(b[:nonceID]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

func (n *nonces) proof(text []byte) []byte {
	h := hmac.New(sha256.New, n.key[:])
	h.Write(text)
	return h.Sum(nil)[:nonceSize-nonceID]
}

// open returns what a nonce of ours says; ok is false for all others.
func (n *nonces) open(text string) (x id, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != nonceSize || !hmac.Equal(b[nonceID:], n.proof(b[:nonceID])) {
		return x, false
	}
	return id(b), true
}

// once is the count of credentials that have none (RFC 2069): it uses the whole
// nonce up.
const once = 0

// use takes a count of a nonce that proved somebody. stale means that the nonce is
// too old to say, replayed that the count was used before.
func (n *nonces) use(x id, count uint32, now time.Time) (stale, replayed bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(x.made()) > n.life {
		return true, false
	}
	if now.Sub(n.turned) >= n.life || len(n.young.used) >= n.max {
		if n.old.newest.After(n.floor) {
			n.floor = n.old.newest
		}
		n.young, n.old, n.turned = generation{used: map[id]*window{}}, n.young, now
	}
	w := n.young.used[x]
	if w == nil {
		w = n.old.used[x]
	}
	if w == nil {
		if !x.made().After(n.floor) {
			return true, false
		}
		w = &window{}
		n.young.used[x] = w
		if x.made().After(n.young.newest) {
			n.young.newest = x.made()
		}
	}
	return false, !w.take(count)
}

// window knows which of the last 64 counts were used; older ones count as used.
type window struct {
	top  uint32
	bits uint64 // bit i: top-i
}

func (w *window) take(count uint32) bool {
	switch {
	case count == once:
		fresh := w.top == 0
		w.top, w.bits = math.MaxUint32, math.MaxUint64
		return fresh
	case count > w.top:
		w.bits = w.bits<<(count-w.top) | 1
		w.top = count
		return true
	case w.bits>>(w.top-count)&1 == 1 || w.top-count >= 64:
		return false
	}
	w.bits |= 1 << (w.top - count)
	return true
}
