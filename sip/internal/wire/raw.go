// Package wire is SIP as it stands on the wire: the limits, the checks that every
// message passes before anything acts on it, answers written without a
// transaction, and small readings and writings of headers and bodies.
//
// It is pure: no sockets, no clock, no state. Only sip and its sockets use it.
package wire

import (
	"bytes"
	"iter"
	"net/netip"
	"strconv"
	"strings"
)

// Limits on a message from outside. The library's own are in listen.
const (
	MaxMessage = 64 << 10 // bytes, with its body
	maxHeaders = 200
	maxLine    = 8 << 10 // bytes of one header, unfolded
	maxVias    = 70
	maxRoutes  = 50 // of Route, and of Record-Route
)

// Header is one header as it stands on the wire, unfolded.
type Header struct {
	Name  string // lower case, long form
	Value string // without the spaces around it
}

// SplitHead returns the start line, the rest of the head and the length of both
// with the empty line that ends them; -1 when the head has no end.
func SplitHead(raw []byte) (start, headers string, length int) {
	end := bytes.Index(raw, []byte("\r\n\r\n"))
	if end < 0 {
		return string(raw), "", -1
	}
	start, headers, _ = strings.Cut(string(raw[:end]), "\r\n")
	return start, headers, end + 4
}

// Headers walks the header lines of a head, unfolding them (RFC 3261 §7.3.1).
// A line without a colon has the name "".
func Headers(headers string) iter.Seq[Header] {
	return func(yield func(Header) bool) {
		for headers != "" {
			line, rest, _ := strings.Cut(headers, "\r\n")
			if folded(rest) {
				line, rest = unfold(line, rest)
			}
			headers = rest
			name, value, colon := strings.Cut(line, ":")
			if !colon {
				name, value = "", line
			}
			if !yield(Header{LongName(name), strings.Trim(value, " \t")}) {
				return
			}
		}
	}
}

// folded reports whether rest begins with a line that continues the one before.
func folded(rest string) bool {
	return strings.HasPrefix(rest, " ") || strings.HasPrefix(rest, "\t")
}

// unfold puts a line and those that continue it into one. Each byte is copied
// once: a message of nothing but short lines is cheap as well.
func unfold(line, rest string) (whole, after string) {
	var b strings.Builder
	b.WriteString(strings.TrimRight(line, " \t"))
	for folded(rest) {
		line, rest, _ = strings.Cut(rest, "\r\n")
		if line = strings.Trim(line, " \t"); line != "" {
			b.WriteByte(' ')
			b.WriteString(line)
		}
	}
	return b.String(), rest
}

// LongName returns a header name in lower case and without abbreviation.
func LongName(name string) string {
	name = strings.ToLower(strings.TrimRight(name, " \t"))
	switch name {
	case "v":
		return "via"
	case "f":
		return "from"
	case "t":
		return "to"
	case "i":
		return "call-id"
	case "m":
		return "contact"
	case "l":
		return "content-length"
	case "c":
		return "content-type"
	case "e":
		return "content-encoding"
	case "k":
		return "supported"
	}
	return name
}

// Refuse writes a final response to a request that may be too broken for the
// parser, from its own lines (RFC 3261 §8.2.6). It returns nil when those are not
// fit to be sent back: an answer must find its way and must not carry rubbish.
// extra are whole header lines; they are left out, and the answer too, when it
// would be an amplifier.
func Refuse(raw []byte, code int, from netip.AddrPort, extra ...string) []byte {
	return Answer(raw, code, NewToken(), from, extra...)
}

