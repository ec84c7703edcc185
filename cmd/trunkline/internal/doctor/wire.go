package doctor

import (
	"net/netip"
	"strings"
	"sync"

	"trunkline/sip"
)

// transcript keeps the messages of the examination. Any goroutine.
type transcript struct {
	mu   sync.Mutex
	list []message
}

// message is a SIP message, as far as it is looked at.
type message struct {
	sent   bool
	remote netip.AddrPort
	method string // of the request, or of that which a response answers
	status int    // 0: a request
	fields map[string][]string
}

// message implements sip.Config.Trace.
func (t *transcript) message(e sip.TraceEvent) {
	m := read(string(e.Message))
	m.sent, m.remote = e.Sent, e.Remote
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = append(t.list, m)
}

func (t *transcript) all() []message {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.list
}

// compact are the short forms of the headers that are looked at (RFC 3261 §7.3.3,
// RFC 4028).
var compact = map[string]string{"k": "supported", "m": "contact", "x": "session-expires"}

// read takes a message apart. It has passed the gate: what is odd here is only
// not found.
func read(text string) message {
	head, _, _ := strings.Cut(text, "\r\n\r\n")
	lines := strings.Split(head, "\r\n")
	m := message{fields: map[string][]string{}}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if long, ok := compact[name]; ok {
			name = long
		}
		m.fields[name] = append(m.fields[name], strings.TrimSpace(value))
	}
	if rest, ok := strings.CutPrefix(lines[0], "SIP/2.0 "); ok && len(rest) >= 3 {
		for _, digit := range rest[:3] {
			m.status = 10*m.status + int(digit-'0')
		}
		if cseq := strings.Fields(m.first("cseq")); len(cseq) == 2 {
			m.method = cseq[1]
		}
		return m
	}
	m.method, _, _ = strings.Cut(lines[0], " ")
	return m
}

// first is the value of a header that stands once.
func (m *message) first(name string) string {
	if values := m.fields[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// lists reports whether a header that is a list has a word in it.
func (m *message) lists(name, word string) bool {
	for _, values := range m.fields[name] {
		for v := range strings.SplitSeq(values, ",") {
			v, _, _ = strings.Cut(v, ";")
			if strings.EqualFold(strings.TrimSpace(v), word) {
				return true
			}
		}
	}
	return false
}
