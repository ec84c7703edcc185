package sip

import (
	"net/url"
	"strings"
	"unicode/utf8"

	gosip "github.com/emiago/sipgo/sip"
)

// String returns the party as a SIP URI.
func (p Party) String() string {
	uri := p.uri()
	return uri.String()
}

// uri returns the party as a SIP URI, escaped.
func (p Party) uri() gosip.Uri {
	return gosip.Uri{Scheme: "sip", User: escapeUser(p.User), Host: p.Host}
}

// partyOf reads a party from a URI and a display name of the wire. What it
// returns is valid UTF-8 without control characters, whatever was sent.
func partyOf(uri gosip.Uri, display string) Party {
	user := uri.User
	if uri.Scheme == "tel" {
		user, _, _ = strings.Cut(uri.Raw(), ";")
	}
	if plain, err := url.PathUnescape(user); err == nil {
		user = plain
	}
	return Party{User: clean(user), Host: clean(uri.Host), Display: clean(unquote(display))}
}

// clean makes text from outside fit for logs, JSON and databases.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
}

// unquote takes the backslashes out of a quoted string (RFC 3261 §25.1).
func unquote(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// quote makes text fit to stand between the quotes of a display name.
func quote(text string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text)
}

// escapeUser writes the user part of a URI (RFC 3261 §25.1: user).
func escapeUser(user string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(user) {
		c := user[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0
		if plain {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
