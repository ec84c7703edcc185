package sip

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// peer is a scripted UDP user agent: it says exactly what a test tells it to.
type peer struct {
	t    *testing.T
	conn *net.UDPConn
	to   netip.AddrPort
	n    int // makes branches
}

func newPeer(t *testing.T, ip string) *peer {
	t.Helper()
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 0)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &peer{t: t, conn: conn}
}

func (p *peer) addr() string { return p.conn.LocalAddr().String() }

// calls makes the peer talk to e.
func (p *peer) calls(e *Endpoint) *peer {
	p.to = e.Addrs()[0].Addr
	return p
}

// send sends a message written with plain line feeds; Content-Length is added.
func (p *peer) send(text string) {
	p.t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	raw := strings.ReplaceAll(head, "\n", "\r\n") + fmt.Sprintf("\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
	if _, err := p.conn.WriteToUDPAddrPort([]byte(raw), p.to); err != nil {
		p.t.Fatal(err)
	}
}

// recv returns the next message whose start line begins with start, and fails on
// any other unless it is a 100.
func (p *peer) recv(start string) string {
	p.t.Helper()
	for {
		msg := p.any(patience)
		if strings.HasPrefix(msg, start) {
			return msg
		}
		if msg == "" {
			p.t.Fatalf("%q never came", start)
		}
		if !strings.HasPrefix(msg, "SIP/2.0 100 ") {
			p.t.Fatalf("wanted %q, got\n%s", start, msg)
		}
	}
}

// any returns the next message, or "" when none comes in time.
func (p *peer) any(wait time.Duration) string {
	p.t.Helper()
	buf := make([]byte, 65536)
	_ = p.conn.SetReadDeadline(time.Now().Add(wait))
	n, from, err := p.conn.ReadFromUDPAddrPort(buf)
	if err != nil {
		return ""
	}
	if !p.to.IsValid() {
		p.to = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	}
	return string(buf[:n])
}

// request writes a request of the dialog callID; more are further header lines.
func (p *peer) request(method, callID, toTag string, seq int, more ...string) string {
	p.n++
	via := fmt.Sprintf("z9hG4bK%s%d", callID, p.n)
	if method == "CANCEL" {
		via = fmt.Sprintf("z9hG4bK%s%d", callID, p.n-1) // of the request before
		p.n--
	}
	if toTag != "" {
		toTag = ";tag=" + toTag
	}
	lines := append([]string{
		method + " sip:1000@" + p.to.String() + " SIP/2.0",
		"Via: SIP/2.0/UDP " + p.addr() + ";branch=" + via,
		"From: <sip:2000@" + p.addr() + ">;tag=peertag",
		"To: <sip:1000@" + p.to.String() + ">" + toTag,
		"Call-ID: " + callID,
		fmt.Sprintf("CSeq: %d %s", seq, method),
		"Max-Forwards: 70",
		"Contact: <sip:2000@" + p.addr() + ">",
	}, more...)
	return strings.Join(lines, "\n")
}

// respond writes a response to a request that was received.
func (p *peer) respond(req string, status int, tag string, more ...string) string {
	to := headerOf(req, "To")
	if tag != "" && !strings.Contains(to, "tag=") {
		to += ";tag=" + tag
	}
	lines := append([]string{
		fmt.Sprintf("SIP/2.0 %d Whatever", status),
		"Via: " + headerOf(req, "Via"),
		"From: " + headerOf(req, "From"),
		"To: " + to,
		"Call-ID: " + headerOf(req, "Call-ID"),
		"CSeq: " + headerOf(req, "CSeq"),
	}, more...)
	return strings.Join(lines, "\n")
}

func tagOf(value string) string {
	_, tag, _ := strings.Cut(value, "tag=")
	return tag
}

const sdpType = "Content-Type: application/sdp\n\n"

// called returns an endpoint that hands over its calls, and a peer that calls it.
func called(t *testing.T, change func(*Config)) (*Endpoint, *peer, chan *Incoming, *side) {
	t.Helper()
	cfg := loopback(nil)
	if change != nil {
		change(&cfg)
	}
	calls := make(chan *Incoming, 4)
	s := newSide()
	e := open(t, cfg, func(in *Incoming) {
		s.Dialog = in.Dialog
		in.Handle(s.sink)
		calls <- in
	})
	return e, newPeer(t, "127.0.0.1").calls(e), calls, s
}

// established lets the peer call and be answered.
func established(t *testing.T, p *peer, calls chan *Incoming, s *side, callID string) (toTag string) {
	t.Helper()
	p.send(p.request("INVITE", callID, "", 1, sdpType+offerSDP))
	if err := (<-calls).Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	toTag = tagOf(headerOf(p.recv("SIP/2.0 200"), "To"))
	p.send(p.request("ACK", callID, toTag, 1))
	s.next(t, Confirmed)
	return toTag
}

// dials returns an endpoint that has dialled the peer, and the INVITE.
func dials(t *testing.T, change func(*Config, *peer)) (*Endpoint, *peer, *side, string) {
	t.Helper()
	p := newPeer(t, "127.0.0.2") // in nobody's networks
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{Name: "p", Target: p.addr()}}
	if change != nil {
		change(&cfg, p)
	}
	e := open(t, cfg, nil)
	s := newSide()
	d, err := e.Dial(DialRequest{Trunk: "p", User: "1000", Offer: []byte(offerSDP), Headers: [][2]string{{"X-Tenant", "blue"}}}, s.sink)
	if err != nil {
		t.Fatal(err)
	}
	s.Dialog = d
	return e, p, s, p.recv("INVITE sip:1000@")
}

// hungUp lets the endpoint end the call and the peer agree.
func hungUp(t *testing.T, e *Endpoint, p *peer, s *side) {
	t.Helper()
	s.Hangup(New(Normal, ""))
	p.send(p.respond(p.recv("BYE "), 200, ""))
	s.ended(t, Normal, false)
	idle(t, e)
}

func addrPortOf(a net.Addr) netip.AddrPort { return netip.MustParseAddrPort(a.String()) }
