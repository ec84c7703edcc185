package wire

import (
	"slices"
	"strings"

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
