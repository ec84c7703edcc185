package netio

import (
	"errors"
	"fmt"
)

// Tier says how far below the kernel's UDP packets are moved. docs/tiers.md
// tells what each costs, needs and gives up.
type Tier uint8

// The tiers, each with what it needs.
const (
	T0   Tier = iota // the legs' own sockets: no privilege
	T1               // batched frames out: CAP_NET_RAW
	T2               // and a receive ring: CAP_NET_RAW
	Auto             // the highest that is permitted
)

// String returns what ParseTier takes.
func (t Tier) String() string {
	switch t {
	case T0:
		return "t0"
	case T1:
		return "t1"
	case T2:
		return "t2"
	case Auto:
		return "auto"
	}
	return fmt.Sprintf("tier %d", uint8(t))
}

// ParseTier reads the name of a tier: "t0", "t1", "t2" or "auto". Nothing is T0.
func ParseTier(name string) (Tier, error) {
	if name == "" {
		return T0, nil
	}
	for t := T0; t <= Auto; t++ {
		if t.String() == name {
			return t, nil
		}
	}
	return T0, fmt.Errorf("parse tier %q: want t0, t1, t2 or auto", name)
}

// Open opens a tier and says which one it is. For Auto that is the highest
// that works and of which Probe does not say for certain that it bypasses
// rules. Call it on a thread of the network namespace in question.
func Open(t Tier) (Packets, Tier, error) {
	if t == Auto {
		t = best()
	}
	var p Packets
	var err error
	switch t {
	case T0:
		p, err = asPackets(NewSockets())
	case T1:
		p, err = asPackets(NewFrames())
	case T2:
		p, err = asPackets(NewRings())
	default:
		err = errors.New("no such tier")
	}
	if err != nil {
		return nil, t, fmt.Errorf("open packet tier %v: %w", t, err)
	}
	return p, t, nil
}

// asPackets keeps a nil pointer from becoming a Packets that is not nil.
func asPackets[P Packets](p P, err error) (Packets, error) {
	if err != nil {
		return nil, err
	}
	return p, nil
}

// best is what Auto means here.
func best() Tier {
	for _, t := range []Tier{T2, T1} {
		err := Probe(t)
		var w *Warning
		if err == nil || errors.As(err, &w) && len(w.Rules) == 0 {
			return t
		}
	}
	return T0
}
