package fetch

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// maxTries bounds the addresses of one name that are tried.
const maxTries = 4

// dial resolves a host once and connects to what that said. Every address is
// checked, also the ones behind the first that answers: a name that leads inside
// and outside at once is not to be trusted with either.
func (c *Client) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	addrs, err := c.resolve(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range addrs {
		if err := c.mayReach(a); err != nil {
			return nil, err
		}
	}
	dialer := net.Dialer{ControlContext: c.control}
	for i, a := range addrs {
		conn, dialErr := dialer.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if dialErr == nil {
			return conn, nil
		}
		if err = dialErr; i+1 == maxTries || ctx.Err() != nil {
			break
		}
	}
	return nil, err
}

func (c *Client) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}, nil
	}
	addrs, err := c.opts.Resolver.LookupNetIP(ctx, "ip", host)
	if err == nil && len(addrs) == 0 {
		err = fmt.Errorf("look up %s: no address", host)
	}
	return addrs, err
}

// control looks at the address once more, in the moment before the kernel connects
// to it: it is the last word, whatever came before.
func (c *Client) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	a, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %s: %w", address, ErrForbidden)
	}
	return c.mayReach(a.Addr())
}

// mayReach reports why an address may not be connected to.
func (c *Client) mayReach(a netip.Addr) error {
	inner := innermost(a)
	for _, n := range c.opts.Networks {
		if n.Contains(a.Unmap().WithZone("")) {
			return nil
		}
	}
	if a.Zone() != "" || !public(a.Unmap()) || !public(inner) {
		return fmt.Errorf("address %s is not of the public Internet: %w", a, ErrForbidden)
	}
	return nil
}

// special are the networks that are not of the public Internet, or that nobody
// there has business in (the registries of RFC 6890, and multicast).
var special = func() (list []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8",
		"169.254.0.0/16", // link-local: the metadata of clouds at .169.254, .170.2
		"172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24",
		"192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
		"168.63.129.16/32", "100.100.100.200/32", // metadata of clouds outside the special ranges
		"224.0.0.0/4", "240.0.0.0/4",
		"::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16",
		"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	} {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}()

func public(a netip.Addr) bool {
	if !a.IsGlobalUnicast() {
		return false
	}
	for _, n := range special {
		if n.Contains(a) {
			return false
		}
	}
	return true
}

// innermost returns the IPv4 address that an IPv6 address is a way of writing:
// mapped (RFC 4291), translated (RFC 6052), or of a 6to4 tunnel (RFC 3056).
func innermost(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Is4() {
		return a
	}
	b := a.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(a.WithZone("")):
		return netip.AddrFrom4([4]byte(b[12:]))
	case b[0] == 0x20 && b[1] == 0x02:
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}
