package locate

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"trunkline/sip/internal/locate/lookup"
	"trunkline/sip/trunk"
)

// kind is a transport: its port when none is written, what comes before the domain
// in its SRV records, and its service in NAPTR records (RFC 3263 §4.1, RFC 7118
// §9). There are no SRV names for WebSocket but those that a NAPTR record gives.
type kind struct {
	transport string
	port      uint16
	srv       string
	service   string
}

// kinds are all of them, in the order in which they are taken when nobody says
// which.
var kinds = []kind{
	{"udp", 5060, "_sip._udp.", "SIP+D2U"},
	{"tcp", 5060, "_sip._tcp.", "SIP+D2T"},
	{"tls", 5061, "_sips._tcp.", "SIPS+D2T"},
	{"ws", 80, "", "SIP+D2W"},
	{"wss", 443, "", "SIPS+D2W"},
}

// target is a trunk.Target, understood.
type target struct {
	index int
	host  string
	addr  netip.Addr // of a literal address
	port  uint16     // zero: not written; of a literal address it is there
	kind  kind       // zero: not written; with a port or an address it is there
}

// hasServices reports whether the DNS can say more of a name than its addresses. A
// name without a dot is a nickname in the local network.
func (t *target) hasServices() bool { return t.port == 0 && strings.Contains(t.host, ".") }

// hop returns an address of the target as a hop.
func (t *target) hop(a netip.Addr, k kind, port uint16) Hop {
	return Hop{Transport: k.transport, Addr: netip.AddrPortFrom(a, port), Host: t.host, Target: t.index}
}

// parse understands a target, with the defaults that need no lookup.
func (l *Locator) parse(written trunk.Target) (target, error) {
	t, err := split(written.Host)
	if err != nil {
		return target{}, err
	}
	if t.kind, err = l.kind(written.Transport); err != nil {
		return target{}, fmt.Errorf("target %q: %w", written.Host, err)
	}
	if !t.addr.IsValid() {
		if written.Transport == "" && t.hasServices() {
			t.kind = kind{}
		}
		return t, nil
	}
	if t.port == 0 {
		t.port = t.kind.port
	}
	switch {
	case !lookup.Sendable(t.addr):
		return target{}, fmt.Errorf("target %q: not the address of one host", written.Host)
	case !l.cfg.Reach.has(t.kind.transport, t.addr):
		return target{}, fmt.Errorf("target %q: nothing listens on %s for such addresses", written.Host, t.kind.transport)
	}
	return t, nil
}

// kind returns the transport of a name; of no name the first that can be used.
func (l *Locator) kind(transport string) (kind, error) {
	for _, k := range kinds {
		if (transport == "" || transport == k.transport) && l.cfg.Reach.offers(k.transport) {
			return k, nil
		}
	}
	if transport == "" {
		transport = "any transport"
	}
	return kind{}, fmt.Errorf("nothing listens on %s", transport)
}

// split reads host[:port]. IPv6 addresses stand in brackets when there is a port.
func split(s string) (target, error) {
	if ap, err := netip.ParseAddrPort(s); err == nil && ap.Port() != 0 {
		return literal(ap.Addr(), ap.Port()), nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return literal(a, 0), nil
	}
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		if a, err := netip.ParseAddr(inner); err == nil && ok && a.Is6() {
			return literal(a, 0), nil
		}
	}
	host, port, withPort := strings.Cut(s, ":")
	n, err := strconv.ParseUint(port, 10, 16)
	if withPort && (err != nil || n == 0) {
		return target{}, fmt.Errorf("target %q: port %q is not a port", s, port)
	}
	if !isName(host) {
		return target{}, fmt.Errorf("target %q: want host or host:port", s)
	}
	return target{host: strings.ToLower(strings.TrimSuffix(host, ".")), port: uint16(n)}, nil
}

func literal(a netip.Addr, port uint16) target {
	a = a.Unmap()
	return target{host: a.WithZone("").String(), addr: a, port: port}
}

// isName reports whether this can be a host's name. What looks like an address in
// some other notation, such as 0x7f.1 or 2130706433, is none (RFC 1123 §2.1).
func isName(host string) bool {
	labels := strings.Split(strings.TrimSuffix(host, "."), ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if letter := c|0x20 >= 'a' && c|0x20 <= 'z'; !letter && !isDigit(c) && c != '-' && c != '_' {
				return false
			}
		}
	}
	return len(host) <= 253 && !isDigit(labels[len(labels)-1][0])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
