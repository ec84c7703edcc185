package line

import (
	"cmp"
	"slices"
	"strconv"

	gosip "github.com/emiago/sipgo/sip"
)

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
