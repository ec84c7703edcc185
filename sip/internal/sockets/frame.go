package sockets

import (
	"bytes"
	"fmt"
	"slices"

	"trunkline/sip/internal/wire"
)

// framer cuts a stream into messages (RFC 3261 §18.3). It is fed by room and
// took and asked by next; it has no socket and no clock.
type framer struct {
	buf     []byte
	start   int // of what is not handed out yet
	scanned int // so much from start holds no end of the headers
	need    int // length of the message at start, once its head is read

	half  bool // one line break came alone: with another it is a ping
	pings int  // double line breaks found so far (RFC 5626 §3.5.1)
	pongs      // answers to ours
}

// Sizes of the buffer: of a read at least, at first, and while a connection is
// idle at most.
const (
	leastRoom = 1 << 10
	firstRoom = 4 << 10
)

// room returns where to read more of the stream to.
func (f *framer) room() []byte {
	if f.start == len(f.buf) {
		f.start, f.buf = 0, f.buf[:0]
		if cap(f.buf) > firstRoom {
			f.buf = nil // a large message has gone; most are small
		}
	}
	if cap(f.buf)-len(f.buf) < leastRoom && f.start > 0 {
		f.buf = f.buf[:copy(f.buf, f.buf[f.start:])]
		f.start = 0
	}
	if cap(f.buf)-len(f.buf) < leastRoom {
		f.buf = slices.Grow(f.buf, max(firstRoom, len(f.buf)))
	}
	return f.buf[len(f.buf):cap(f.buf)]
}

// took says how much of room was filled.
func (f *framer) took(n int) { f.buf = f.buf[:len(f.buf)+n] }

// begun reports whether part of a message is here.
func (f *framer) begun() bool { return f.start < len(f.buf) }

// next takes a whole message from what was received; nil when there is none yet.
// It is valid until room is called. After a fault there is no message boundary to
// go on from.
func (f *framer) next() ([]byte, *wire.Fault) {
	if f.need == 0 {
		f.skipBreaks()
		rest := f.buf[f.start:]
		end := bytes.Index(rest[f.scanned:], []byte("\r\n\r\n"))
		if end < 0 {
			f.scanned = max(0, len(rest)-3)
			if len(rest) > wire.MaxMessage {
				return rest, &wire.Fault{Why: fmt.Sprintf("no end of the headers in %d bytes", len(rest))}
			}
			return nil, nil
		}
		length := f.scanned + end + 4
		body, fault := bodyLength(rest[:length])
		if fault == nil && length+body > wire.MaxMessage {
			fault = &wire.Fault{Status: 513, Why: fmt.Sprintf("message of %d bytes: more than %d", length+body, wire.MaxMessage)}
		}
		if fault != nil {
			return rest[:length], fault
		}
		f.need = length + body
	}
	if len(f.buf)-f.start < f.need {
		return nil, nil
	}
	raw := f.buf[f.start : f.start+f.need]
	f.start += f.need
	f.need, f.scanned = 0, 0
	return raw, nil
}

// bodyLength reads the Content-Length of a head. It copies nothing where there is
// one plain one, and leaves all else to wire.
func bodyLength(head []byte) (int, *wire.Fault) {
	length, found, plain := 0, false, true
	_, rest, _ := bytes.Cut(head, []byte("\r\n"))
	for len(rest) > 0 && plain {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, _ := bytes.Cut(line, []byte(":"))
		name = bytes.TrimRight(name, " \t")
		switch {
		case found && len(line) > 0 && (line[0] == ' ' || line[0] == '\t'):
			plain = false // it may go on here
		case bytes.EqualFold(name, []byte("content-length")) || bytes.EqualFold(name, []byte("l")):
			var number bool
			length, number = plainNumber(bytes.Trim(value, " \t"))
			found, plain = true, number && !found
		}
	}
	if found && plain {
		return length, nil
	}
	_, headers, _ := wire.SplitHead(head)
	return wire.ContentLength(headers)
}

// plainNumber reads digits, not more than any length here needs.
func plainNumber(text []byte) (n int, ok bool) {
	if len(text) == 0 || len(text) > 7 {
		return 0, false
	}
	for _, c := range text {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// skipBreaks takes the line breaks between messages: two are a ping, whether they
// come together or not, one is the answer to a ping of ours.
func (f *framer) skipBreaks() {
	for {
		rest := f.buf[f.start:]
		switch {
		case bytes.HasPrefix(rest, []byte("\r\n\r\n")):
			f.start, f.half = f.start+4, false
			f.pings++
		case bytes.HasPrefix(rest, []byte("\r\n")):
			f.start += 2
			if f.answered() {
				break
			}
			if f.half = !f.half; !f.half {
				f.pings++
			}
		default:
			if len(rest) > 1 {
				f.half = false
			}
			return
		}
		f.scanned = 0
	}
}
