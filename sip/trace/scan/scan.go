// Package scan reads the few things of a SIP message that can be had without
// parsing it: the method or status, the Call-ID, the method in CSeq.
//
// It is for what sees every message on its way through (traces, captures,
// counters), so nothing here allocates and what is returned lies in the message.
// It is pure and never fails: what is not there is empty. Nothing may be decided
// about a call by it; the gate in sip reads messages properly.
package scan

import "bytes"

// Start reads the start line: the method of a request, or the status of a
// response. Of what is neither, method is empty and status 0.
func Start(m []byte) (method []byte, status int) {
	line, _ := Line(m)
	word, rest, ok := bytes.Cut(line, []byte(" "))
	if !ok {
		return nil, 0
	}
	if !bytes.HasPrefix(word, []byte("SIP/")) {
		return word, 0
	}
	if len(rest) < 3 {
		return nil, 0
	}
	for _, c := range rest[:3] {
		if c < '0' || c > '9' {
			return nil, 0
		}
		status = 10*status + int(c-'0')
	}
	return nil, status
}

// CallID returns the value of Call-ID, or of its short form.
func CallID(m []byte) []byte { return Header(m, "call-id", 'i') }

// Method returns what a message is about: its method, or of a response the one
// that it answers.
func Method(m []byte) []byte {
	if method, status := Start(m); status == 0 {
		return method
	}
	_, method, _ := bytes.Cut(Header(m, "cseq", 0), []byte(" "))
	return bytes.TrimLeft(method, " \t")
}

// Header returns the value of the first header with that name, which is lower
// case, or its short form, 0 when it has none. Of a value that goes over several
// lines (RFC 3261 §7.3.1) it returns the first that is not empty.
func Header(m []byte, name string, short byte) []byte {
	_, rest := Line(m)
	for len(rest) > 0 {
		var line []byte
		if line, rest = Line(rest); len(line) == 0 {
			return nil // the end of the head
		}
		if !named(line, name, short) {
			continue
		}
		value := bytes.Trim(line[bytes.IndexByte(line, ':')+1:], " \t")
		for len(value) == 0 && len(rest) > 0 && (rest[0] == ' ' || rest[0] == '\t') {
			line, rest = Line(rest)
			value = bytes.Trim(line, " \t")
		}
		return value
	}
	return nil
}

// named reports whether a line is the header of that name.
func named(line []byte, name string, short byte) bool {
	n := 1
	if !Is(line[:1], string(rune(short))) || short == 0 {
		if n = len(name); len(line) < n || !Is(line[:n], name) {
			return false
		}
	}
	for _, c := range line[n:] {
		switch c {
		case ':':
			return true
		case ' ', '\t':
		default:
			return false
		}
	}
	return false
}

// Is reports whether a word is that one, which is ASCII and lower case,
// whatever case it is written in.
func Is(word []byte, lower string) bool {
	if len(word) != len(lower) {
		return false
	}
	for i, c := range word {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// Line splits the first line off, without its end.
func Line(m []byte) (line, rest []byte) {
	line = m
	if i := bytes.IndexByte(m, '\n'); i >= 0 {
		line, rest = m[:i], m[i+1:]
	}
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// Body returns what comes after the head.
func Body(m []byte) []byte {
	for rest := m; len(rest) > 0; {
		var line []byte
		if line, rest = Line(rest); len(line) == 0 {
			return rest
		}
	}
	return nil
}
