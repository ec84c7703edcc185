package media

import (
	"net/netip"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
)

// kernel is the real Network: UDP sockets, timerfd, eventfd.
type kernel struct {
	wanted netio.Tier
	opened netio.Tier // what it became; guarded by Engine.mu
}

// Bind binds a pair and makes it ready for the tier. It keeps a nil *netio.Pair
// from becoming a non-nil Ports.
func (k *kernel) Bind(addr netip.Addr, port uint16) (netio.Ports, error) {
	p, err := netio.Bind(addr, port)
	if err != nil {
		return nil, err
	}
	p.Prepare(k.opened) // when it cannot be done now, the thread tries, and refuses
	return p, nil
}

// Connect opens the tier, a timer and a bell.
func (k *kernel) Connect(c clock.Source) (netio.Packets, netio.Pacer, netio.Bell, error) {
	packets, tier, err := netio.Open(k.wanted)
	if err != nil {
		return nil, nil, nil, err
	}
	k.opened = tier
	pacer, err := netio.NewMetronome(c)
	if err != nil {
		packets.Close()
		return nil, nil, nil, err
	}
	bell, err := netio.NewBell()
	if err != nil {
		packets.Close()
		pacer.Close()
		return nil, nil, nil, err
	}
	return packets, pacer, bell, nil
}
