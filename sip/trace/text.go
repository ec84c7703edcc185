package trace

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"
)

// WriteText writes whole messages one after the other, each below a line that
// says when it went from where to where. What a terminal would obey is escaped.
func WriteText(w io.Writer, msgs []Message) error {
	b := bufio.NewWriter(w)
	for _, m := range msgs {
		if m.Missing > 0 {
			fmt.Fprintf(b, "--- %s\n\n", notKept(m.Missing))
		}
		from, to := m.Remote, m.Local
		if m.Sent {
			from, to = to, from
		}
		again := ""
		if m.Repeated {
			again = " (again)"
		}
		fmt.Fprintf(b, "--- %s %s %v -> %v%s\n", m.At.UTC().Format("2006-01-02T15:04:05.000000Z"), m.Transport, from, to, again)
		_, _ = b.WriteString(harmless(m.Text)) // Flush tells
		_, _ = b.WriteString("\n\n")
	}
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write messages: %w", err)
	}
	return nil
}

// harmless is a message for a screen: lines end with LF alone, and what does
// not print is escaped.
func harmless(message string) string {
	var b strings.Builder
	text := strings.TrimRight(strings.ReplaceAll(message, "\r\n", "\n"), "\n")
	for len(text) > 0 {
		r, n := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case r == '\n', r == '\t', unicode.IsPrint(r):
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
		text = text[n:]
	}
	return b.String()
}

// notKept says how many messages there were.
func notKept(n int) string {
	if n == 1 {
		return "one message was not kept"
	}
	return fmt.Sprintf("%d messages were not kept", n)
}

// shown is an address for people.
func shown(a netip.AddrPort) string {
	if !a.IsValid() {
		return "?"
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
}
