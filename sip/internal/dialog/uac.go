package dialog

import (
	"context"
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
	// Contact is what a registered phone is asked for, in place of Host, and Path
	// the proxies on the way to it.
	Contact *gosip.Uri
	Path    []gosip.Uri
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

// journey is how an outgoing call finds its way. It is over with the answer.
type journey struct {
	request   Request
	uri       gosip.Uri // Request-URI and To
	tries     Tries
	hop       Hop // being tried
	proof     digest.Attempt
	shown     [][2]string // headers that tell who calls, and what is passed on
	redirects int
}

// Dial sends an INVITE through a trunk, or to a URI when there is none, and returns
// at once; ringing, answer and refusal arrive at sink. The 2xx is acknowledged here.
func (l *Layer) Dial(r Request, t *trunk.Trunk, sink func(Event)) (*Dialog, error) {
	j, err := plan(r, t)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	d := l.begin(calling, line.Line{
		Net: &l.net, Trunk: t, Outgoing: true, Hops: r.MaxForwards, Target: j.uri,
		CallID: wire.NewToken(), LocalTag: wire.NewToken(),
	})
	d.sink, d.way, d.out = sink, j, &outbound{}
	if !l.roster.Add(d.key, d) {
		d.stop()
		return nil, errors.New("dial: the endpoint is closing")
	}
	if !l.Begin(func() { d.queue.Guard(d.launch) }) {
		d.do(d.remove)
		return nil, errors.New("dial: the endpoint is closed")
	}
	return d, nil
}

// plan checks everything about a request that can be checked before it is sent.
func plan(r Request, t *trunk.Trunk) (*journey, error) {
	j := &journey{request: r}
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
	j.uri = gosip.Uri{Scheme: "sip", User: wire.EscapeUser(r.User)}
	return j, nil
}

// direct reads the URI that is dialled without a trunk.
func (j *journey) direct() error {
	text, uri := j.request.URI, &j.uri
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

// launch finds out where the call goes and tries the first hop.
func (d *Dialog) launch() {
	ctx, cancel := context.WithTimeout(d.ctx, d.layer.Timers.Connect)
	defer cancel()
	tries, err := d.layer.Locate(ctx, d.trunk, d.way.uri)
	d.do(func() {
		if d.gone {
			return
		}
		if err != nil {
			d.lost(err.Error())
			d.remove()
			return
		}
		d.way.tries = tries
		d.next("no hop to try")
	})
}

// next tries the next hop; why says what became of the last. Only within do.
func (d *Dialog) next(why string) {
	hop, ok := d.way.tries.Next()
	if !ok || d.ended {
		d.lost(why)
		d.remove()
		return
	}
	d.head(hop)
}

// head sets off for a hop. Only within do.
func (d *Dialog) head(hop Hop) {
	d.way.hop, d.way.proof = hop, digest.Attempt{}
	d.then(func() {
		if !d.layer.Begin(func() { d.queue.Guard(func() { d.depart(hop) }) }) {
			d.do(d.remove)
		}
	})
}

// depart finds the socket for a hop, which may take a connection, and sends the
// INVITE.
func (d *Dialog) depart(hop Hop) {
	to := sockets.Peer{Network: hop.Network, Addr: hop.Addr}
	if sockets.Secure(hop.Network) && hop.Contact == nil { // a phone's own connection proves enough
		to.Name = hop.Host
	}
	at, err := d.layer.sockets.To(d.ctx, to)
	d.do(func() {
		switch {
		case d.gone:
		case d.ended:
			d.remove()
		case err != nil:
			if d.way.tries.Heard(0, 0) {
				d.next(err.Error())
				return
			}
			d.lost(err.Error())
			d.remove()
		default:
			d.line.At, d.line.Peer, d.line.Host = at, hop.Addr, to.Name
			d.knowPeer(hop.Addr.Addr())
			d.address()
			if err := d.call(nil); err != nil {
				d.lost(err.Error())
				d.remove()
			}
		}
	})
}

// address decides what From, To and the Request-URI are, now that it is known
// where the call goes.
func (d *Dialog) address() {
	j := d.way
	switch {
	case j.hop.Contact != nil:
		j.uri, d.line.Routes = *j.hop.Contact, j.hop.Path
	case d.trunk != nil:
		j.uri.Host, j.uri.Port, j.uri.UriParams = bracketed(j.hop.Host), 0, nil
		if port := int(j.hop.Addr.Port()); port != 5060 {
			j.uri.Port = port
		}
		if d.line.At.Network != sockets.UDP {
			j.uri.UriParams = gosip.HeaderParams{{K: "transport", V: d.line.At.Network}}
		}
	}
	from, shown := j.show(d.trunk, d.line.At.Host)
	j.shown = shown
	d.line.Local, d.line.LocalName = from.uri(), wire.Quote(from.Display)
	d.line.Remote = gosip.Uri{Scheme: "sip", User: j.uri.User, Host: j.uri.Host, Port: j.uri.Port}
	d.line.Target = j.uri
}

// bracketed writes a host as a URI does.
func bracketed(host string) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		return "[" + host + "]"
	}
	return host
}

