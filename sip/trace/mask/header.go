package mask

import (
	"bytes"

	"trunkline/sip/trace/scan"
)

// header stars what a header must not show.
func header(line []byte, o Options) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	if !ok {
		return
	}
	name = bytes.TrimRight(name, " \t")
	switch {
	case scan.Is(name, "authorization"), scan.Is(name, "proxy-authorization"),
		scan.Is(name, "www-authenticate"), scan.Is(name, "proxy-authenticate"):
		scheme, params := word(value)
		if !scan.Is(scheme, "digest") {
			cover(params)
			return
		}
		digest(params, o)
	case scan.Is(name, "authentication-info"), scan.Is(name, "proxy-authentication-info"):
		digest(value, o)
	case o.Numbers && (scan.Is(name, "identity") || scan.Is(name, "y")):
		cover(value) // a PASSporT (RFC 8225) is base64 with both numbers in it
	case o.Numbers:
		displayNames(value)
	}
}

// digest stars the values of digest parameters (RFC 8760), but for those that
// are no secret.
func digest(b []byte, o Options) {
	for len(b) > 0 {
		var name, value []byte
		name, value, b = param(b)
		switch {
		case value == nil:
			cover(name) // no parameter at all
		case scan.Is(name, "username"):
			if o.Numbers {
				number(value)
			}
		case open(name):
		default:
			cover(value)
		}
	}
}

// open reports whether a digest parameter may be read by anybody.
func open(name []byte) bool {
	for _, is := range [...]string{
		"realm", "uri", "algorithm", "qop", "nc", "opaque", "userhash", "stale", "domain", "charset",
	} {
		if scan.Is(name, is) {
			return true
		}
	}
	return false
}

// param splits the first of a list of parameters off; its value is without
// quotes. A parameter without "=" has a nil value.
func param(b []byte) (name, value, rest []byte) {
	b = bytes.TrimLeft(b, " \t\r\n,")
	end := bytes.IndexAny(b, "=, \t")
	if end < 0 {
		return b, nil, nil
	}
	name, rest = b[:end], bytes.TrimLeft(b[end:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '=' {
		return name, nil, rest
	}
	rest = bytes.TrimLeft(rest[1:], " \t\r\n")
	if len(rest) > 0 && rest[0] == '"' {
		value, rest = quoted(rest[1:])
		return name, value, rest
	}
	if end = bytes.IndexAny(rest, ", \t\r\n"); end < 0 {
		end = len(rest)
	}
	return name, rest[:end:end], rest[end:]
}

// quoted returns what comes before the closing quote, or all of it.
func quoted(b []byte) (inside, rest []byte) {
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return b[:i], b[i+1:]
		}
	}
	return b, nil
}

// uris stars the passwords in all SIP URIs (RFC 3261 §19.1.1), and, when asked
// to, the ends of numbers.
func uris(m []byte, o Options) {
	for rest := m; ; {
		i := bytes.IndexByte(rest, ':')
		if i < 0 {
			return
		}
		before, after := rest[:i], rest[i+1:]
		rest = after
		switch {
		case schemed(before, "sip"), schemed(before, "sips"):
			user, ok := userinfo(after)
			if !ok {
				continue
			}
			name, password, _ := bytes.Cut(user, []byte(":"))
			cover(password)
			if o.Numbers {
				name, _, _ = bytes.Cut(name, []byte(";"))
				number(name)
			}
		case o.Numbers && schemed(before, "tel"):
			end := bytes.IndexAny(after, ";,>?<\" \t\r\n")
			if end < 0 {
				end = len(after)
			}
			number(after[:end])
		}
	}
}

// schemed reports whether b ends with a URI scheme.
func schemed(b []byte, scheme string) bool {
	n := len(b) - len(scheme)
	if n < 0 || !scan.Is(b[n:], scheme) {
		return false
	}
	return n == 0 || !('a' <= b[n-1]|0x20 && b[n-1]|0x20 <= 'z')
}

// userinfo returns what stands before the @ of a SIP URI, if there is one.
func userinfo(b []byte) ([]byte, bool) {
	end := bytes.IndexAny(b, "@<>\" \t\r\n")
	if end < 0 || b[end] != '@' {
		return nil, false
	}
	return b[:end], true
}

// displayNames stars the numbers in the names before each < of a header.
func displayNames(value []byte) {
	for {
		i := bytes.IndexByte(value, '<')
		if i < 0 {
			return
		}
		name := value[:i]
		number(name[bytes.LastIndexByte(name, ',')+1:])
		end := bytes.IndexByte(value, '>')
		if end < i {
			return
		}
		value = value[end+1:]
	}
}

// number stars the last four digits of what has enough of them to be one that
// belongs to somebody; a short code does not.
func number(b []byte) {
	const least, hidden = 6, 4
	digits := 0
	for _, c := range b {
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	if digits < least {
		return
	}
	for i, left := len(b)-1, hidden; left > 0; i-- {
		if '0' <= b[i] && b[i] <= '9' {
			b[i] = star
			left--
		}
	}
}
