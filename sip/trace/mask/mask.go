// Package mask takes what nobody may read out of copies of SIP messages: digest
// credentials, SRTP keys, passwords, PINs that came by INFO, ends of numbers.
//
// Each secret byte becomes a star, so that a message keeps its length and can
// still be dissected. It works in place on memory that belongs to whoever calls,
// never allocates, and never fails: what it does not understand of a secret is
// starred whole. Everything that shows or sends SIP messages passes here first.
package mask

import (
	"bytes"

	"trunkline/sip/trace/scan"
)

// Options say what is masked beside what always is.
type Options struct {
	Keys    bool // keys in the body of an INFO
	Numbers bool // the last four digits of telephone numbers
}

const star = '*'

// Message masks a whole message in place. A body that holds a message or parts
// of several is masked as well.
func Message(m []byte, o Options) {
	if o.Keys {
		infoBody(m)
	}
	uris(m, o)
	for rest := m; len(rest) > 0; {
		var line []byte
		line, rest = field(rest)
		sdpLine(line)
		header(line, o)
	}
}

// field splits off the first line with those that continue it (RFC 3261 §7.3.1).
// A lone CR or LF ends a line too: somebody might read it so.
func field(m []byte) (line, rest []byte) {
	for i := 0; i < len(m); i++ {
		if m[i] != '\r' && m[i] != '\n' {
			continue
		}
		if m[i] == '\r' && i+1 < len(m) && m[i+1] == '\n' {
			i++
		}
		if i+1 == len(m) || m[i+1] != ' ' && m[i+1] != '\t' {
			return m[:i+1], m[i+1:]
		}
	}
	return m, nil
}

// cover stars everything but the ends of lines.
func cover(b []byte) {
	for i, c := range b {
		if c != '\r' && c != '\n' {
			b[i] = star
		}
	}
}

// infoBody stars what an INFO carries, but for the length of a key.
func infoBody(m []byte) {
	if method, _ := scan.Start(m); !scan.Is(method, "info") {
		return
	}
	for rest := scan.Body(m); len(rest) > 0; {
		var line []byte
		line, rest = field(rest)
		name, value, ok := bytes.Cut(line, []byte("="))
		switch name = bytes.TrimSpace(name); {
		case !ok:
			cover(line)
		case !scan.Is(name, "duration"):
			cover(value)
		}
	}
}

// sdpLine stars the keys that a line of SDP may carry.
func sdpLine(line []byte) {
	if len(line) < 2 || line[1] != '=' {
		return
	}
	name, value, ok := bytes.Cut(line[2:], []byte(":"))
	if !ok {
		return
	}
	switch {
	case line[0] == 'k', scan.Is(name, "ice-pwd"): // RFC 4566 §5.12, RFC 8839 §5.4
		cover(value)
	case scan.Is(name, "crypto"): // RFC 4568
		_, afterTag := word(value)
		_, keys := word(afterTag)
		inlineKeys(keys)
	case scan.Is(name, "key-mgmt"): // RFC 4567: the protocol, then MIKEY (RFC 3830) in base64
		_, data := word(value)
		cover(data)
	}
}

// inlineKeys stars the keys of an a=crypto line and leaves their lifetimes and
// the session parameters.
func inlineKeys(b []byte) {
	const inline = "inline:"
	found := false
	for i := 0; i+len(inline) <= len(b); i++ {
		if !scan.Is(b[i:i+len(inline)], inline) {
			continue
		}
		found = true
		key := b[i+len(inline):]
		if end := bytes.IndexAny(key, "|; \t"); end >= 0 {
			key = key[:end]
		}
		cover(key)
	}
	if !found {
		cover(b)
	}
}

// word splits the first word off.
func word(b []byte) (first, rest []byte) {
	b = bytes.TrimLeft(b, " \t\r\n")
	if i := bytes.IndexAny(b, " \t\r\n"); i >= 0 {
		return b[:i], b[i:]
	}
	return b, nil
}
