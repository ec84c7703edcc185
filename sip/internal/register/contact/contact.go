// Package contact is what REGISTER requests and the answers to them are made of,
// for both sides: URIs that are believed enough to be written into requests of
// ours, their parameters, times in seconds.
//
// It is pure. Only register and registrar use it.
package contact

import (
	"math"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/grammar"
)

// maxURI is how long a URI may be, in bytes.
const maxURI = 512

// Usable reports whether a URI from outside can stand in requests of ours: it leads
// somewhere, has no headers (RFC 3261 §19.1.5), and no character of it ends it for
// whoever reads it next.
func Usable(uri gosip.Uri) bool {
	if uri.Scheme != "sip" && uri.Scheme != "sips" || uri.Wildcard || len(uri.Headers) > 0 ||
		uri.Host == "" || strings.ContainsFunc(uri.Host, notHost) || uri.Port < 0 || uri.Port > math.MaxUint16 {
		return false
	}
	text := uri.String()
	return len(text) <= maxURI && !strings.ContainsFunc(text, notURI)
}

// notHost reports a character that no name and no address has.
func notHost(c rune) bool {
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	return !letter && !strings.ContainsRune(".-_:[]", c)
}

// notURI reports a character that must not stand in a URI within <>.
func notURI(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`<>"`, c) }

// Route reads the addresses of headers such as Path (RFC 3327) and Service-Route
// (RFC 3608): those that are usable, at most so many. whole is false when others
// were left out.
func Route(headers []gosip.Header, most int) (list []gosip.Uri, whole bool) {
	var values []string
	for _, h := range headers {
		values = append(values, h.Value())
	}
	whole = true
	for _, text := range grammar.List(values, most+1) {
		var uri gosip.Uri
		if _, err := gosip.ParseAddressValue(text, &uri, nil); err != nil || !Usable(uri) || len(list) == most {
			whole = false
			continue
		}
		list = append(list, uri)
	}
	return list, whole
}

// Param returns a parameter, however its name is spelt.
func Param(list gosip.HeaderParams, name string) (string, bool) {
	for _, p := range list {
		if strings.EqualFold(strings.TrimSpace(p.K), name) {
			return p.V, true
		}
	}
	return "", false
}

// Seconds reads delta-seconds (RFC 3261 §25.1), quoted or not. What is larger than
// any can be comes back as the largest.
func Seconds(text string) (d time.Duration, ok bool) {
	n, err := strconv.ParseUint(strings.Trim(text, ` "`), 10, 32)
	return time.Duration(n) * time.Second, err == nil || n > 0
}
