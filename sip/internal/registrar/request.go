package registrar

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/grammar"
	"trunkline/sip/internal/register/contact"
	"trunkline/sip/internal/wire"
)

// Bounds on what is kept of one REGISTER, in bytes and values.
const (
	maxCallID = 256
	maxPath   = 8
	maxAgent  = 128
)

// wish is what a REGISTER asks for.
type wish struct {
	now      time.Time
	callID   string
	cseq     uint32
	all      bool      // Contact: *, to be removed
	contacts []Binding // those whose time is 0 are to be removed
	path     bool      // the phone understands Path
	paths    []gosip.Header
}

// read understands a REGISTER, or says how to refuse it.
func (r *Registrar) read(req *gosip.Request, user string, from Source) (wish, *Reply) {
	malformed := &Reply{Status: 400, Rule: RuleMalformed}
	w := wish{now: r.cfg.Now(), callID: req.CallID().Value(), cseq: req.CSeq().SeqNo, paths: req.GetHeaders("Path")}
	w.path = wire.Has(req, "Supported", "path")
	path, ok := contact.Route(w.paths, maxPath)
	if !ok || len(w.callID) > maxCallID {
		return w, malformed
	}
	shared, isSet := r.cfg.DefaultExpires, false
	if h := req.GetHeader("Expires"); h != nil {
		shared, isSet = r.seconds(h.Value()), true
	}
	headers := req.GetHeaders("Contact")
	if len(headers) > r.cfg.MaxContacts {
		return w, &Reply{Status: 403, Rule: RuleFull}
	}
	for _, h := range headers {
		c, ok := h.(*gosip.ContactHeader)
		switch {
		case !ok:
			return w, malformed
		case c.Address.Wildcard:
			w.all = true
			if len(headers) > 1 || !isSet || shared != 0 {
				return w, malformed
			}
			return w, nil
		case !contact.Usable(c.Address):
			return w, malformed
		}
		lasts := shared
		if v, ok := contact.Param(c.Params, "expires"); ok {
			lasts = r.seconds(v)
		}
		if lasts > 0 && lasts < r.cfg.MinExpires {
			least := strconv.Itoa(int(math.Ceil(r.cfg.MinExpires.Seconds())))
			return w, &Reply{Status: 423, Rule: RuleBrief, Headers: []gosip.Header{gosip.NewHeader("Min-Expires", least)}}
		}
		b := Binding{
			User: user, Contact: *c.Address.Clone(), Path: path, Source: from, Q: quality(c.Params),
			Since: w.now, Expires: w.now.Add(min(lasts, r.cfg.MaxExpires)),
			seen: w.now, callID: w.callID, cseq: w.cseq,
		}
		if h := req.GetHeader("User-Agent"); h != nil {
			b.Agent = grammar.Clean(h.Value(), maxAgent)
		}
		w.contacts = append(w.contacts, b)
	}
	return w, nil
}

// apply returns what a user's bindings become (RFC 3261 §10.3 point 7). The rule is
// not empty when one of them is newer than the wish, which then does nothing.
func (w *wish) apply(old []Binding) (list []Binding, rule string) {
	touches := func(b *Binding) int {
		return slices.IndexFunc(w.contacts, func(c Binding) bool { return same(b.Contact, c.Contact) })
	}
	for i := range old {
		b := &old[i]
		at := touches(b)
		if (w.all || at >= 0) && b.callID == w.callID && w.cseq <= b.cseq {
			return nil, RuleOrder
		}
		switch {
		case at >= 0:
			w.contacts[at].Since = b.Since
		case !w.all:
			list = append(list, *b)
		}
	}
	for i, c := range w.contacts {
		again := slices.ContainsFunc(w.contacts[i+1:], func(later Binding) bool { return same(c.Contact, later.Contact) })
		if !again && c.Expires.After(w.now) { // of a contact that is there twice, the last counts
			list = append(list, c)
		}
	}
	return list, ""
}

// describe writes the headers of a 200: all bindings, with the time they have left.
func (w *wish) describe(list []Binding) (headers []gosip.Header) {
	for _, b := range list {
		left := strconv.Itoa(int(math.Ceil(b.Expires.Sub(w.now).Seconds())))
		params := gosip.HeaderParams{{K: "expires", V: left}}
		if b.Q < 1000 {
			params = append(params, gosip.HeaderKV{K: "q", V: strconv.FormatFloat(float64(b.Q)/1000, 'f', -1, 64)})
		}
		headers = append(headers, &gosip.ContactHeader{Address: *b.Contact.Clone(), Params: params})
	}
	if w.path { // RFC 3327 §5.3
		for _, h := range w.paths {
			headers = append(headers, gosip.HeaderClone(h))
		}
	}
	return append(headers, gosip.NewHeader("Date", w.now.UTC().Format(http.TimeFormat)))
}

// seconds reads the time that a phone wants; what cannot be read is the default
// (RFC 3261 §20.19).
func (r *Registrar) seconds(text string) time.Duration {
	if d, ok := contact.Seconds(text); ok {
		return d
	}
	return r.cfg.DefaultExpires
}

// quality reads q in thousandths; without one, or when it makes no sense, it is 1.
func quality(params gosip.HeaderParams) int {
	text, ok := contact.Param(params, "q")
	if !ok {
		return 1000
	}
	q, err := strconv.ParseFloat(text, 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 1000
	}
	return int(math.Round(q * 1000))
}

// same compares contacts by RFC 3261 §19.1.4, as far as two spellings of one
// phone's contact may differ.
func same(a, b gosip.Uri) bool {
	if a.Scheme != b.Scheme || wire.UserOf(a) != wire.UserOf(b) || a.Password != b.Password ||
		!strings.EqualFold(strings.Trim(a.Host, "[]"), strings.Trim(b.Host, "[]")) || a.Port != b.Port {
		return false
	}
	for _, p := range a.UriParams {
		v, both := contact.Param(b.UriParams, p.K)
		if both && !strings.EqualFold(v, p.V) {
			return false
		}
	}
	for _, name := range []string{"transport", "user", "ttl", "method", "maddr"} { // may not be in one alone
		_, inA := contact.Param(a.UriParams, name)
		_, inB := contact.Param(b.UriParams, name)
		if inA != inB {
			return false
		}
	}
	return true
}
