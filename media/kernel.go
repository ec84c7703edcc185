package media

import (
	"net/netip"

	"trunkline/internal/clock"
	"trunkline/internal/netio"
)

// kernel is the real Network: UDP sockets, timerfd, eventfd.
type kernel struct {
	wanted netio.Tier
	opened netio.Tier // what it became
}

// Bind binds a pair. It keeps a nil *netio.Pair from becoming a non-nil Ports.
func (*kernel) Bind(addr netip.Addr, port uint16) (netio.Ports, error) {
	p, err := netio.Bind(addr, port)
	if err != nil {
		return nil, err
	}
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
