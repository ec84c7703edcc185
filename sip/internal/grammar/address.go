package grammar

import (
	"net/url"
	"strings"
)

// Bounds of an address, in bytes.
const (
	maxDisplay = 128
	maxUser    = 128
	maxHost    = 255
)

// Address is a name-addr or an addr-spec: who, and what is said about it.
type Address struct {
	Display string
	Scheme  string // sip, sips or tel
	User    string // unescaped, without user parameters; the number of a tel URI, without hyphens
	Host    string // none in a tel URI

	uri     []string // parameters of the URI
	headers string   // after its question mark
	params  []string // of the header
}

// ReadAddress reads an address with a sip, sips or tel URI.
func ReadAddress(text string) (a Address, ok bool) {
	uri := text
	if open := strings.IndexByte(unquoted(text), '<'); open >= 0 {
		end := strings.IndexByte(text[open:], '>')
		if end < 0 {
			return a, false
		}
		a.Display = Clean(Unquote(strings.TrimSpace(text[:open])), maxDisplay)
		uri = text[open+1 : open+end]
		a.params = Split(text[open+end+1:], ';')[1:]
		ok = a.readURI(uri)
		return a, ok
	}
	uri, params, _ := strings.Cut(uri, ";") // without <> parameters are the header's (RFC 3261 §20)
	if params != "" {
		a.params = Split(params, ';')
	}
	ok = a.readURI(uri)
	return a, ok
}

// unquoted returns text with a leading quoted string blanked out.
func unquoted(text string) string {
	trimmed := strings.TrimLeft(text, " \t")
	if !strings.HasPrefix(trimmed, `"`) {
		return text
	}
	begin := len(text) - len(trimmed)
	for i := begin + 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return strings.Repeat(" ", i+1) + text[i+1:]
		}
	}
	return ""
}

func (a *Address) readURI(uri string) bool {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(uri), ":")
	a.Scheme = strings.ToLower(scheme)
	if !ok {
		return false
	}
	switch a.Scheme {
	case "tel":
		parts := strings.Split(rest, ";")
		a.User, a.uri = number(parts[0]), parts[1:]
		return a.User != ""
	case "sip", "sips":
	default:
		return false
	}
	rest, a.headers, _ = strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, _, _ := strings.Cut(rest[:at], ";") // user parameters, such as phone-context
		user, _, _ = strings.Cut(user, ":")       // a password
		a.User = unescape(user, maxUser)
		rest = rest[at+1:]
	}
	parts := strings.Split(rest, ";")
	a.Host, a.uri = Clean(host(parts[0]), maxHost), parts[1:]
	return a.Host != "" && !strings.ContainsAny(a.Host, " <>\"@,")
}

// host takes the port off, and keeps the brackets of an IPv6 address.
func host(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	if strings.HasPrefix(text, "[") {
		end := strings.IndexByte(text, ']')
		return text[:end+1]
	}
	text, _, _ = strings.Cut(text, ":")
	return text
}

// number takes out what makes a number easier to read (RFC 3966 §3).
func number(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-.() ", r) {
			return -1
		}
		return r
	}, unescape(text, maxUser))
}

func unescape(text string, most int) string {
	if plain, err := url.PathUnescape(text); err == nil {
		text = plain
	}
	return Clean(text, most)
}

// Param returns a parameter of the header.
func (a Address) Param(name string) (string, bool) { return Param(a.params, name) }

// URIParam returns a parameter of the URI.
func (a Address) URIParam(name string) (string, bool) { return Param(a.uri, name) }

// URIHeader returns a header in the URI, unescaped (RFC 3261 §19.1.1).
func (a Address) URIHeader(name string) string {
	for h := range strings.SplitSeq(a.headers, "&") {
		n, v, _ := strings.Cut(h, "=")
		if strings.EqualFold(n, name) {
			return unescape(v, 512)
		}
	}
	return ""
}

// EscapeUser writes the user part of a URI.
func EscapeUser(user string) string { return escape(user, "-_.!~*'()&=+$,/") }

// EscapeHeader writes the value of a header in a URI.
func EscapeHeader(value string) string { return escape(value, "-_.!~*'()[]/?:+$") }

func escape(text, plain string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if letter || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