// call sends the INVITE that makes the dialog, once more with another number when
// it was sent before. challenge is the refusal that wants credentials, if one does;
// there may be none to give. Only within do.
func (d *Dialog) call(challenge *gosip.Response) error {
	j := d.way
	out := &outbound{offer: j.request.Offer, headers: append(slices.Clip(j.request.Headers), j.shown...), proof: &j.proof}
	if err := d.invite(out, challenge); err != nil {
		return err
	}
	if d.out.sent != nil {
		d.past = append(d.past, d.out)
	}
	d.out = out
	out.clock = d.after(min(j.tries.Patience(), d.layer.Timers.Give), func() { d.giveUp(out, "no response") })
	return nil
}

// retry sends the INVITE once more to the same hop, because a refusal has said how
// it would be taken, and reports whether it could. Only within do.
func (d *Dialog) retry(challenge *gosip.Response) bool {
	if err := d.call(challenge); err != nil {
		d.layer.Log.Warn("sip invite not repeated", "call_id", d.key.CallID, "peer", d.line.Peer.String(), "error", err)
		return false
	}
	d.state = calling
	return true
}

// detour reports whether a refusal of the INVITE that makes the dialog was not the
// last word: it is answered by another INVITE. Only within do.
func (d *Dialog) detour(out *outbound, res *gosip.Response) bool {
	j := d.way
	if d.ended || out.cancel != nil || j == nil {
		return false
	}
	switch {
	case res.StatusCode == 401 || res.StatusCode == 407:
		return d.retry(res)
	case res.StatusCode == 422 && d.tooShort(res):
		return d.retry(nil)
	case res.StatusCode >= 300 && res.StatusCode < 400:
		return d.redirect(res)
	}
	if !j.tries.Heard(res.StatusCode, line.RetryAfter(res)) {
		return false
	}
	hop, ok := j.tries.Next()
	if ok {
		d.state = calling
		d.head(hop)
	}
	return ok
}

// maxRedirects is how often one call is sent elsewhere.
const maxRedirects = 5

// redirect follows a 3xx, if the trunk's policy says so and whoever placed the
// call agrees with the number: another number at the same trunk. A host that the
// wire names is never called (RFC 3261 §8.1.3.4; toll fraud).
func (d *Dialog) redirect(res *gosip.Response) bool {
	j := d.way
	if d.trunk == nil || d.trunk.Redirect != "follow" || j.request.Redirected == nil {
		return false
	}
	for _, to := range line.Contacts(res) {
		user := wire.UserOf(to)
		if j.redirects >= maxRedirects || user == "" || !j.request.Redirected(user) {
			continue
		}
		j.redirects++
		j.uri.User, j.request.User = wire.EscapeUser(user), user
		d.address()
		return d.retry(nil)
	}
	return false
}
