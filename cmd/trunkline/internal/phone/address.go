package phone

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"trunkline/sip"
)

// target is what the phone itself has to know of a URI it calls.
type target struct {
	host      string
	port      uint16
	transport sip.Transport
}

// parseTarget reads host, port and transport of a SIP URI (RFC 3261 §19.1).
func parseTarget(uri string) (target, error) {
	t := target{port: 5060, transport: sip.UDP}
	scheme, rest, found := strings.Cut(uri, ":")
	if !found || !strings.EqualFold(scheme, "sip") {
		return t, fmt.Errorf("call %q: not a SIP URI: write sip:user@host", uri)
	}
	rest, _, _ = strings.Cut(rest, "?")
	addr, params, _ := strings.Cut(rest[strings.LastIndex(rest, "@")+1:], ";")
	for p := range strings.SplitSeq(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(name, "transport") {
			continue
		}
		t.transport = sip.Transport(strings.ToLower(value))
		if t.transport != sip.UDP && t.transport != sip.TCP {
			return t, fmt.Errorf("call %q: transport %s is not spoken: use udp or tcp", uri, value)
		}
	}
	t.host = addr
	if host, port, err := net.SplitHostPort(addr); err == nil {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return t, fmt.Errorf("call %q: bad port %q", uri, port)
		}
		t.host, t.port = host, uint16(n)
	}
	t.host = strings.Trim(t.host, "[]")
	if t.host == "" {
		return t, fmt.Errorf("call %q: no host", uri)
	}
	return t, nil
}

// bindAddr chooses the address of our own: the one given, or that from which the
// callee is reached, or the well-known one of a phone that waits.
func bindAddr(cfg Config) (netip.AddrPort, error) {
	switch {
	case cfg.Bind.IsValid() && cfg.Bind.Addr().IsUnspecified():
		return cfg.Bind, fmt.Errorf("bind to %s: give an address others can reach, it goes into SDP", cfg.Bind)
	case cfg.Bind.IsValid():
		return cfg.Bind, nil
	case cfg.To == "":
		return netip.MustParseAddrPort(defaultBind), nil
	}
	t, err := parseTarget(cfg.To)
	if err != nil {
		return netip.AddrPort{}, err
	}
	// A connected UDP socket sends nothing; it asks the routing table.
	c, err := net.Dial("udp", net.JoinHostPort(t.host, strconv.Itoa(int(t.port))))
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("call %q: %w", cfg.To, err)
	}
	defer c.Close()
	local := c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()
	return netip.AddrPortFrom(local, 0), nil
}

// parseFrom reads "user", "sip:user@host" or "Name <sip:user@host>". What is
// left out is filled in.
func parseFrom(from string, local netip.Addr) (sip.Party, error) {
	p := sip.Party{User: "phone", Host: hostOf(local)}
	if from == "" {
		return p, nil
	}
	if name, uri, found := strings.Cut(from, "<"); found {
		p.Display = strings.Trim(strings.TrimSpace(name), `"`)
		from = strings.TrimSuffix(strings.TrimSpace(uri), ">")
	}
	from = strings.TrimPrefix(from, "sip:")
	user, host, found := strings.Cut(from, "@")
	if found {
		p.Host, _, _ = strings.Cut(host, ";")
	}
	plain, err := url.PathUnescape(user)
	if err != nil || plain == "" || p.Host == "" || strings.ContainsAny(from, "\r\n<>\" ") {
		return p, fmt.Errorf("from %q: write user, sip:user@host or \"Name <sip:user@host>\"", from)
	}
	p.User = plain
	return p, nil
}

// hostOf writes an address as the host of a URI.
func hostOf(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}
