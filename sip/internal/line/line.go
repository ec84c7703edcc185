// Package line is what connects the two ends of a dialog: their names and tags, the
// route between them, and the socket that leads there (RFC 3261 §12). It writes the
// requests and responses of the dialog, and decides where they go.
//
// A Line is passive state of its dialog, guarded by whatever guards that; copying one
// makes the line of another branch of a fork. It sends nothing and waits for nothing.
// What it keeps of a message is copied, so that no message stays alive by it. Only
// sip/internal/dialog uses it.
package line

import (
	"net/netip"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/exchange"
	"trunkline/sip/internal/sockets"
	"trunkline/sip/internal/wire"
	"trunkline/sip/trunk"
)

// Net is what the lines of an endpoint share. All of it is set.
type Net struct {
	UserAgent string
	Trunk     func(netip.Addr) *trunk.Trunk // of a source, or nil
	Connected func(netip.AddrPort) bool
}

// Line is one end of a dialog, ours, with all it knows of the other.
type Line struct {
	Net *Net

	CallID, LocalTag, RemoteTag string
	Local, Remote               gosip.Uri // of From and To, without tags
	LocalName, RemoteName       string    // display names, quoted for the wire
	Target                      gosip.Uri // the far side's Contact
	Routes                      []gosip.Uri
	Trunk                       *trunk.Trunk // nil when a URI was dialled directly
	Outgoing                    bool
	At                          sockets.Place  // where we are
	Peer                        netip.AddrPort // where the far side's messages come from or ours went
	Host                        string         // whom we called, for a certificate to prove
	Hops                        int            // Max-Forwards of an INVITE; 0: 70
	Seq                         uint32         // CSeq of our last request
	RemoteSeq                   uint32         // and of theirs
}

// Incoming returns the line of an INVITE that came to us.
func Incoming(n *Net, req *gosip.Request, t *trunk.Trunk, from netip.AddrPort) Line {
	tag, _ := req.From().Params.Get("tag")
	return Line{
		Net: n, Trunk: t, Peer: from, CallID: strings.Clone(req.CallID().Value()), LocalTag: wire.NewToken(), RemoteTag: strings.Clone(tag),
		Local: own(req.To().Address), Remote: own(req.From().Address), Target: own(req.Contact().Address),
		LocalName: strings.Clone(req.To().DisplayName), RemoteName: strings.Clone(req.From().DisplayName),
		Routes: recorded(req), RemoteSeq: req.CSeq().SeqNo,
	}
}

// Heard notes the sequence number of a request, and reports whether it is in order
// (RFC 3261 §12.2.2). Equal ones pass: some devices do not count their BYE.
func (l *Line) Heard(req *gosip.Request) bool {
	seq := req.CSeq().SeqNo
	if seq < l.RemoteSeq {
		return false
	}
	l.RemoteSeq = seq
	return true
}

// Follow takes a request's connection for that of the line, when there is none any
// more: whoever connects to us from behind a NAT has no other way to be reached. Where
// we have connected to, we do so again.
func (l *Line) Follow(a sockets.Arrival) {
	same := a.Network == l.At.Network && a.Network != sockets.UDP && a.From.Addr() == l.Peer.Addr()
	if same && a.From != l.Peer && l.Host == "" && !l.Net.Connected(l.Peer) {
		l.Peer = a.From
	}
}

// own copies a URI, so that it does not keep the message it was read from.
func own(uri gosip.Uri) gosip.Uri {
	var copied gosip.Uri
	if err := gosip.ParseUri(uri.String(), &copied); err != nil {
		return uri // of a form that cannot be written; rather too large than wrong
	}
	return copied
}

// recorded returns the route that a message has recorded, as it stands there.
func recorded(m gosip.Message) (routes []gosip.Uri) {
	for _, h := range m.GetHeaders("Record-Route") {
		if rr, ok := h.(*gosip.RecordRouteHeader); ok {
			routes = append(routes, own(rr.Address))
		}
	}
	return routes
}