// Answer is Refuse with a To tag that is chosen already, for a request without one.
func Answer(raw []byte, code int, tag string, from netip.AddrPort, extra ...string) []byte {
	start, headers, length := SplitHead(raw)
	method, _, ok := strings.Cut(start, " ")
	if length < 0 || !ok || strings.HasPrefix(start, "SIP/") || strings.EqualFold(method, "ACK") {
		return nil
	}
	var vias, rest strings.Builder
	seen := map[string]int{}
	names := map[string]string{"via": "Via", "to": "To", "from": "From", "call-id": "Call-ID", "cseq": "CSeq"}
	for h := range Headers(headers) {
		name := names[h.Name]
		if name == "" {
			continue
		}
		if HasControl(h.Value) || h.Value == "" || len(h.Value) > maxLine {
			return nil
		}
		seen[h.Name]++
		switch {
		case h.Name == "via":
			if seen["via"] == 1 {
				h.Value = stampVia(h.Value, from)
			}
			vias.WriteString("Via: " + h.Value + "\r\n")
			continue
		case seen[h.Name] > 1:
			continue
		case h.Name == "to" && !hasTag(h.Value):
			h.Value += ";tag=" + tag
		}
		rest.WriteString(name + ": " + h.Value + "\r\n")
	}
	if seen["via"] == 0 || seen["via"] > maxVias || seen["cseq"] == 0 {
		return nil
	}
	head := "SIP/2.0 " + strconv.Itoa(code) + " " + Phrase(code) + "\r\n" + vias.String() + rest.String()
	const end = "Content-Length: 0\r\n\r\n"
	most := amplify * len(raw)
	if more := strings.Join(append(extra[:len(extra):len(extra)], ""), "\r\n"); len(head)+len(more)+len(end) <= most {
		head += more
	}
	if len(head)+len(end) > most {
		return nil
	}
	return []byte(head + end)
}

// amplify is by how much an answer to an unproven source may be larger than what
// it answers: whoever forges a source must not find more than that here.
const amplify = 3

// stampVia writes into the topmost Via where the request really came from
// (RFC 3261 §18.2.1, RFC 3581 §4).
func stampVia(value string, from netip.AddrPort) string {
	top, others, more := strings.Cut(value, ",")
	params := strings.Split(top, ";")
	for i, p := range params {
		if i > 0 && strings.EqualFold(strings.TrimSpace(p), "rport") {
			params[i] = "rport=" + strconv.Itoa(int(from.Port()))
		}
	}
	top = strings.Join(params, ";") + ";received=" + from.Addr().String()
	if more {
		top += "," + others
	}
	return top
}

// ReplyPort returns the port a stateless answer goes to on UDP: the source's
// when the peer asks for it (RFC 3581), else the Via's (RFC 3261 §18.2.2).
func ReplyPort(raw []byte, from netip.AddrPort) uint16 {
	_, headers, _ := SplitHead(raw)
	for h := range Headers(headers) {
		if h.Name != "via" {
			continue
		}
		top, _, _ := strings.Cut(h.Value, ",")
		params := strings.Split(top, ";")
		for _, p := range params[1:] {
			if name, _, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(name, "rport") {
				return from.Port()
			}
		}
		sentBy := params[0]
		if i := strings.LastIndexAny(sentBy, ":]"); i >= 0 && sentBy[i] == ':' {
			if n, err := strconv.ParseUint(strings.TrimSpace(sentBy[i+1:]), 10, 16); err == nil && n > 0 {
				return uint16(n)
			}
			return from.Port()
		}
		return 5060
	}
	return from.Port()
}

// hasTag reports whether a From or To value carries a tag parameter.
func hasTag(value string) bool {
	if i := strings.LastIndexByte(value, '>'); i >= 0 {
		value = value[i:]
	}
	for p := range strings.SplitSeq(value, ";") {
		if name, _, ok := strings.Cut(p, "="); ok && strings.EqualFold(strings.TrimSpace(name), "tag") {
			return true
		}
	}
	return false
}

// ContentLength reads the length that a message on a stream must have.
func ContentLength(headers string) (int, *Fault) {
	text, found := "", false
	for h := range Headers(headers) {
		if h.Name != "content-length" {
			continue
		}
		if found && h.Value != text {
			return 0, bad("two different Content-Length: %.20q and %.20q", text, h.Value)
		}
		text, found = h.Value, true
	}
	if !found {
		return 0, bad("no Content-Length on a stream")
	}
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil {
		return 0, bad("Content-Length %.20q", text)
	}
	return int(n), nil
}
