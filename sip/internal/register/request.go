package register

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/register/contact"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// maxRoutes bounds what a registrar can make us remember.
const maxRoutes = 10

// request writes the next REGISTER (RFC 3261 §10.2). Its Call-ID is always the
// same and its CSeq rises, whomever it goes to.
func (r *Registration) request(to trunk.Target, contacts []gosip.Uri, expires time.Duration) (*gosip.Request, error) {
	host, _, err := trunk.ParseHost(to.Host)
	if err != nil {
		return nil, fmt.Errorf("registrar %q: %w", to.Host, err)
	}
	if r.cfg.Registration.Domain != "" {
		host = strings.Trim(r.cfg.Registration.Domain, "[]")
	}
	domain := gosip.Uri{Scheme: "sip", Host: host}
	record := domain
	record.User = wire.EscapeUser(r.cfg.Registration.User)

	r.seq++
	req := gosip.NewRequest(gosip.REGISTER, domain)
	hops, callID := gosip.MaxForwardsHeader(70), gosip.CallIDHeader(r.callID)
	req.AppendHeader(&hops)
	req.AppendHeader(&gosip.FromHeader{Address: record, Params: gosip.HeaderParams{{K: "tag", V: r.tag}}})
	req.AppendHeader(&gosip.ToHeader{Address: record})
	req.AppendHeader(&callID)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: r.seq, MethodName: gosip.REGISTER})
	for _, c := range contacts {
		req.AppendHeader(&gosip.ContactHeader{Address: c})
	}
	req.AppendHeader(gosip.NewHeader("Expires", strconv.Itoa(int(expires.Seconds()))))
	req.AppendHeader(gosip.NewHeader("Supported", "path"))
	req.SetBody(nil)
	return req, nil
}

// granted returns for how long a 2xx registers our contacts: the shortest of them,
// and no longer than we asked for, whatever it says.
// A registrar behind a NAT may have rewritten their host, so the user part alone
// will do when nothing else fits; bindings of other phones are not ours.
func granted(res *gosip.Response, ours []gosip.Uri, asked time.Duration) time.Duration {
	general := asked
	if d, ok := contact.Seconds(headerValue(res, "Expires")); ok {
		general = min(d, asked)
	}
	rewritten := func(a, b gosip.Uri) bool { return wire.UserOf(a) == wire.UserOf(b) }
	exact := func(a, b gosip.Uri) bool { return rewritten(a, b) && a.Port == b.Port && sameHost(a.Host, b.Host) }
	for _, same := range []func(a, b gosip.Uri) bool{exact, rewritten} {
		least, found := general, false
		for _, h := range res.GetHeaders("Contact") {
			c, ok := h.(*gosip.ContactHeader)
			if !ok || !slices.ContainsFunc(ours, func(u gosip.Uri) bool { return same(u, c.Address) }) {
				continue
			}
			d := general
			if v, ok := contact.Param(c.Params, "expires"); ok {
				if n, ok := contact.Seconds(v); ok {
					d = min(n, asked)
				}
			}
			if !found || d < least {
				least, found = d, true
			}
		}
		if found {
			return least
		}
	}
	return general
}

// longer raises what we ask for to the Min-Expires of a 423; false when that is no
// reason to ask again.
func longer(res *gosip.Response, expires *time.Duration) bool {
	least, ok := contact.Seconds(headerValue(res, "Min-Expires"))
	if !ok || least <= *expires || least > maxExpires || *expires == 0 {
		return false
	}
	*expires = least
	return true
}

// retryAfter reads Retry-After (RFC 3261 §20.33), an hour at most.
func retryAfter(res *gosip.Response) time.Duration {
	value := headerValue(res, "Retry-After")
	if end := strings.IndexAny(value, " (;"); end >= 0 {
		value = value[:end]
	}
	d, _ := contact.Seconds(value)
	return min(d, maxAfter)
}

// headerValue returns the first value of a header, or "".
func headerValue(res *gosip.Response, name string) string {
	if h := res.GetHeader(name); h != nil {
		return strings.TrimSpace(h.Value())
	}
	return ""
}

// sameHost compares hosts, which may be IPv6 addresses with brackets or without.
func sameHost(a, b string) bool {
	a, b = strings.Trim(a, "[]"), strings.Trim(b, "[]")
	if x, y := net.ParseIP(a), net.ParseIP(b); x != nil && y != nil {
		return x.Equal(y)
	}
	return strings.EqualFold(a, b)
}
