package sip

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"net/netip"
	"strconv"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// allow lists the methods we answer, for Allow headers.
const allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO"

// phrase returns the reason phrase of a status (RFC 3261 §21 and friends).
func phrase(code int) string {
	text, ok := map[int]string{
		100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress",
		200: "OK", 202: "Accepted",
		300: "Multiple Choices", 301: "Moved Permanently", 302: "Moved Temporarily", 305: "Use Proxy", 380: "Alternative Service",
		400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
		405: "Method Not Allowed", 406: "Not Acceptable", 407: "Proxy Authentication Required", 408: "Request Timeout",
		410: "Gone", 412: "Conditional Request Failed", 413: "Request Entity Too Large", 414: "Request-URI Too Long",
		415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension", 421: "Extension Required",
		422: "Session Interval Too Small", 423: "Interval Too Brief", 433: "Anonymity Disallowed",
		480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected", 483: "Too Many Hops",
		484: "Address Incomplete", 485: "Ambiguous", 486: "Busy Here", 487: "Request Terminated", 488: "Not Acceptable Here",
		489: "Bad Event", 491: "Request Pending", 493: "Undecipherable",
		500: "Server Internal Error", 501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
		504: "Server Time-out", 505: "Version Not Supported", 513: "Message Too Large",
		600: "Busy Everywhere", 603: "Decline", 604: "Does Not Exist Anywhere", 606: "Not Acceptable", 607: "Unwanted", 608: "Rejected",
	}[code]
	if !ok {
		return "Unknown"
	}
	return text
}

// response builds a response outside any dialog.
func (e *Endpoint) response(req *gosip.Request, code int) *gosip.Response {
	res := gosip.NewResponseFromRequest(req, code, phrase(code), nil)
	if source, err := netip.ParseAddrPort(req.Source()); err == nil {
		if via := res.Via(); via != nil && strings.Trim(via.Host, "[]") != source.Addr().String() {
			via.Params.Add("received", source.Addr().String()) // RFC 3261 §18.2.1
		}
	}
	if e.cfg.UserAgent != "" {
		res.AppendHeader(gosip.NewHeader("Server", e.cfg.UserAgent))
	}
	return res
}

// response builds a response to a request of this dialog.
func (d *Dialog) response(req *gosip.Request, code int, sdp []byte) *gosip.Response {
	res := d.e.response(req, code)
	if code > 100 {
		res.To().Params.Add("tag", d.localTag)
	}
	if code > 100 && code < 300 && (req.IsInvite() || req.Method == gosip.UPDATE) {
		contact := d.contact()
		res.AppendHeader(&contact)
		res.AppendHeader(gosip.NewHeader("Allow", allow))
	}
	setSDP(res, sdp)
	return res
}

func setSDP(m gosip.Message, sdp []byte) {
	if len(sdp) == 0 {
		m.SetBody(nil)
		return
	}
	m.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
	m.SetBody(bytes.Clone(sdp))
}

// contact says where the far side reaches us within the dialog.
func (d *Dialog) contact() gosip.ContactHeader {
	uri := gosip.Uri{Scheme: "sip", User: d.local.User, Host: d.at.reach.Addr().String(), Port: int(d.at.reach.Port())}
	if d.at.transport == TCP {
		uri.UriParams = gosip.HeaderParams{{K: "transport", V: "tcp"}}
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
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(string(d.at.transport)),
		Host: d.at.reach.Addr().String(), Port: int(d.at.reach.Port()),
		Params: gosip.HeaderParams{{K: "branch", V: newBranch()}, {K: "rport"}},
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
		req.AppendHeader(gosip.NewHeader("Allow", allow))
	}
	if d.e.cfg.UserAgent != "" {
		req.AppendHeader(gosip.NewHeader("User-Agent", d.e.cfg.UserAgent))
	}
	d.direct(req)
	return req
}

// direct sets the socket a request leaves from and the address it goes to.
func (d *Dialog) direct(req *gosip.Request) {
	req.SetTransport(strings.ToUpper(string(d.at.transport)))
	first := d.target
	if len(d.routes) > 0 {
		first = d.routes[0]
	}
	req.SetDestination(d.hop(first).String())
	if d.at.transport == UDP {
		req.Laddr = gosip.Addr{IP: d.at.bound.Addr().AsSlice(), Port: int(d.at.bound.Port())}
	}
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
	if tp, ok := uri.UriParams.Get("transport"); ok && !strings.EqualFold(tp, string(d.at.transport)) {
		return d.peer
	}
	port := uint16(5060)
	if uri.Port > 0 {
		port = uint16(uri.Port)
	}
	hop := netip.AddrPortFrom(addr.Unmap(), port)
	if d.at.transport == TCP {
		if _, alive := d.e.hub.find(d.peer); alive && addr.Unmap() == d.peer.Addr() {
			return d.peer
		}
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
		return d.at.transport == UDP && !addr.IsLoopback()
	}
	t := d.e.trunks.bySource(addr)
	return t != nil && t.Name == d.trunk.Name
}

// addReason tells the Q.850 cause (RFC 3326, RFC 6432).
func addReason(m gosip.Message, c Cause) {
	if c.Q850 == 0 {
		return
	}
	value := "Q.850;cause=" + strconv.Itoa(c.Q850)
	if text := clean(c.Text); text != "" {
		value += `;text="` + quote(text) + `"`
	}
	m.AppendHeader(gosip.NewHeader("Reason", value))
}

const maxParts = 16 // of a multipart body

// sdpOf returns the session description of a message; none is no fault.
func sdpOf(m interface {
	gosip.Message
	ContentType() *gosip.ContentTypeHeader
}) ([]byte, *fault) {
	body := m.Body()
	if len(body) == 0 {
		return nil, nil
	}
	refusal := &fault{status: 415, why: "body is not a session description", extra: []string{"Accept: application/sdp"}}
	for _, coding := range headerValues(m, "Content-Encoding") {
		if !strings.EqualFold(coding, "identity") {
			return nil, &fault{status: 415, why: "Content-Encoding " + coding, extra: []string{"Accept-Encoding: identity"}}
		}
	}
	ct := m.ContentType()
	if ct == nil {
		return nil, refusal
	}
	kind, params, err := mime.ParseMediaType(ct.Value())
	if err != nil {
		return nil, refusal
	}
	if kind == "application/sdp" {
		return body, nil
	}
	if !strings.HasPrefix(kind, "multipart/") || params["boundary"] == "" {
		return nil, refusal
	}
	parts := multipart.NewReader(bytes.NewReader(body), params["boundary"])
	for range maxParts {
		part, err := parts.NextRawPart()
		if err != nil {
			break
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		if kind != "application/sdp" {
			continue
		}
		if text, err := io.ReadAll(part); err == nil {
			return text, nil
		}
	}
	return nil, refusal
}
