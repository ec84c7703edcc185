package dialog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/cause"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// outbound is an INVITE of ours with its client transaction.
type outbound struct {
	sent      *gosip.Request // nil until it is on its way, and once it is acknowledged
	branch    string
	seq       uint32
	cancel    *Cause                    // we want it to end before it is answered
	cancelled bool                      // the CANCEL is sent
	final     bool                      // a final response has come
	ack       string                    // branch of the ACK to its 2xx; "": none has come
	forks     map[string]*gosip.Request // ACKs to other 2xx, by their tags
	clock     *time.Timer
	tx        *gosip.ClientTx
}

// way is where a call goes: what is asked for, and of whom.
type way struct {
	trunk     *trunk.Trunk
	uri       gosip.Uri // Request-URI and To
	host      string    // to be resolved
	port      uint16
	transport string
	request   Request
}

// Dial sends an INVITE through a trunk, or to a URI when there is none, and returns
// at once; ringing, answer and refusal arrive at sink. The 2xx is acknowledged here.
func (l *Layer) Dial(r Request, t *trunk.Trunk, sink func(Event)) (*Dialog, error) {
	w, err := wayTo(r, t)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	d := &Dialog{
		layer: l, outgoing: true, trunk: w.trunk, state: calling, sink: sink,
		callID: wire.NewToken(), localTag: wire.NewToken(), localSeq: 1, target: w.uri, out: &outbound{},
	}
	if !l.add(d) {
		return nil, errors.New("dial: the endpoint is closing")
	}
	if !l.Begin(func() { d.guard(func() { d.launch(w) }) }) {
		d.do(d.remove)
		return nil, errors.New("dial: the endpoint is closed")
	}
	return d, nil
}

// wayTo checks everything about a request that can be checked before it is sent.
func wayTo(r Request, t *trunk.Trunk) (way, error) {
	w := way{transport: sockets.UDP, request: r}
	if len(r.Offer) == 0 {
		return w, errors.New("no offer")
	}
	for _, field := range []string{r.User, r.From.User, r.From.Host, r.From.Display, r.URI} {
		if wire.HasControl(field) || strings.Contains(field, "\t") {
			return w, fmt.Errorf("%.40q: control character", field)
		}
	}
	if strings.ContainsAny(r.From.Host, " <>@;?\"") {
		return w, fmt.Errorf("from host %.40q: not a host", r.From.Host)
	}
	if err := wire.CheckOwn(r.Headers); err != nil {
		return w, err
	}
	if t == nil {
		return wayToURI(w)
	}
	if t.Target == "" {
		return w, fmt.Errorf("trunk %q: has no target to call", r.Trunk)
	}
	w.trunk = t
	if t.Transport != "" {
		w.transport = t.Transport
	}
	if w.request.From.User == "" {
		w.request.From.User = t.From
	}
	var err error
	if w.host, w.port, err = wire.Target(t.Target); err != nil {
		return w, err
	}
	w.uri = gosip.Uri{Scheme: "sip", User: wire.EscapeUser(r.User), Host: w.host}
	if w.port != 5060 {
		w.uri.Port = int(w.port)
	}
	if w.transport == sockets.TCP {
		w.uri.UriParams = gosip.HeaderParams{{K: "transport", V: "tcp"}}
	}
	return w, nil
}

func wayToURI(w way) (way, error) {
	if err := gosip.ParseUri(w.request.URI, &w.uri); err != nil || w.uri.Scheme != "sip" || w.uri.Host == "" || w.uri.Wildcard {
		return w, fmt.Errorf("uri %q: want sip:user@host", w.request.URI)
	}
	if strings.ContainsAny(w.request.URI, " <>\"") || w.uri.Port < 0 || w.uri.Port > 65535 {
		return w, fmt.Errorf("uri %q: not a SIP URI", w.request.URI)
	}
	w.uri.Headers = nil // a URI in a Request-URI has none (RFC 3261 §19.1.1)
	w.host, w.port = strings.Trim(w.uri.Host, "[]"), 5060
	if w.uri.Port > 0 {
		w.port = uint16(w.uri.Port)
	}
	switch tp, _ := w.uri.UriParams.Get("transport"); strings.ToLower(tp) {
	case "", "udp":
	case "tcp":
		w.transport = sockets.TCP
	default:
		return w, fmt.Errorf("uri %q: transport is not udp or tcp", w.request.URI)
	}
	return w, nil
}

