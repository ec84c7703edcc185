package wire

import (
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
