// Package journey is how an outgoing call finds its way: who is called, on whose
// behalf, by which hops, and where a redirection may lead it.
//
// A Journey belongs to its dialog and ends with the answer. It resolves nothing and
// sends nothing: hops come from whoever locates, INVITEs are the dialog's. Only
// sip/internal/dialog uses it, which shows its types as its own.
package journey

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/line"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Hop is one place that an INVITE can be sent to.
type Hop struct {
	Network string // one of the sockets' transports
	Addr    netip.AddrPort
	Host    string // as it was written; what a certificate must show
	// Contact is what a registered phone is asked for, in place of Host.
	Contact *gosip.Uri
	// Path are the proxies on the way: to the phone, or those of the Service-Route
	// of our registration (RFC 3608).
	Path []gosip.Uri
}

// Tries is the order in which one call tries hops. It belongs to the call.
type Tries interface {
	// Next returns the hop to try next; false when there is none left.
	Next() (Hop, bool)
	// Heard tells what became of the hop tried last: its final status, or 0 when
	// nothing was heard of it. It reports whether the next is worth a try.
	Heard(status int, retryAfter time.Duration) (again bool)
	// Patience is how long a hop may stay silent.
	Patience() time.Duration
}

// Request is an outgoing call.
type Request struct {
	Trunk string // name of a trunk with a target; or
	// URI is dialled directly, without a trunk (the phone does; the server never).
	URI         string
	User        string // user part of Request-URI and To, with Trunk
	From        Party
	Offer       []byte
	Headers     [][2]string // further headers; CR and LF are refused
	Caller      *Caller     // in place of From: shown as the trunk wants to hear it
	Taken       [][2]string // what the other leg brought; the trunk's list says what is passed on
	MaxForwards int         // what is left of the call's; 0: as of a new one
	// Redirected is asked whether a 3xx may send the call to another number. nil:
	// none may.
	Redirected func(user string) bool
}

// Journey is the way of one call.
type Journey struct {
	URI   gosip.Uri // Request-URI and To
	Tries Tries
	Hop   Hop            // being tried
	Proof digest.Attempt // to that hop

	request   Request
	shown     [][2]string // headers that tell who calls, and what is passed on
	redirects int
}

// New returns the journey of a request, after everything was checked that can be
// before it is sent.
func New(r Request, t *trunk.Trunk) (*Journey, error) {
	j := &Journey{request: r}
	if len(r.Offer) == 0 {
		return nil, errors.New("no offer")
	}
	for _, field := range []string{r.User, r.From.User, r.From.Host, r.From.Display, r.URI} {
		if wire.HasControl(field) || strings.Contains(field, "\t") {
			return nil, fmt.Errorf("%.40q: control character", field)
		}
	}
	if strings.ContainsAny(r.From.Host, " <>@;?\"") {
		return nil, fmt.Errorf("from host %.40q: not a host", r.From.Host)
	}
	if err := wire.CheckOwn(r.Headers); err != nil {
		return nil, err
	}
	if t == nil {
		return j, j.direct()
	}
	if j.request.From.User == "" {
		j.request.From.User = t.From
	}
	j.URI = gosip.Uri{Scheme: "sip", User: wire.EscapeUser(r.User)}
	return j, nil
}

// direct reads the URI that is dialled without a trunk.
func (j *Journey) direct() error {
	text, uri := j.request.URI, &j.URI
	if err := gosip.ParseUri(text, uri); err != nil || uri.Scheme != "sip" || uri.Host == "" || uri.Wildcard {
		return fmt.Errorf("uri %q: want sip:user@host", text)
	}
	if strings.ContainsAny(text, " <>\"") || uri.Port < 0 || uri.Port > 65535 {
		return fmt.Errorf("uri %q: not a SIP URI", text)
	}
	uri.Headers = nil // a URI in a Request-URI has none (RFC 3261 §19.1.1)
	switch tp, _ := uri.UriParams.Get("transport"); strings.ToLower(tp) {
	case "", "udp", "tcp", "tls", "ws", "wss":
		return nil
	default:
		return fmt.Errorf("uri %q: transport is not udp, tcp, tls, ws or wss", text)
	}
}

// Address decides what From, To and the Request-URI are, now that it is known where
// the call goes, and what is to be told of the caller.
func (j *Journey) Address(l *line.Line) {
	l.Routes = j.Hop.Path
	switch {
	case j.Hop.Contact != nil:
		j.URI = *j.Hop.Contact
	case l.Trunk != nil:
		j.URI.Host, j.URI.Port, j.URI.UriParams = wire.Bracketed(j.Hop.Host), 0, nil
		if port := int(j.Hop.Addr.Port()); port != 5060 {
			j.URI.Port = port
		}
		if l.At.Network != sockets.UDP {
			j.URI.UriParams = gosip.HeaderParams{{K: "transport", V: l.At.Network}}
		}
	}
	from, shown := j.show(l.Trunk, l.At.Host)
	j.shown = shown
	l.Local, l.LocalName = from.uri(), wire.Quote(from.Display)
	l.Remote = gosip.Uri{Scheme: "sip", User: j.URI.User, Host: j.URI.Host, Port: j.URI.Port}
	l.Target = j.URI
}

// Headers are the further headers of its INVITE.
func (j *Journey) Headers() [][2]string { return append(slices.Clip(j.request.Headers), j.shown...) }

// headSize is what an INVITE has beside its offer and the headers it was given.
const headSize = 800

// Size is about how many bytes its INVITE to a trunk, or to nobody's, has.
func (j *Journey) Size(t *trunk.Trunk) int {
	n := headSize + len(j.request.Offer)
	_, shown := j.show(t, j.Hop.Host)
	for _, h := range append(slices.Clip(j.request.Headers), shown...) {
		n += len(h[0]) + len(h[1]) + len(": \r\n")
	}
	return n
}

// Offer is the session description of its INVITE.
func (j *Journey) Offer() []byte { return j.request.Offer }

// maxRedirects is how often one call is sent elsewhere.
const maxRedirects = 5

// Redirect follows a 3xx, if the trunk's policy says so and whoever placed the call
// agrees with the number: another number at the same trunk. A host that the wire
// names is never called (RFC 3261 §8.1.3.4; toll fraud). Address must follow.
func (j *Journey) Redirect(t *trunk.Trunk, res *gosip.Response) bool {
	if t == nil || t.Redirect != "follow" || j.request.Redirected == nil {
		return false
	}
	for _, to := range line.Contacts(res) {
		user := wire.UserOf(to)
		if j.redirects >= maxRedirects || user == "" || !j.request.Redirected(user) {
			continue
		}
		j.redirects++
		j.URI.User, j.request.User = wire.EscapeUser(user), user
		j.request.Headers = slices.DeleteFunc(slices.Clone(j.request.Headers), func(h [2]string) bool {
			return h[0] == "Identity" // it was signed for the other number (RFC 8224 §4)
		})
		return true
	}
	return false
}
