package sockets

import (
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// pongs tells the answers to pings of ours from pings of the peer.
type pongs struct {
	awaiting atomic.Bool // a ping is out: one line break answers it
	answers  atomic.Bool // one was answered at some time
}

// expect says that a ping goes out, and returns whether one was ever answered.
func (p *pongs) expect() (answers bool) {
	p.awaiting.Store(true)
	return p.answers.Load()
}

// answered reports whether one line break is an answer.
func (p *pongs) answered() bool {
	if !p.awaiting.CompareAndSwap(true, false) {
		return false
	}
	p.answers.Store(true)
	return true
}

// keeper keeps flows open that NATs and peers would else forget: connections that
// we made, connections of peers that it is asked for, and pairs of UDP addresses.
type keeper struct {
	set *Set

	mu  sync.Mutex
	udp map[netip.AddrPort]int // whom datagrams go to: so many want it
}

func newKeeper(s *Set) *keeper {
	return &keeper{set: s, udp: map[netip.AddrPort]int{}}
}

// KeepAlive keeps the flow to a peer open until stop is called: a registration
// lives on it. How often is in Config; a connection that is not there yet, or is
// made anew, is kept anyway when we make it.
func (s *Set) KeepAlive(network string, peer netip.AddrPort) (stop func()) {
	if network == UDP {
		return sync.OnceFunc(s.keeper.add(peer))
	}
	c := s.hub.find(peer)
	if c == nil {
		return func() {}
	}
	c.kept.Add(1)
	return sync.OnceFunc(func() { c.kept.Add(-1) })
}

func (k *keeper) add(peer netip.AddrPort) (stop func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.udp[peer]++
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.udp[peer]--; k.udp[peer] == 0 {
			delete(k.udp, peer)
		}
	}
}

// due is the shorter of the two intervals that are set; 0 when none is.
func (k *keeper) due() time.Duration {
	a, b := k.set.env.PingStream, k.set.env.PingDatagram
	if a == 0 || b > 0 && b < a {
		return b
	}
	return a
}

// run pings until the set is closed.
func (k *keeper) run() {
	tick := time.NewTicker(max(k.due()/4, time.Millisecond))
	defer tick.Stop()
	var sent time.Time
	for {
		select {
		case <-k.set.hub.closed:
			return
		case now := <-tick.C:
			k.streams(now)
			if every := k.set.env.PingDatagram; every > 0 && now.Sub(sent) >= every {
				k.datagrams()
				sent = now
			}
		}
	}
}

// streams pings the connections that have been silent.
func (k *keeper) streams(now time.Time) {
	every := k.set.env.PingStream
	if every == 0 {
		return
	}
	for _, c := range k.set.hub.all() {
		if (c.dialled || c.kept.Load() > 0) && now.UnixNano()-c.used.Load() >= int64(every) {
			c.ping() // it may wait for a peer that does not read, for Message at most
		}
	}
}

func (k *keeper) datagrams() {
	k.mu.Lock()
	peers := make([]netip.AddrPort, 0, len(k.udp))
	for peer := range k.udp {
		peers = append(peers, peer)
	}
	k.mu.Unlock()
	for _, peer := range peers {
		l := k.set.listener(UDP, peer)
		for _, c := range k.set.udp {
			if l != nil && c.at == l.Addr {
				c.ping(peer)
			}
		}
	}
}
