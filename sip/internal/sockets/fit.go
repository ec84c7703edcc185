package sockets

import (
	"context"
	"net/netip"
	"sync"
	"time"
)

// Fit returns the place that a request of so many bytes leaves from: the one it
// has, or, when it is too large for UDP, one on a TCP connection to the same
// address (RFC 3261 §18.1.1). UDP stays where we have no TCP listener, for the
// peer could not call back, and where the peer takes no connection; that is
// remembered for a while. It may take as long as Config.TryTCP, so no reader of a
// socket calls it. The caller writes the Via anew when the place is another.
func (s *Set) Fit(ctx context.Context, size int, at Place, peer netip.AddrPort) Place {
	if at.Network != UDP || size <= s.env.LargestDatagram || s.listener(TCP, peer) == nil {
		return at
	}
	if c := s.hub.find(peer); (c == nil || c.network != TCP) && s.noTCP.held(peer, time.Now()) {
		return at
	}
	limited, cancel := context.WithTimeout(ctx, s.env.TryTCP)
	defer cancel()
	by, err := s.To(limited, Peer{Network: TCP, Addr: peer})
	if err != nil {
		if ctx.Err() == nil {
			s.noTCP.hold(peer, time.Now())
		}
		s.env.Log.Debug("sip large request stays on udp", "peer", peer, "bytes", size, "error", err)
		return at
	}
	return by
}

// grudge remembers for a while who took no connection.
type grudge struct {
	keep time.Duration

	mu    sync.Mutex
	until map[netip.AddrPort]time.Time
}

// maxGrudges bounds them; beyond it whoever is new is asked each time.
const maxGrudges = 1024

func newGrudge(keep time.Duration) *grudge {
	return &grudge{keep: keep, until: map[netip.AddrPort]time.Time{}}
}

func (g *grudge) hold(peer netip.AddrPort, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.until) >= maxGrudges {
		for p, until := range g.until {
			if !now.Before(until) {
				delete(g.until, p)
			}
		}
	}
	if len(g.until) < maxGrudges {
		g.until[peer] = now.Add(g.keep)
	}
}

func (g *grudge) held(peer netip.AddrPort, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	until, ok := g.until[peer]
	if ok && !now.Before(until) {
		delete(g.until, peer)
		return false
	}
	return ok
}
