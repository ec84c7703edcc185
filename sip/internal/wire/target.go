package wire

import (
	"net/netip"
	"net/url"
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

// Bracketed writes a host as a URI does.
func Bracketed(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + host + "]"
	}
	return host
}
