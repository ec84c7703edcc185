package dialog

import (
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// Allow lists the methods we answer, for Allow headers.
const Allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY"

// Supported lists the extensions we speak (RFC 3261 §20.37).
const Supported = "100rel, timer, replaces"

// Response builds a response outside any dialog.
func (l *Layer) Response(req *gosip.Request, code int) *gosip.Response {
	res := gosip.NewResponseFromRequest(req, code, wire.Phrase(code), nil)
	if source, err := netip.ParseAddrPort(req.Source()); err == nil {
		if via := res.Via(); via != nil && strings.Trim(via.Host, "[]") != source.Addr().String() {
			via.Params.Add("received", source.Addr().String()) // RFC 3261 §18.2.1
		}
	}
	if l.UserAgent != "" {
		res.AppendHeader(gosip.NewHeader("Server", l.UserAgent))
	}
	return res
}

// response builds a response to a request of this dialog.
func (d *Dialog) response(req *gosip.Request, code int, sdp []byte) *gosip.Response {
	res := d.layer.Response(req, code)
	if code > 100 {
		res.To().Params.Add("tag", d.localTag)
	}
	if code > 100 && code < 300 && (req.IsInvite() || req.Method == gosip.UPDATE) {
		contact := d.contact()
		res.AppendHeader(&contact)
		res.AppendHeader(gosip.NewHeader("Allow", Allow))
		res.AppendHeader(gosip.NewHeader("Supported", d.supported()))
	}
	wire.SetSDP(res, sdp)
	return res
}

// supported is Supported without what the trunk has switched off.
func (d *Dialog) supported() string {
	switch t := d.trunk; {
	case t == nil:
		return Supported
	case t.Reliable == "off" && t.Timer.Policy == "off":
		return "replaces"
	case t.Reliable == "off":
		return "timer, replaces"
	case t.Timer.Policy == "off":
		return "100rel, replaces"
	}
	return Supported
}

// contact says where the far side reaches us within the dialog.
func (d *Dialog) contact() gosip.ContactHeader {
	uri := gosip.Uri{Scheme: "sip", User: d.local.User, Host: d.at.Host, Port: d.at.Port}
	if d.at.Network != sockets.UDP {
		uri.UriParams = gosip.HeaderParams{{K: "transport", V: d.at.Network}}
	}
	return gosip.ContactHeader{Address: uri}
}

// request builds a request of this dialog (RFC 3261 §12.2.1.1) and decides where
// it goes.
func (d *Dialog) request(method gosip.RequestMethod, seq uint32) *gosip.Request {
	target, routes := d.target, d.routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") { // a strict router
		target = routes[0]
		routes = append(append([]gosip.Uri(nil), routes[1:]...), d.target)
	}
	req := gosip.NewRequest(method, target)
	req.AppendHeader(&gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(d.at.Network),
		Host: d.at.Host, Port: d.at.Port,
		Params: gosip.HeaderParams{{K: "branch", V: wire.NewBranch()}, {K: "rport"}},
	})
	for _, r := range routes {
		req.AppendHeader(&gosip.RouteHeader{Address: r})
	}
	max := gosip.MaxForwardsHeader(70)
	req.AppendHeader(&max)
	req.AppendHeader(&gosip.FromHeader{
		DisplayName: d.localName, Address: d.local, Params: gosip.HeaderParams{{K: "tag", V: d.localTag}},
	})
	to := &gosip.ToHeader{DisplayName: d.remoteName, Address: d.remote}
	if d.remoteTag != "" {
		to.Params = gosip.HeaderParams{{K: "tag", V: d.remoteTag}}
	}
	req.AppendHeader(to)
	callID := gosip.CallIDHeader(d.callID)
	req.AppendHeader(&callID)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: seq, MethodName: method})
	if method == gosip.INVITE || method == gosip.UPDATE {
		contact := d.contact()
		req.AppendHeader(&contact)
		req.AppendHeader(gosip.NewHeader("Allow", Allow))
		req.AppendHeader(gosip.NewHeader("Supported", d.supported()))
	}
	if d.layer.UserAgent != "" {
		req.AppendHeader(gosip.NewHeader("User-Agent", d.layer.UserAgent))
	}
	d.direct(req)
	return req
}

// direct sets the socket a request leaves from and the address it goes to.
func (d *Dialog) direct(req *gosip.Request) {
	first := d.target
	if len(d.routes) > 0 {
		first = d.routes[0]
	}
	d.at.Aim(req, d.hop(first))
}

// hop returns where to send to reach uri. What the far side wrote into a Contact
// or a Record-Route is only followed to addresses of its trunk; names, foreign
// addresses and private ones behind a NAT give way to the address its messages
// really come from. So nobody on the wire can point us at somebody else's host.
func (d *Dialog) hop(uri gosip.Uri) netip.AddrPort {
	addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	if err != nil || d.trunk != nil && d.trunk.NAT || !d.mayGo(addr.Unmap()) {
		return d.peer
	}
	if tp, ok := uri.UriParams.Get("transport"); ok && !strings.EqualFold(tp, d.at.Network) {
		return d.peer
	}
	port := uint16(5060)
	if uri.Port > 0 {
		port = uint16(uri.Port)
	}
	hop := netip.AddrPortFrom(addr.Unmap(), port)
	if d.at.Network != sockets.UDP && d.layer.sockets.Connected(d.peer) && addr.Unmap() == d.peer.Addr() {
		return d.peer
	}
	return hop
}

// mayGo reports whether messages of this dialog may be sent to addr.
func (d *Dialog) mayGo(addr netip.Addr) bool {
	if addr.IsUnspecified() || addr.IsMulticast() {
		return false
	}
	if addr == d.peer.Addr() {
		return true
	}
	if d.trunk == nil { // a person dialled this; UDP to where the call leads is harmless
		return d.at.Network == sockets.UDP && !addr.IsLoopback()
	}
	t := d.layer.Trunk(addr)
	return t != nil && t.Name == d.trunk.Name
}
