package line

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// RetryAfter is how long a refusal wants us to stay away; 0 when it does not say.
func RetryAfter(res *gosip.Response) time.Duration {
	text, _ := Value(res, "Retry-After", "")
	if end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		text = text[:end]
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(min(n, 3600)) * time.Second
}

// Contacts returns the URIs that a redirection names, the most wanted first.
func Contacts(res *gosip.Response) []gosip.Uri {
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
