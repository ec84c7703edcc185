package wire

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	gosip "github.com/emiago/sipgo/sip"
)

// NewToken returns a tag or a Call-ID that nobody can guess.
func NewToken() string { return rand.Text() }

// NewBranch returns the branch of a new transaction (RFC 3261 §8.1.1.7).
func NewBranch() string { return gosip.RFC3261BranchMagicCookie + rand.Text() }

// HasControl reports a byte that no header may hold: it could break out of its
// line, or out of a log, a terminal or a C string further on.
func HasControl(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

// IsToken reports whether text is a token of RFC 3261 §25.1: a method, a header
// name.
func IsToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !strings.ContainsRune("-.!%*_+`'~", rune(c)) {
			return false
		}
	}
	return text != ""
}

// Clean makes text from outside fit for logs, JSON and databases.
func Clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
}

// Unquote takes the backslashes out of a quoted string (RFC 3261 §25.1).
func Unquote(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			i++
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// quoter makes text fit to stand between quotes.
var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Quote makes text fit to stand between the quotes of a display name.
func Quote(text string) string { return quoter.Replace(text) }

// EscapeUser writes the user part of a URI (RFC 3261 §25.1: user).
func EscapeUser(user string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(user) {
		c := user[i]
		plain := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
			strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0
		if plain {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}

// CheckOwn refuses headers that would break out of their line, or that are
// ours to write.
func CheckOwn(headers [][2]string) error {
	ours := []string{
		"via", "from", "to", "call-id", "cseq", "contact", "route", "record-route", "max-forwards",
		"content-length", "content-type", "content-encoding", "allow", "require",
	}
	for _, h := range headers {
		name := LongName(h[0])
		if !IsToken(h[0]) || HasControl(h[1]) {
			return fmt.Errorf("header %.40q: %.40q: not a header", h[0], h[1])
		}
		if slices.Contains(ours, name) {
			return fmt.Errorf("header %s: is made here", h[0])
		}
	}
	return nil
}
