package wire

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// CheckLeaving refuses to send bytes that are no whole, single message: something
// that was put into it has broken its line, ended its head or claimed another body
// (CR and LF are how). It is for the places where bytes go to a socket, whoever made
// them, and allocates nothing unless it complains.
func CheckLeaving(raw []byte) error {
	if len(raw) > MaxMessage {
		return fmt.Errorf("send message: %d bytes: more than %d", len(raw), MaxMessage)
	}
	head, body, ok := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !ok {
		return errors.New("send message: its head has no end")
	}
	start, rest, _ := bytes.Cut(head, []byte("\r\n"))
	method, _, _ := bytes.Cut(start, []byte(" "))
	response := bytes.Equal(method, []byte("SIP/2.0"))
	if words := bytes.Count(start, []byte(" ")) + 1; hasControl(start) || words < 3 || words > 3 && !response {
		return fmt.Errorf("send message: start line %.60q", start)
	}
	var values [len(leaving)][]byte
	for len(rest) > 0 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, ok := bytes.Cut(line, []byte(":"))
		if !ok || len(name) == 0 || !isToken(name) || hasControl(value) || len(value) > maxLine {
			return fmt.Errorf("send message: header %.60q", line)
		}
		i := leavingOf(name)
		if i >= 0 && values[i] != nil {
			return fmt.Errorf("send message: more than one %s", name)
		}
		if i >= 0 {
			values[i] = bytes.TrimSpace(value)
		}
	}
	for i, value := range values {
		if len(value) == 0 {
			return fmt.Errorf("send message: no %s", leaving[i].long)
		}
	}
	if n, err := strconv.Atoi(string(values[0])); err != nil || n != len(body) {
		return fmt.Errorf("send message: Content-Length %.20s, body %d", values[0], len(body))
	}
	if !response && !bytes.HasSuffix(values[len(leaving)-1], method) {
		return fmt.Errorf("send message: %.20s with CSeq %.40s", method, values[len(leaving)-1])
	}
	return nil
}

// leaving are the headers that a message has once.
var leaving = [...]struct{ long, short []byte }{
	{[]byte("Content-Length"), []byte("l")},
	{[]byte("From"), []byte("f")},
	{[]byte("To"), []byte("t")},
	{[]byte("Call-ID"), []byte("i")},
	{[]byte("CSeq"), []byte("CSeq")},
}

// leavingOf returns the index of a header that a message has once, or -1.
func leavingOf(name []byte) int {
	switch name[0] | 0x20 { // most are others
	case 'c', 'l', 'f', 't', 'i':
		for i, l := range leaving {
			if bytes.EqualFold(name, l.long) || bytes.EqualFold(name, l.short) {
				return i
			}
		}
	}
	return -1
}

func hasControl(text []byte) bool {
	return bytes.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

func isToken(text []byte) bool {
	for _, c := range text {
		if c <= ' ' || c >= 0x7f || bytes.IndexByte([]byte(`()<>@,;:\"/[]?={}`), c) >= 0 {
			return false
		}
	}
	return true
}
