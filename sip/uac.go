package sip

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// outbound is an INVITE of ours with its client transaction.
type outbound struct {
	sent      *gosip.Request // nil until it is on its way
	branch    string
	cancel    *Cause // we want it to end before it is answered
	cancelled bool   // the CANCEL is sent
	final     bool   // a final response has come
	ack       *gosip.Request
	forks     map[string]*gosip.Request // ACKs to other 2xx, by their tags
	clock     *time.Timer
	tx        *gosip.ClientTx
}

// way is where a call goes: what is asked for, and of whom.
type way struct {
	trunk     *Trunk
	uri       gosip.Uri // Request-URI and To
	host      string    // to be resolved
	port      uint16
	transport Transport
	request   DialRequest
}

// Dial sends an INVITE and returns at once; ringing, answer and refusal arrive
// at sink. The 2xx is acknowledged here.
func (e *Endpoint) Dial(r DialRequest, sink func(Event)) (*Dialog, error) {
	w, err := e.wayTo(r)
	if err != nil {
		return nil, fmt.Errorf("dial: %w", err)
	}
	d := &Dialog{
		e: e, outgoing: true, trunk: w.trunk, state: calling, sink: sink,
		callID: newToken(), localTag: newToken(), localSeq: 1, target: w.uri, out: &outbound{},
	}
	if !e.add(d) {
		return nil, errors.New("dial: the endpoint is closing")
	}
	if !e.begin(func() { d.guard(func() { d.launch(w) }) }) {
		d.do(d.remove)
		return nil, errors.New("dial: the endpoint is closed")
	}
	return d, nil
}

// wayTo checks everything about a request that can be checked before it is sent.
func (e *Endpoint) wayTo(r DialRequest) (way, error) {
	w := way{transport: UDP, request: r}
	if len(r.Offer) == 0 {
		return w, errors.New("no offer")
	}
	for _, field := range []string{r.User, r.From.User, r.From.Host, r.From.Display, r.URI} {
		if hasControl(field) || strings.Contains(field, "\t") {
			return w, fmt.Errorf("%.40q: control character", field)
		}
	}
	if strings.ContainsAny(r.From.Host, " <>@;?\"") {
		return w, fmt.Errorf("from host %.40q: not a host", r.From.Host)
	}
	if err := checkHeaders(r.Headers); err != nil {
		return w, err
	}
	if r.Trunk == "" {
		return e.wayToURI(w)
	}
	t := e.trunks.byName(r.Trunk)
	if t == nil {
		return w, fmt.Errorf("trunk %q: there is none", r.Trunk)
	}
	if t.Target == "" {
		return w, fmt.Errorf("trunk %q: has no target to call", r.Trunk)
	}
	w.trunk = t
	if t.Transport != "" {
		w.transport = t.Transport
	}
	if w.request.From.User == "" {
		w.request.From.User = t.FromUser
	}
	var err error
	if w.host, w.port, err = splitTarget(t.Target); err != nil {
		return w, err
	}
	w.uri = gosip.Uri{Scheme: "sip", User: escapeUser(r.User), Host: w.host}
	if w.port != 5060 {
		w.uri.Port = int(w.port)
	}
	if w.transport == TCP {
		w.uri.UriParams = gosip.HeaderParams{{K: "transport", V: "tcp"}}
	}
	return w, nil
}

func (e *Endpoint) wayToURI(w way) (way, error) {
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
		w.transport = TCP
	default:
		return w, fmt.Errorf("uri %q: transport is not udp or tcp", w.request.URI)
	}
	return w, nil
}

// checkHeaders refuses headers that would break out of their line, or that are
// ours to write.
func checkHeaders(headers [][2]string) error {
	ours := []string{
		"via", "from", "to", "call-id", "cseq", "contact", "route", "record-route", "max-forwards",
		"content-length", "content-type", "content-encoding", "allow", "require",
	}
	for _, h := range headers {
		name := longName(h[0])
		if !isToken(h[0]) || hasControl(h[1]) {
			return fmt.Errorf("header %.40q: %.40q: not a header", h[0], h[1])
		}
		if slices.Contains(ours, name) {
			return fmt.Errorf("header %s: is made here", h[0])
		}
	}
	return nil
}

