package wire

import (
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// extensions are the option tags that we support: what Supported says, and what
// others may Require of us.
var extensions = [...]string{
	"100rel",     // RFC 3262
	"timer",      // RFC 4028
	"replaces",   // RFC 3891
	"norefersub", // RFC 4488
}

// Supported is the value of our Supported headers.
func Supported() string { return strings.Join(extensions[:], ", ") }

// Has reports whether a header of option tags names one; tags have no case.
func Has(m gosip.Message, header, tag string) bool {
	return slices.ContainsFunc(Values(m, header), func(v string) bool { return strings.EqualFold(v, tag) })
}

// unsupported returns those of the tags that we do not support.
func unsupported(tags []string) []string {
	return slices.DeleteFunc(tags, func(tag string) bool {
		return slices.ContainsFunc(extensions[:], func(ours string) bool { return strings.EqualFold(ours, tag) })
	})
}

// RetryAfter is how long a refusal wants us to stay away; 0 when it does not say.
func RetryAfter(res *gosip.Response) time.Duration {
	h := res.GetHeader("Retry-After")
	if h == nil {
		return 0
	}
	text := strings.TrimSpace(h.Value())
	if end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		text = text[:end]
	}
	n, err := strconv.ParseUint(text, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(min(n, 3600)) * time.Second
}
