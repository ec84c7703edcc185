package line

import (
	"net/netip"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/sockets"
	"trunkline/sip/trunk"
)

func addrPort(text string) netip.AddrPort { return netip.MustParseAddrPort(text) }

// carrier is a trunk of 192.0.2.0/24.
func carrier(l Line) Line {
	t := &trunk.Trunk{Name: "carrier"}
	home := netip.MustParsePrefix("192.0.2.0/24")
	l.Trunk = t
	l.Net = &Net{
		Trunk: func(a netip.Addr) *trunk.Trunk {
			if home.Contains(a) {
				return t
			}
			return nil
		},
		Connected: func(p netip.AddrPort) bool { return p.Port() == 40000 },
	}
	return l
}

func uri(t *testing.T, text string) (u gosip.Uri) {
	t.Helper()
	if err := gosip.ParseUri(text, &u); err != nil {
		t.Fatal(err)
	}
	return u
}

// TestHop: a Contact leads to addresses of the trunk and nowhere else.
func TestHop(t *testing.T) {
	f := func(network, peer, target, want string) {
		t.Helper()
		l := carrier(Line{At: sockets.Place{Network: network}, Peer: addrPort(peer), Target: uri(t, target)})
		if got := l.hop(l.Target); got != addrPort(want) {
			t.Errorf("%s %s by way of %s: %s, want %s", network, target, peer, got, want)
		}
	}
	f("udp", "192.0.2.1:5060", "sip:a@192.0.2.9", "192.0.2.9:5060")
	f("udp", "192.0.2.1:5060", "sip:a@192.0.2.9:5070", "192.0.2.9:5070")
	f("udp", "192.0.2.1:5060", "sip:a@198.51.100.1", "192.0.2.1:5060")
	f("udp", "192.0.2.1:5060", "sip:a@10.0.0.1", "192.0.2.1:5060")
	f("udp", "192.0.2.1:5060", "sip:a@0.0.0.0", "192.0.2.1:5060")
	f("udp", "192.0.2.1:5060", "sip:a@host.example", "192.0.2.1:5060")
	f("udp", "192.0.2.1:5060", "sip:a@192.0.2.9;transport=tcp", "192.0.2.1:5060")
	f("tcp", "192.0.2.1:40000", "sip:a@192.0.2.1:5060;transport=tcp", "192.0.2.1:40000") // by the connection there is
	f("tcp", "192.0.2.1:40001", "sip:a@192.0.2.1:5060;transport=tcp", "192.0.2.1:5060")  // it is gone
	f("tls", "192.0.2.1:40001", "sip:a@192.0.2.1;transport=tls", "192.0.2.1:5061")
}

// TestWay: a new connection is made to whom we called and to the trunk.
func TestWay(t *testing.T) {
	f := func(l Line, to string, want bool, name string) {
		t.Helper()
		l = carrier(l)
		l.At.Network = "tls"
		req := gosip.NewRequest(gosip.BYE, gosip.Uri{Scheme: "sip", Host: "h"})
		req.SetDestination(to)
		if w := l.Way(req); w.Connect != want || w.Name != name || w.Network != "tls" {
			t.Errorf("to %s: %+v", to, w)
		}
	}
	called := Line{Outgoing: true, Peer: addrPort("198.51.100.1:5061"), Host: "sip.example"}
	f(called, "198.51.100.1:5061", true, "sip.example")
	f(called, "198.51.100.2:5061", false, "")
	f(Line{Peer: addrPort("198.51.100.1:40001")}, "198.51.100.1:40001", false, "")
	f(Line{Peer: addrPort("192.0.2.1:40001")}, "192.0.2.1:5061", true, "")
	f(Line{}, "nowhere", false, "")
}

func TestRequestsOfALine(t *testing.T) {
	l := carrier(Line{
		CallID: "id", LocalTag: "l", RemoteTag: "r", Local: uri(t, "sip:us@h"), Remote: uri(t, "sip:them@h"), Target: uri(t, "sip:t@192.0.2.1?Subject=x"),
		Peer: addrPort("192.0.2.1:5060"), Seq: 7, Hops: 5,
		At: sockets.Place{Network: "udp", Bound: addrPort("192.0.2.100:5060"), Host: "[2001:db8::1]", Port: 5062},
	})
	req := l.Request(gosip.INVITE)
	text := req.String()
	for _, want := range []string{
		"INVITE sip:t@192.0.2.1 SIP/2.0\r\n", "Via: SIP/2.0/UDP [2001:db8::1]:5062;branch=z9hG4bK", "\r\nCSeq: 8 INVITE\r\n",
		"\r\nFrom: <sip:us@h>;tag=l\r\n", "\r\nTo: <sip:them@h>;tag=r\r\n", "\r\nContact: <sip:us@[2001:db8::1]:5062>\r\n", "\r\nMax-Forwards: 70\r\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	again := l.Again(req)
	if again.CSeq().SeqNo != 9 || BranchOf(again) == BranchOf(req) || again.Destination() != "192.0.2.1:5060" {
		t.Errorf("again as\n%s", again)
	}
	cancel := Cancel(req)
	if BranchOf(cancel) != BranchOf(req) || cancel.CSeq().Value() != "8 CANCEL" || cancel.Destination() != req.Destination() {
		t.Errorf("cancelled by\n%s", cancel)
	}
	if l.Heard(l.numbered(gosip.BYE, 4)); l.Heard(l.numbered(gosip.BYE, 3)) || !l.Heard(l.numbered(gosip.BYE, 4)) {
		t.Error("an old number passes, or the same does not")
	}
	l.RemoteTag = ""
	if got := l.Request(gosip.INVITE).MaxForwards().Val(); got != 5 {
		t.Errorf("%d hops", got)
	}
}

func TestRedirections(t *testing.T) {
	res := gosip.NewResponse(302, "Moved")
	for _, c := range []string{"<sip:1@h>;q=0.2", "<sip:2@h>", "<sip:3@h>;q=0.9"} {
		var h gosip.ContactHeader
		var params gosip.HeaderParams
		name, rest, _ := strings.Cut(strings.TrimPrefix(c, "<"), ">")
		h.Address = uri(t, name)
		if _, q, ok := strings.Cut(rest, "q="); ok {
			params = gosip.HeaderParams{{K: "q", V: q}}
		}
		h.Params = params
		res.AppendHeader(&h)
	}
	var users string
	for _, u := range Contacts(res) {
		users += u.User
	}
	if users != "231" {
		t.Errorf("in the order %s", users)
	}
}