// launch finds the way and sends the INVITE.
func (d *Dialog) launch(w way) {
	peer, err := d.layer.resolve(w.host, w.port)
	var at sockets.Place
	if err == nil {
		if w.trunk != nil {
			d.layer.Table.AddTarget(peer.Addr())
		}
		at, err = d.layer.sockets.Place(d.layer.ctx, w.transport, peer)
	}
	d.do(func() {
		if d.gone {
			return
		}
		if err != nil {
			d.lost(err.Error())
			d.remove()
			return
		}
		d.at, d.peer = at, peer
		d.knowPeer(peer.Addr())
		from := w.request.From
		if from.Host == "" {
			from.Host = at.Reach.Addr().String()
		}
		d.local, d.localName = from.uri(), wire.Quote(from.Display)
		d.remote = gosip.Uri{Scheme: "sip", User: w.uri.User, Host: w.uri.Host, Port: w.uri.Port}
		d.invite(d.out, w.request.Offer, w.request.Headers)
		d.out.clock = d.after(d.layer.Timers.Give, func() { d.giveUp(d.out, "no response") })
	})
}

// resolve returns the address of a host.
func (l *Layer) resolve(host string, port uint16) (netip.AddrPort, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(addr.Unmap(), port), nil
	}
	ctx, cancel := context.WithTimeout(l.ctx, l.Timers.Connect)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolve %s: %w", host, err)
	}
	for _, a := range addrs { // the family that we listen on
		for _, here := range l.sockets.Addrs() {
			if here.Addr().Is4() == a.Unmap().Is4() {
				return netip.AddrPortFrom(a.Unmap(), port), nil
			}
		}
	}
	return netip.AddrPort{}, fmt.Errorf("resolve %s: no address of a family we listen on", host)
}

// invite sends an INVITE of this dialog. Only within do.
func (d *Dialog) invite(out *outbound, sdp []byte, headers [][2]string) {
	req := d.request(gosip.INVITE, d.localSeq)
	for _, h := range headers {
		req.AppendHeader(gosip.NewHeader(h[0], h[1]))
	}
	wire.SetSDP(req, sdp)
	out.sent, out.seq = req, d.localSeq
	out.branch, _ = req.Via().Params.Get("branch")
	d.sent = append(d.sent, out.branch)
	d.layer.watch(out.branch, d)
	d.then(func() {
		tx, err := d.layer.stack.TransactionLayer().Request(d.layer.ctx, req)
		if err != nil {
			d.do(func() { d.giveUp(out, err.Error()) })
			return
		}
		d.do(func() {
			if out.tx = tx; out.ack != "" {
				d.settle(out)
			}
		})
		if !d.layer.Begin(func() { d.attend(out, tx) }) {
			tx.Terminate()
		}
	})
}

// attend keeps sipgo's transaction going. What the responses mean was decided
// when they came in (OnResponse); here is only seen that none come any more.
func (d *Dialog) attend(out *outbound, tx *gosip.ClientTx) {
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return
			}
		case <-tx.Done():
			why := "no response"
			if err := tx.Err(); err != nil && !errors.Is(err, gosip.ErrTransactionTimeout) {
				why = err.Error()
			}
			d.do(func() { d.giveUp(out, why) })
			return
		case <-d.layer.ctx.Done():
			tx.Terminate()
			return
		}
	}
}

// settle lets go of an INVITE that is acknowledged. sipgo would keep it and its
// answer for half a minute, only to see to repetitions, which we do. Only within
// do.
func (d *Dialog) settle(out *outbound) {
	out.sent = nil
	if tx := out.tx; tx != nil {
		out.tx = nil
		d.then(tx.Terminate)
	}
}

// giveUp ends an INVITE that gets no final response. Only within do.
func (d *Dialog) giveUp(out *outbound, why string) {
	if d.gone || out.final {
		return
	}
	out.final = true
	if tx := out.tx; tx != nil {
		d.then(tx.Terminate)
	}
	d.lost(why)
	if out == d.out {
		d.remove()
		return
	}
	d.sendBye(cause.New(cause.Unreachable, why)) // a re-INVITE: RFC 3261 §14.1
}
