package trunk

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

const (
	digits  = "0123456789"
	letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	marks   = "-_.!~*'()" // RFC 3261 §25.1
)

// isUser reports whether text can be the user part of a SIP URI as it stands
// (RFC 3261 §25.1): no character of it could change the message around it.
func isUser(text string) bool {
	return text != "" && len(text) <= 128 && only(text, letters+digits+marks+"&=+$,;?/#")
}

// isToken reports whether text can be a header's name (RFC 3261 §25.1).
func isToken(text string) bool {
	return text != "" && len(text) <= 64 && only(text, letters+digits+"-.!%*_+`'~")
}

// only reports whether each character of text is one of these.
func only(text, of string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strings.ContainsRune(of, r) })
}

// ParseHost splits host, host:port, [IPv6] or [IPv6]:port. The host comes back
// without brackets, the port as 0 when there is none.
func ParseHost(text string) (host string, port uint16, err error) {
	host = text
	if h, p, err := net.SplitHostPort(text); err == nil && only(p, digits) {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("%q: port %q is not 1 to 65535", text, p)
		}
		host, port = h, uint16(n)
	} else if strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") {
		host = text[1 : len(text)-1]
	}
	bracketed := strings.HasPrefix(text, "[")
	a, ip := netip.ParseAddr(host)
	switch {
	case ip == nil && a.Is6() && !bracketed:
		return "", 0, fmt.Errorf("%q: write an IPv6 address in brackets, [%s] or [%s]:5060", text, host, host)
	case ip == nil && a.Zone() != "":
		return "", 0, fmt.Errorf("%q: an address with a zone means nothing to others", text)
	case ip == nil && a.Is6() == bracketed, ip != nil && !bracketed && isHostname(host):
		return host, port, nil
	}
	return "", 0, fmt.Errorf("%q is not host or host:port, such as sip.example.com, 192.0.2.7:5060 or [2001:db8::7]", text)
}

// isHostname follows RFC 3261 §25.1: labels of letters, digits and inner hyphens,
// the last of which does not begin with a digit.
func isHostname(name string) bool {
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > 253 {
		return false
	}
	labels := strings.Split(name, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || !only(l, letters+digits+"-") || l[0] == '-' || l[len(l)-1] == '-' {
			return false
		}
	}
	return !strings.ContainsAny(labels[len(labels)-1][:1], digits)
}