// launch finds the way and sends the INVITE.
func (d *Dialog) launch(w way) {
	peer, err := d.e.resolve(w.host, w.port)
	var at place
	if err == nil {
		if w.trunk != nil {
			d.e.trunks.addTarget(peer.Addr())
		}
		at, err = d.e.place(d.e.ctx, w.transport, peer)
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
			from.Host = at.reach.Addr().String()
		}
		d.local, d.localName = from.uri(), quote(from.Display)
		d.remote = gosip.Uri{Scheme: "sip", User: w.uri.User, Host: w.uri.Host, Port: w.uri.Port}
		d.invite(d.out, w.request.Offer, w.request.Headers)
		d.out.clock = d.after(d.e.timers.give, func() { d.giveUp(d.out, "no response") })
	})
}

// resolve returns the address of a host.
func (e *Endpoint) resolve(host string, port uint16) (netip.AddrPort, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPortFrom(addr.Unmap(), port), nil
	}
	ctx, cancel := context.WithTimeout(e.ctx, e.timers.connect)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("resolve %s: %w", host, err)
	}
	for _, a := range addrs { // the family that we listen on
		for _, l := range e.addrs {
			if l.Addr.Addr().Is4() == a.Unmap().Is4() {
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
	setSDP(req, sdp)
	out.sent = req
	out.branch, _ = req.Via().Params.Get("branch")
	d.sent = append(d.sent, out.branch)
	d.e.watch(out.branch, d)
	d.then(func() {
		tx, err := d.e.stack.TransactionLayer().Request(d.e.ctx, req)
		if err != nil {
			d.do(func() { d.giveUp(out, err.Error()) })
			return
		}
		d.do(func() { out.tx = tx })
		if !d.e.begin(func() { d.attend(out, tx) }) {
			tx.Terminate()
		}
	})
}

// attend keeps sipgo's transaction going. What the responses mean was decided
// when they came in (onResponse); here is only seen that none come any more.
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
		}
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
	d.sendBye(New(Unreachable, why)) // a re-INVITE: RFC 3261 §14.1
}

// onResponse takes in a response to an INVITE of ours. It reports whether sipgo
// must see it too.
func (d *Dialog) onResponse(branch string, res *gosip.Response) (pass bool) {
	d.do(func() {
		switch {
		case d.renew != nil && d.renew.branch == branch:
			pass = d.onRenewed(d.renew, res)
		case d.out != nil && d.out.branch == branch:
			pass = d.onDialled(d.out, res)
		default:
			pass = true
		}
	})
	return pass
}

func (d *Dialog) onDialled(out *outbound, res *gosip.Response) (pass bool) {
	switch {
	case res.IsProvisional():
		d.onProvisional(out, res)
		return true
	case res.IsSuccess():
		return d.onSuccess(out, res)
	}
	if out.final {
		return true // repeated: sipgo acknowledges again
	}
	out.final = true
	d.state = over
	d.report(Event{Kind: Ended, Cause: refusalOf(res)})
	d.remove()
	return true
}

func (d *Dialog) onProvisional(out *outbound, res *gosip.Response) {
	if out.final {
		return
	}
	if d.state == calling {
		d.state = ringing
		out.clock.Stop()
	}
	if out.cancel != nil {
		d.sendCancel(*out.cancel)
		return
	}
	if res.StatusCode > 100 {
		sdp, _ := sdpOf(res)
		d.report(Event{Kind: Ringing, Status: res.StatusCode, SDP: sdp})
	}
}

