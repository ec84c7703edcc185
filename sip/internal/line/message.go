package line

import (
	"net/netip"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/refresh"
	"trunkline/sip/internal/reliable"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
)

// Allow lists the methods we answer, for Allow headers.
const Allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY"

// Response writes a response outside any dialog.
func (n *Net) Response(req *gosip.Request, code int) *gosip.Response {
	res := gosip.NewResponseFromRequest(req, code, wire.Phrase(code), nil)
	if source, err := netip.ParseAddrPort(req.Source()); err == nil {
		if via := res.Via(); via != nil && strings.Trim(via.Host, "[]") != source.Addr().String() {
			via.Params.Add("received", source.Addr().String()) // RFC 3261 §18.2.1
		}
	}
	if n.UserAgent != "" {
		res.AppendHeader(gosip.NewHeader("Server", n.UserAgent))
	}
	return res
}

// Response writes a response to a request of this dialog.
func (l *Line) Response(req *gosip.Request, code int, sdp []byte) *gosip.Response {
	res := l.Net.Response(req, code)
	if code > 100 {
		res.To().Params.Add("tag", l.LocalTag)
	}
	target := code > 100 && code < 300 && (req.IsInvite() || req.Method == gosip.UPDATE)
	if target || code == 202 {
		res.AppendHeader(l.contact())
	}
	if target {
		l.introduce(res)
	}
	wire.SetSDP(res, sdp)
	return res
}

// introduce says what we can do.
func (l *Line) introduce(m gosip.Message) {
	m.AppendHeader(gosip.NewHeader("Allow", Allow))
	m.AppendHeader(gosip.NewHeader("Supported", l.supported()))
}

// supported is what we support without what the trunk has switched off.
func (l *Line) supported() string {
	if l.Trunk == nil {
		return wire.Supported()
	}
	var list []string
	for tag := range strings.SplitSeq(wire.Supported(), ", ") {
		off := tag == reliable.Tag && l.Trunk.Reliable == "off" || tag == refresh.Tag && l.Trunk.Timer.Policy == "off"
		if !off {
			list = append(list, tag)
		}
	}
	return strings.Join(list, ", ")
}

// contact says where the far side reaches us within the dialog.
func (l *Line) contact() *gosip.ContactHeader {
	uri := gosip.Uri{Scheme: "sip", User: l.Local.User, Host: l.At.Host, Port: l.At.Port}
	if l.At.Network != sockets.UDP {
		uri.UriParams = gosip.HeaderParams{{K: "transport", V: l.At.Network}}
	}
	return &gosip.ContactHeader{Address: uri}
}

// Request writes the next request of the dialog (RFC 3261 §12.2.1.1), and where it
// goes. It has no body yet.
func (l *Line) Request(method gosip.RequestMethod) *gosip.Request {
	l.Seq++
	return l.numbered(method, l.Seq)
}

// Ack writes the ACK to a 2xx; seq is that of the INVITE. Its branch is a new one.
func (l *Line) Ack(seq uint32) *gosip.Request {
	ack := l.numbered(gosip.ACK, seq)
	ack.SetBody(nil)
	return ack
}

// Prack writes the acknowledgement of a provisional response (RFC 3262 §7.2).
func (l *Line) Prack(rack string) *gosip.Request {
	req := l.Request(gosip.PRACK)
	req.AppendHeader(gosip.NewHeader("RAck", rack))
	req.SetBody(nil)
	return req
}

func (l *Line) numbered(method gosip.RequestMethod, seq uint32) *gosip.Request {
	target, routes := l.Target, l.Routes
	if len(routes) > 0 && !routes[0].UriParams.Has("lr") { // a strict router
		target = routes[0]
		routes = append(append([]gosip.Uri(nil), routes[1:]...), l.Target)
	}
	req := gosip.NewRequest(method, plain(target))
	req.AppendHeader(Via(l.At))
	for _, r := range routes {
		req.AppendHeader(&gosip.RouteHeader{Address: r})
	}
	hops := gosip.MaxForwardsHeader(70)
	if method == gosip.INVITE && l.RemoteTag == "" && l.Hops > 0 {
		hops = gosip.MaxForwardsHeader(min(l.Hops, 70))
	}
	req.AppendHeader(&hops)
	l.name(req)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: seq, MethodName: method})
	switch method {
	case gosip.INVITE, gosip.UPDATE:
		req.AppendHeader(l.contact())
		l.introduce(req)
	case gosip.REFER, gosip.NOTIFY:
		req.AppendHeader(l.contact())
	}
	if l.Net.UserAgent != "" {
		req.AppendHeader(gosip.NewHeader("User-Agent", l.Net.UserAgent))
	}
	l.aim(req)
	return req
}

// plain is a URI as it may stand in a start line (RFC 3261 §19.1.1).
func plain(uri gosip.Uri) gosip.Uri {
	uri.Headers = nil
	return uri
}

// name says who talks to whom.
func (l *Line) name(req *gosip.Request) {
	req.AppendHeader(&gosip.FromHeader{
		DisplayName: l.LocalName, Address: l.Local, Params: gosip.HeaderParams{{K: "tag", V: l.LocalTag}},
	})
	to := &gosip.ToHeader{DisplayName: l.RemoteName, Address: l.Remote}
	if l.RemoteTag != "" {
		to.Params = gosip.HeaderParams{{K: "tag", V: l.RemoteTag}}
	}
	req.AppendHeader(to)
	callID := gosip.CallIDHeader(l.CallID)
	req.AppendHeader(&callID)
}

// Cancel writes the CANCEL of an INVITE of ours, which goes where that went
// (RFC 3261 §9.1).
func Cancel(invite *gosip.Request) *gosip.Request {
	req := gosip.NewRequest(gosip.CANCEL, invite.Recipient)
	req.AppendHeader(gosip.HeaderClone(invite.Via())) // with its branch
	for _, h := range invite.GetHeaders("Route") {
		req.AppendHeader(gosip.HeaderClone(h))
	}
	hops := gosip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	req.AppendHeader(gosip.HeaderClone(invite.From()))
	req.AppendHeader(gosip.HeaderClone(invite.To()))
	req.AppendHeader(gosip.HeaderClone(invite.CallID()))
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: gosip.CANCEL})
	req.SetBody(nil)
	aimLike(req, invite)
	return req
}

// Again writes a request of the dialog once more: another transaction with another
// number, because of a challenge.
func (l *Line) Again(req *gosip.Request) *gosip.Request {
	next := req.Clone()
	l.Seq++
	next.CSeq().SeqNo = l.Seq
	next.Via().Params.Add("branch", wire.NewBranch())
	aimLike(next, req)
	return next
}

func aimLike(req, like *gosip.Request) {
	req.SetDestination(like.Destination())
	req.SetTransport(like.Transport())
	req.Laddr = like.Laddr
}

// Value returns what a header says; of several the first. short is its compact name.
func Value(m gosip.Message, long, short string) (value string, n int) {
	values := m.GetHeaders(long)
	if short != "" {
		values = append(values[:len(values):len(values)], m.GetHeaders(short)...)
	}
	if len(values) == 0 {
		return "", 0
	}
	return strings.TrimSpace(values[0].Value()), len(values)
}
