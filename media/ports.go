package media

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"syscall"
	"time"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
)

// ports gives out port pairs of one range. It has no lock and no clock; the
// Engine guards it.
//
// Every search starts at a random pair, so that ports cannot be guessed and a
// port that was just given back is unlikely to be next. A pair rests after use,
// since late packets of the old call must not reach the new one.
type ports struct {
	first uint16
	rest  time.Duration
	pairs []pair
	used  int
	rand  *rand.Rand
	bind  func(port uint16) (netio.Ports, error)
}

// pair is one RTP/RTCP pair's state.
type pair struct {
	busy  bool
	until clock.Time // rests until then; 0 was never used
}

func newPorts(cfg Config, seed uint64, n Network) *ports {
	return &ports{
		first: cfg.PortMin,
		rest:  cfg.Rest,
		pairs: make([]pair, (int(cfg.PortMax)-int(cfg.PortMin)+1)/2),
		rand:  rand.New(rand.NewPCG(seed, seed)),
		bind:  func(port uint16) (netio.Ports, error) { return n.Bind(cfg.Bind, port) },
	}
}

// take binds a pair that is free, has rested, and that no other program holds.
func (ps *ports) take(now clock.Time) (netio.Ports, error) {
	start := ps.rand.IntN(len(ps.pairs))
	for k := range ps.pairs {
		i := (start + k) % len(ps.pairs)
		p := &ps.pairs[i]
		if p.busy || now < p.until {
			continue
		}
		bound, err := ps.bind(ps.first + uint16(2*i))
		if errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, syscall.EACCES) {
			continue // some other program's, or not ours to have
		}
		if err != nil {
			return nil, fmt.Errorf("open media session: %w", err)
		}
		p.busy = true
		ps.used++
		return bound, nil
	}
	return nil, ErrNoPorts
}

// give takes a pair back, closed already, and lets it rest.
func (ps *ports) give(bound netip.AddrPort, now clock.Time) {
	if p := ps.at(bound); p != nil {
		p.busy, p.until = false, now.Add(ps.rest)
	}
	ps.used--
}

// claim counts a pair as given out that was bound before we were.
func (ps *ports) claim(bound netip.AddrPort) {
	if p := ps.at(bound); p != nil {
		p.busy = true
	}
	ps.used++
}

// at returns the pair bound there; nil when it is not of our range, which may
// have been another once.
func (ps *ports) at(bound netip.AddrPort) *pair {
	i := (int(bound.Port()) - int(ps.first)) / 2
	if bound.Port() < ps.first || i >= len(ps.pairs) {
		return nil
	}
	return &ps.pairs[i]
}