// onSuccess takes in a 2xx: the first makes the dialog, the same again gets its
// ACK again, one from another branch of a fork is thanked and hung up
// (RFC 3261 §13.2.2.4).
func (d *Dialog) onSuccess(out *outbound, res *gosip.Response) (pass bool) {
	tag, _ := res.To().Params.Get("tag")
	switch {
	case !out.final:
		out.final = true
		out.clock.Stop()
		d.establish(res, tag)
		out.ack = d.acknowledge(out.sent.CSeq().SeqNo)
		d.state = up
		if d.ended { // the answer crossed our CANCEL
			d.sendBye(*out.cancel)
			return true
		}
		sdp, _ := sdpOf(res)
		d.report(Event{Kind: Answered, Status: res.StatusCode, SDP: sdp})
		return true
	case out.ack != nil && tag == d.remoteTag:
		d.then(func() { d.write(out.ack) })
	default:
		d.hangFork(out, res, tag)
	}
	return false
}

// establish learns the far side from its 2xx (RFC 3261 §12.1.2).
func (d *Dialog) establish(res *gosip.Response, tag string) {
	d.remoteTag = tag
	d.routes = nil
	for _, h := range res.GetHeaders("Record-Route") {
		if rr, ok := h.(*gosip.RecordRouteHeader); ok {
			d.routes = append(d.routes, rr.Address)
		}
	}
	slices.Reverse(d.routes)
	if checkContact(res) == nil {
		d.target = res.Contact().Address
	}
	if d.trunk != nil {
		return
	}
	for _, uri := range append([]gosip.Uri{d.target}, d.routes...) { // its BYE may come from there
		if addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]")); err == nil && d.mayGo(addr.Unmap()) {
			d.knowPeer(addr)
		}
	}
}

// acknowledge sends the ACK to a 2xx and returns it for the next time.
func (d *Dialog) acknowledge(seq uint32) *gosip.Request {
	ack := d.request(gosip.ACK, seq)
	ack.SetBody(nil)
	d.then(func() { d.write(ack) })
	return ack
}

// hangFork ends a second dialog that a fork has made of our INVITE.
func (d *Dialog) hangFork(out *outbound, res *gosip.Response, tag string) {
	if ack := out.forks[tag]; ack != nil {
		d.then(func() { d.write(ack) })
		return
	}
	if len(out.forks) >= 16 || tag == "" {
		return
	}
	f := &Dialog{
		e: d.e, callID: d.callID, localTag: d.localTag, trunk: d.trunk, local: d.local, remote: d.remote,
		localName: d.localName, remoteName: d.remoteName, target: d.target, at: d.at, peer: d.peer,
		peers: slices.Clone(d.peers),
	}
	f.remoteTag = tag
	for _, h := range res.GetHeaders("Record-Route") {
		if rr, ok := h.(*gosip.RecordRouteHeader); ok {
			f.routes = append(f.routes, rr.Address)
		}
	}
	slices.Reverse(f.routes)
	if checkContact(res) == nil {
		f.target = res.Contact().Address
	}
	ack := f.request(gosip.ACK, out.sent.CSeq().SeqNo)
	ack.SetBody(nil)
	bye := f.request(gosip.BYE, out.sent.CSeq().SeqNo+1)
	bye.SetBody(nil)
	if out.forks == nil {
		out.forks = map[string]*gosip.Request{}
	}
	out.forks[tag] = ack
	d.then(func() {
		d.write(ack)
		d.e.transact(bye, func() {})
	})
}

// refusalOf returns the cause that a final refusal stands for.
func refusalOf(res *gosip.Response) Cause {
	text := clean(res.Reason)
	switch {
	case res.StatusCode >= 300 && res.StatusCode < 400:
		text = "redirected, which is not followed"
		if c := res.Contact(); c != nil {
			text = clean("redirected to " + c.Address.String() + ", which is not followed")
		}
	case res.StatusCode == 401 || res.StatusCode == 407:
		text = "the far side wants a password, and digest authentication is not supported yet"
	}
	c := FromStatus(res.StatusCode, text)
	c.Remote = true
	if q := reasonQ850(res); q != 0 {
		c.Q850 = q
	}
	return c
}
