// Package grammar reads and writes the small change of header values: lists, quoted
// strings, parameters, tokens, addresses (RFC 3261 §25.1). It works on text alone,
// so that headers the SIP stack does not know can be read without it. What comes
// out is valid UTF-8 without control characters and bounded, whatever went in.
// Any package below sip may use it; it never fails loudly: what cannot be read is
// empty.
package grammar

import (
	"strings"
	"unicode/utf8"
)

// Split cuts text at a separator that stands outside of quotes and of <>. The
// parts are trimmed; there is always one.
func Split(text string, at byte) []string {
	var parts []string
	begin, quoted, inside := 0, false, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"' && !inside:
			quoted = !quoted
		case quoted:
		case c == '<':
			inside = true
		case c == '>':
			inside = false
		case c == at && !inside:
			parts = append(parts, strings.TrimSpace(text[begin:i]))
			begin = i + 1
		}
	}
	return append(parts, strings.TrimSpace(text[begin:]))
}

// List cuts the values of headers at commas and returns at most so many that are
// not empty.
func List(values []string, most int) []string {
	var list []string
	for _, v := range values {
		for _, one := range Split(v, ',') {
			if len(list) == most {
				return list
			}
			if one != "" {
				list = append(list, one)
			}
		}
	}
	return list
}

// Param returns the value of the first parameter of that name, unquoted. Names are
// compared without case.
func Param(parts []string, name string) (value string, ok bool) {
	for _, p := range parts {
		n, v, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(n), name) {
			return Unquote(strings.TrimSpace(v)), true
		}
	}
	return "", false
}

// Unquote returns what stands between quotes, or the text when there are none.
func Unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	text = text[1 : len(text)-1]
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

var quoter = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// Quote writes text between quotes.
func Quote(text string) string { return `"` + quoter.Replace(text) + `"` }

// Clean makes text from outside fit for logs, JSON, databases and headers, in at
// most so many bytes.
func Clean(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return text
}

// IsToken reports whether text is a token: a method, a header name.
func IsToken(text string) bool {
	for i := range len(text) {
		c := text[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && strings.IndexByte("-.!%*_+`'~", c) < 0 {
			return false
		}
	}
	return text != ""
}
