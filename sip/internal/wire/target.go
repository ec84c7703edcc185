package wire

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// UserOf returns the user part of a URI, unescaped: the number, of a tel URI. It
// is valid UTF-8 without control characters, whatever was sent.
func UserOf(uri gosip.Uri) string {
	user := uri.User
	if uri.Scheme == "tel" {
		user, _, _ = strings.Cut(uri.Raw(), ";")
	}
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	return Clean(user)
}

// Target reads host[:port]; the port is 5060 unless given.
func Target(target string) (host string, port uint16, err error) {
	host = target
	port = 5060
	if h, p, err := net.SplitHostPort(target); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return "", 0, fmt.Errorf("target %q: port %q is not a port", target, p)
		}
		host, port = h, uint16(n)
	}
	host = strings.Trim(host, "[]")
	if host == "" || strings.ContainsAny(host, " /@<>\";?") || HasControl(host) {
		return "", 0, fmt.Errorf("target %q: want host or host:port", target)
	}
	return host, port, nil
}
