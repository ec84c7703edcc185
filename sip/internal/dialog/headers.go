package dialog

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/wire"
)

// number reads the number a header begins with; 0 when there is none. What cannot
// be a sane count of seconds is none.
func number(m gosip.Message, name string) int {
	values := m.GetHeaders(name)
	if len(values) == 0 {
		return 0
	}
	text := strings.TrimSpace(values[0].Value())
	if end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		text = text[:end]
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0
	}
	return int(n)
}

// retryAfter is how long a refusal wants us to stay away; 0 when it does not say.
func retryAfter(res *gosip.Response) time.Duration {
	return time.Duration(min(number(res, "Retry-After"), 3600)) * time.Second
}

// lists reports whether a header of tokens, such as Supported, has one.
func lists(m gosip.Message, name, token string) bool {
	return slices.ContainsFunc(wire.Values(m, name), func(v string) bool { return strings.EqualFold(v, token) })
}

// contacts returns the URIs that a redirection names, the most wanted first.
func contacts(res *gosip.Response) []gosip.Uri {
	type choice struct {
		uri gosip.Uri
		q   float64
	}
	var all []choice
	for _, h := range res.GetHeaders("Contact") {
		c, ok := h.(*gosip.ContactHeader)
		if !ok || c.Address.Wildcard {
			continue
		}
		q := 1.0
		if text, ok := c.Params.Get("q"); ok {
			q, _ = strconv.ParseFloat(text, 64)
		}
		all = append(all, choice{c.Address, q})
	}
	slices.SortStableFunc(all, func(a, b choice) int { return cmp.Compare(b.q, a.q) })
	uris := make([]gosip.Uri, len(all))
	for i, c := range all {
		uris[i] = c.uri
	}
	return uris
}
