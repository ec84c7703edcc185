package trunk

import (
	"fmt"
	"net/netip"
)

// Prefixes returns the networks of the trunk, understood.
func (t *Trunk) Prefixes() ([]netip.Prefix, error) {
	list := make([]netip.Prefix, 0, len(t.Networks))
	for _, text := range t.Networks {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("network %q: want 192.0.2.0/24 or 192.0.2.7/32", text)
		}
		list = append(list, p.Masked())
	}
	return list, nil
}
