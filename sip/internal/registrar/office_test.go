package registrar

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
)

// office is a registrar with a clock and two accounts, and the phones that talk to it.
type office struct {
	*Registrar
	t    *testing.T
	now  time.Time
	cseq int
}

func newOffice(t *testing.T, change func(*Config)) *office {
	t.Helper()
	o := &office{t: t, now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	now := func() time.Time { return o.now }
	v, err := digest.NewVerifier(digest.Policy{Realm: "trunkline", Now: now})
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Verifier: v, Passwords: passwords, Domains: []string{"example.com", "192.0.2.1"}, Now: now}
	if change != nil {
		change(&cfg)
	}
	if o.Registrar, err = New(cfg); err != nil {
		t.Fatal(err)
	}
	return o
}

func passwords(user string) (string, bool) { return "secret of " + user, len(user) > 2 }

var home = Source{Transport: "udp", Addr: netip.MustParseAddrPort("203.0.113.5:40000")}

// parse reads a REGISTER of alice with further header lines. CSeq is 1 unless one
// of them is another.
func parse(t testing.TB, lines ...string) *gosip.Request {
	t.Helper()
	head := map[string]string{
		"Via": "SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bK1;rport", "From": "<sip:x@y>;tag=1", "To": "<sip:alice@example.com>",
		"Call-ID": "c1", "CSeq": "1 REGISTER", "Request-URI": "sip:example.com",
	}
	text := ""
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		if _, ok := head[name]; ok {
			head[name] = value
		} else {
			text += line + "\r\n"
		}
	}
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		text += name + ": " + head[name] + "\r\n"
	}
	msg, err := gosip.NewParser().ParseSIP([]byte("REGISTER " + head["Request-URI"] + " SIP/2.0\r\n" + text + "Content-Length: 0\r\n\r\n"))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return msg.(*gosip.Request)
}

// register is what a phone of that user does: it sends, is challenged, and sends
// again with the next CSeq.
func (o *office) register(user string, lines ...string) Reply {
	o.t.Helper()
	c, err := digest.NewClient(digest.Login{User: user, Password: func() (string, error) { return "secret of " + user, nil }})
	if err != nil {
		o.t.Fatal(err)
	}
	o.cseq += 2
	lines = append([]string{fmt.Sprintf("CSeq: %d REGISTER", o.cseq)}, lines...)
	reply := o.Handle(parse(o.t, lines...), home)
	if reply.Status != 401 {
		o.t.Fatalf("without credentials: %+v", reply)
	}
	res := gosip.NewResponse(401, "")
	for _, h := range reply.Headers {
		res.AppendHeader(h)
	}
	req := parse(o.t, lines...)
	if err := c.Answer(new(digest.Attempt), req, res); err != nil {
		o.t.Fatal(err)
	}
	return o.Handle(req, home)
}

// text writes a reply in one line, without its Date.
func text(r Reply) string {
	parts := []string{fmt.Sprint(r.Status)}
	if r.Rule != "" {
		parts = append(parts, r.Rule)
	}
	for _, h := range r.Headers {
		if h.Name() == "Contact" {
			parts = append(parts, h.Value())
		} else if h.Name() != "Date" {
			parts = append(parts, h.Name()+": "+h.Value())
		}
	}
	return strings.Join(parts, " ")
}

// want complains unless a reply reads like that.
func (o *office) want(r Reply, want string) {
	o.t.Helper()
	if got := text(r); got != want {
		o.t.Errorf("got  %s\nwant %s", got, want)
	}
}
