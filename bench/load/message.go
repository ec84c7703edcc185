package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// message is a SIP message, taken apart as far as a telephone that only ever
// meets one server needs it.
type message struct {
	first  string // request or status line
	fields []field
	body   string
}

type field struct{ name, value string }

var errNoSIP = errors.New("read message: not SIP")

// parse takes a datagram apart.
func parse(text []byte) (message, error) {
	head, body, _ := bytes.Cut(text, []byte("\r\n\r\n"))
	lines := strings.Split(string(head), "\r\n")
	m := message{first: lines[0], body: string(body)}
	if !strings.HasPrefix(m.first, "SIP/2.0 ") && !strings.HasSuffix(m.first, " SIP/2.0") {
		return m, errNoSIP
	}
	for _, line := range lines[1:] {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			return m, fmt.Errorf("read message: %q is no header", line)
		}
		m.fields = append(m.fields, field{long(strings.ToLower(strings.TrimSpace(name))), strings.TrimSpace(value)})
	}
	return m, nil
}

// long returns the long form of a header's name (RFC 3261 §7.3.3).
func long(name string) string {
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
	}
	return name
}

// get returns the first value of a header; "" when there is none.
func (m message) get(name string) string {
	for _, f := range m.fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// status returns the status code of a response; 0 for a request.
func (m message) status() int {
	rest, ok := strings.CutPrefix(m.first, "SIP/2.0 ")
	if !ok {
		return 0
	}
	code, _, _ := strings.Cut(rest, " ")
	n, _ := strconv.Atoi(code)
	return n
}

// method returns the method of a request, or of the one a response answers.
func (m message) method() string {
	if m.status() == 0 {
		method, _, _ := strings.Cut(m.first, " ")
		return method
	}
	_, method, _ := strings.Cut(m.get("cseq"), " ")
	return method
}

// answer makes the response to a request (RFC 3261 §8.2.6).
func (m message) answer(status, tag, contact, body string) []byte {
	var s strings.Builder
	fmt.Fprintf(&s, "SIP/2.0 %s\r\n", status)
	for _, f := range m.fields {
		switch f.name {
		case "via", "from", "call-id", "cseq", "record-route":
			fmt.Fprintf(&s, "%s: %s\r\n", f.name, f.value)
		case "to":
			if !strings.Contains(f.value, ";tag=") && tag != "" {
				f.value += ";tag=" + tag
			}
			fmt.Fprintf(&s, "to: %s\r\n", f.value)
		}
	}
	if contact != "" {
		fmt.Fprintf(&s, "contact: <sip:%s>\r\n", contact)
	}
	return finish(&s, body)
}

// finish adds the end of a message.
func finish(s *strings.Builder, body string) []byte {
	if body != "" {
		s.WriteString("content-type: application/sdp\r\n")
	}
	fmt.Fprintf(s, "content-length: %d\r\n\r\n%s", len(body), body)
	return []byte(s.String())
}

// uri returns the address of a Contact, From or To header.
func uri(value string) string {
	if _, rest, ok := strings.Cut(value, "<"); ok {
		inside, _, _ := strings.Cut(rest, ">")
		return inside
	}
	bare, _, _ := strings.Cut(value, ";")
	return bare
}

// user returns the user of such a header's address.
func user(value string) string {
	_, rest, _ := strings.Cut(uri(value), ":")
	name, _, ok := strings.Cut(rest, "@")
	if !ok {
		return ""
	}
	return name
}