// Branch returns the line that a response to our INVITE makes: to the end with its
// tag, by its route, as far as the response says (RFC 3261 §12.1.2).
func (l *Line) Branch(res *gosip.Response) Line {
	b := *l
	b.Join(res)
	return b
}

// Join learns the far side from a response to our INVITE.
func (l *Line) Join(res *gosip.Response) {
	tag, _ := res.To().Params.Get("tag")
	l.RemoteTag = strings.Clone(tag)
	l.Routes = recorded(res)
	slices.Reverse(l.Routes)
	l.Refresh(res)
}

// Refresh learns the far side's new Contact, if a message has one (RFC 3261 §12.2).
func (l *Line) Refresh(m gosip.Message) {
	if wire.CheckContact(m) == nil {
		l.Target = own(contactOf(m))
	}
}

func contactOf(m gosip.Message) gosip.Uri {
	h, ok := m.GetHeaders("Contact")[0].(*gosip.ContactHeader)
	if !ok {
		return gosip.Uri{}
	}
	return h.Address
}

// Places are the hosts that requests of the far side may come from, beside Peer.
func (l *Line) Places() (list []netip.Addr) {
	for _, uri := range append([]gosip.Uri{l.Target}, l.Routes...) {
		if addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]")); err == nil && l.mayGo(addr.Unmap()) {
			list = append(list, addr.Unmap())
		}
	}
	return list
}

// aim sets the socket a request leaves from and the address it goes to.
func (l *Line) aim(req *gosip.Request) {
	first := l.Target
	if len(l.Routes) > 0 {
		first = l.Routes[0]
	}
	l.At.Aim(req, l.hop(first))
}

// Way returns by which connection requests go. A new one is made to whom we called
// and to addresses of the trunk; whoever came from elsewhere must keep his.
func (l *Line) Way(req *gosip.Request) exchange.Way {
	w := exchange.Way{Network: l.At.Network}
	to, err := netip.ParseAddrPort(req.Destination())
	if err != nil {
		return w
	}
	if l.Outgoing && to == l.Peer {
		w.Connect, w.Name = true, l.Host
		return w
	}
	t := l.Net.Trunk(to.Addr())
	w.Connect = l.Trunk != nil && t != nil && t.Name == l.Trunk.Name
	return w
}

// hop returns where to send to reach uri. What the far side wrote into a Contact
// or a Record-Route is only followed to addresses of its trunk; names, foreign
// addresses and private ones behind a NAT give way to the address its messages
// really come from. So nobody on the wire can point us at somebody else's host.
func (l *Line) hop(uri gosip.Uri) netip.AddrPort {
	addr, err := netip.ParseAddr(strings.Trim(uri.Host, "[]"))
	if err != nil || l.Trunk != nil && l.Trunk.NAT || !l.mayGo(addr.Unmap()) {
		return l.Peer
	}
	if tp, ok := uri.UriParams.Get("transport"); ok && !strings.EqualFold(tp, l.At.Network) {
		return l.Peer
	}
	if l.At.Network != sockets.UDP && addr.Unmap() == l.Peer.Addr() && l.Net.Connected(l.Peer) {
		return l.Peer
	}
	port := uint16(5060)
	switch {
	case uri.Port > 0:
		port = uint16(uri.Port)
	case sockets.Secure(l.At.Network):
		port = 5061
	}
	return netip.AddrPortFrom(addr.Unmap(), port)
}

// mayGo reports whether messages of this dialog may be sent to addr.
func (l *Line) mayGo(addr netip.Addr) bool {
	if addr.IsUnspecified() || addr.IsMulticast() {
		return false
	}
	if addr == l.Peer.Addr() {
		return true
	}
	if l.Trunk == nil { // a person dialled this; UDP to where the call leads is harmless
		return l.At.Network == sockets.UDP && !addr.IsLoopback()
	}
	t := l.Net.Trunk(addr)
	return t != nil && t.Name == l.Trunk.Name
}
