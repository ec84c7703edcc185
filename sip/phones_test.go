package sip

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/sip/trunk"
)

// withPhones lets 1000 and 1001 register, whose calls are those of trunk "phones".
func withPhones(t *testing.T, cfg Config) Config {
	file := secret(t, "tree")
	cfg.Trunks = append(cfg.Trunks, Trunk{Name: "phones"})
	cfg.Registrar = &Registrar{Trunk: "phones", Users: []trunk.Account{{User: "1000", PasswordFile: file}, {User: "1001", PasswordFile: file}}}
	return cfg
}

// registers lets the peer register as 1000 with these headers, and returns the 200.
func (p *peer) registers(callID string, seq int, lines ...string) string {
	p.t.Helper()
	text := func(seq int, more ...string) string {
		text := p.request("REGISTER", callID, "", seq, append(more, lines...)...)
		head, rest, _ := strings.Cut(text, "\nContact:")
		_, tail, _ := strings.Cut(rest, "\n")
		return head + "\n" + tail
	}
	p.send(text(seq))
	challenge := p.recv("SIP/2.0 401")
	p.send(text(seq+1, p.proof(challenge, "REGISTER", "1000", "tree")))
	return p.recv("SIP/2.0 200")
}

// TestPhoneBehindNAT holds that a phone registers from anywhere with its password,
// is called where it came from by the Contact it gave, by way of its Path, and no
// more once it has unregistered.
func TestPhoneBehindNAT(t *testing.T) {
	cfg := withPhones(t, loopback(nil))
	cfg.Trunks = cfg.Trunks[1:]
	e := open(t, cfg, nil)
	p := newPeer(t, "127.0.0.2").calls(e)
	contact := "Contact: <sip:line1@192.0.2.77:5062>"
	ok := p.registers("reg", 1, contact, "Expires: 600", "Supported: path", "Path: <sip:edge@192.0.2.1;lr>", "User-Agent: Desk phone")
	if got := headerOf(ok, "Contact"); !strings.Contains(got, "sip:line1@192.0.2.77:5062") || !strings.Contains(got, "expires=600") {
		t.Errorf("Contact: %s", got)
	}
	phones := e.Phones()
	if len(phones) != 1 || phones[0].User != "1000" || phones[0].Address != p.addr() || phones[0].Agent != "Desk phone" {
		t.Fatalf("%+v", phones)
	}
	s := dialled(t, e, "phones")
	invite := p.recv("INVITE sip:line1@192.0.2.77:5062 ")
	if route := headerOf(invite, "Route"); route != "<sip:edge@192.0.2.1;lr>" {
		t.Errorf("Route: %s", route)
	}
	p.send(p.respond(invite, 200, "x", contact, sdpType+answerSDP))
	p.recv("ACK sip:line1@192.0.2.77:5062 ")
	s.next(t, Answered)
	hungUp(t, e, p, s)

	p.registers("reg", 3, contact, "Expires: 0")
	if len(e.Phones()) != 0 {
		t.Errorf("still there: %+v", e.Phones())
	}
	if c := dialled(t, e, "phones").ended(t, NoAnswer, false); c.Status != 480 {
		t.Errorf("not registered: %+v", c)
	}
	s = newSide()
	if _, err := e.Dial(DialRequest{Trunk: "phones", User: "4711", Offer: []byte(offerSDP)}, s.sink); err != nil {
		t.Fatal(err)
	}
	if c := s.ended(t, NotFound, false); c.Status != 404 {
		t.Errorf("nobody: %+v", c)
	}
	idle(t, e)
}

// TestTwoPhonesOfOneUser holds that the second is called when the first is gone, and
// that a refusal by a person is the answer to the call.
func TestTwoPhonesOfOneUser(t *testing.T) {
	e := open(t, withPhones(t, loopback(nil)), nil)
	desk, soft := newPeer(t, "127.0.0.2").calls(e), newPeer(t, "127.0.0.3").calls(e)
	desk.registers("desk", 1, "Contact: <sip:desk@"+desk.addr()+">;q=1.0")
	soft.registers("soft", 1, "Contact: <sip:soft@"+soft.addr()+">;q=0.5")
	s := dialled(t, e, "phones")
	desk.send(desk.respond(desk.recv("INVITE sip:desk@"), 480, "x"))
	desk.recv("ACK ")
	invite := soft.recv("INVITE sip:soft@")
	soft.send(soft.respond(invite, 486, "x"))
	soft.recv("ACK ")
	s.ended(t, Busy, true)
	idle(t, e)
}

// TestStrangersCannotRegister holds that nobody registers for another one, and that
// only those who have registered are no strangers.
func TestStrangersCannotRegister(t *testing.T) {
	e := open(t, withPhones(t, loopback(nil)), nil)
	p := newPeer(t, "127.0.0.2").calls(e)
	register := strings.NewReplacer("To: <sip:1000@", "To: <sip:1001@").Replace
	p.send(register(p.request("REGISTER", "r", "", 1)))
	challenge := p.recv("SIP/2.0 401")
	p.send(register(p.request("REGISTER", "r", "", 2, p.proof(challenge, "REGISTER", "1000", "tree"))))
	p.recv("SIP/2.0 403")
	if len(e.Phones()) != 0 || e.phones.knows(addrPortOf(p.conn.LocalAddr()).Addr(), time.Now()) {
		t.Errorf("registered: %+v", e.Phones())
	}
}

// TestPhonesWithoutTheirTrunk holds that a password alone is no way in when the trunk
// that it belongs to is gone, and that no user is two.
func TestPhonesWithoutTheirTrunk(t *testing.T) {
	e := open(t, withPhones(t, loopback(nil)), func(in *Incoming) { t.Errorf("a call of %q came through", in.Trunk.Name) })
	if err := e.SetTrunks([]Trunk{{Name: "pbx", Accounts: []trunk.Account{{User: "1001", PasswordFile: secret(t, "tree")}}}}); err == nil {
		t.Error("1001 is a phone and a trunk")
	}
	if err := e.SetTrunks(nil); err != nil {
		t.Fatal(err)
	}
	p := newPeer(t, "127.0.0.2").calls(e)
	p.send(p.request("INVITE", "none", "", 1, sdpType+offerSDP))
	challenge := p.recv("SIP/2.0 401")
	p.send(p.request("INVITE", "none", "", 2, p.proof(challenge, "INVITE", "1000", "tree"), sdpType+offerSDP))
	if no := p.recv("SIP/2.0 403"); !strings.Contains(headerOf(no, "Reason"), ruleNoTrunk) {
		t.Errorf("refused by\n%s", no)
	}
}

// TestInventedDialogs holds that requests of dialogs which are not there cost no
// transaction, and that their refusal is sent once, whoever is named as the sender.
func TestInventedDialogs(t *testing.T) {
	e := open(t, withPhones(t, loopback(nil)), nil)
	p := newPeer(t, "127.0.0.2").calls(e)
	for i, m := range []string{"INVITE", "BYE", "UPDATE", "INFO", "REFER", "NOTIFY", "PRACK", "MESSAGE", "OPTIONS"} {
		p.send(p.request(m, fmt.Sprint("no", i), "invented", 1))
		if got := p.recv("SIP/2.0 481"); headerOf(got, "Call-ID") != fmt.Sprint("no", i) {
			t.Errorf("%s: came again:\n%s", m, got)
		}
	}
	if msg := p.any(3 * quick().T1); msg != "" {
		t.Errorf("came again:\n%s", msg)
	}
	if n := metric(e, "sip_transactions_total server"); n != 0 {
		t.Errorf("%v transactions", n)
	}
}

// changes collects what an endpoint tells of its trunks.
type changes struct {
	mu   sync.Mutex
	list []string
}

func (c *changes) note(ch Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf("%s %s to %s", ch.Trunk, ch.What, ch.To))
}

func (c *changes) has(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Contains(strings.Join(c.list, "\n"), text)
}

// TestWeRegister lets one endpoint be a phone of another over each transport: it is
// called through its registration, calls by its password, and is gone when it closes.
func TestWeRegister(t *testing.T) {
	a := newAuthority(t)
	cfg := withPhones(t, a.everywhere("127.0.0.1", "pbx.example.com"))
	pbx, toPBX, pbxSides := hears(t, cfg)
	for _, tr := range []Transport{UDP, TCP, TLS, WS, WSS} {
		t.Run(tr, func(t *testing.T) {
			heard := &changes{}
			mine := a.everywhere("127.0.0.1", "phone.example.com")
			mine.Changed = heard.note
			mine.Trunks = []Trunk{{
				Name: "pbx", Target: addrOf(t, pbx, tr), Transport: tr, Networks: []string{"127.0.0.1/32"}, From: "1000",
				Credentials: &trunk.Credentials{User: "1000", PasswordFile: secret(t, "tree")}, Register: []trunk.Registration{{User: "1000"}},
			}}
			calls, sides := make(chan *Incoming, 1), make(chan *side, 1)
			e, err := listen(mine, func(in *Incoming) {
				s := newSide()
				s.Dialog = in.Dialog
				in.Handle(s.sink)
				sides <- s
				calls <- in
			}, quick())
			if err != nil {
				t.Fatal(err)
			}
			until(t, "registration", func() bool { return e.Trunks()[0].Registrations[0].State == "registered" })
			if r := e.Trunks()[0].Registrations[0]; r.User != "1000" || r.Status != 200 || !r.Until.After(time.Now()) {
				t.Errorf("%+v", r)
			}
			if !heard.has("pbx registration to registered") || len(pbx.Phones()) != 1 || pbx.Phones()[0].Transport != tr {
				t.Errorf("%v %+v", heard.list, pbx.Phones())
			}
			caller := dialled(t, pbx, "phones")
			in := await(t, calls)
			if in.To.User != "1000" || in.Trunk.Name != "pbx" {
				t.Errorf("called %q of %q", in.To.User, in.Trunk.Name)
			}
			talked(t, caller, <-sides, in, true)
			back := dialled(t, e, "pbx")
			in = await(t, toPBX)
			if in.User != "1000" || in.Trunk.Name != "phones" || !in.Caller.Customer {
				t.Errorf("called by %q of %q", in.User, in.Trunk.Name)
			}
			talked(t, back, <-pbxSides, in, false)
			if err := e.Close(); err != nil {
				t.Error(err)
			}
			if len(pbx.Phones()) != 0 {
				t.Errorf("still there: %+v", pbx.Phones())
			}
			idle(t, pbx)
		})
	}
}

// TestRegistrationGoesOn holds that a dead registrar gives way to the next one, and
// that a wrong password is seen.
func TestRegistrationGoesOn(t *testing.T) {
	pbx := open(t, withPhones(t, loopback(nil)), nil)
	dead := newPeer(t, "127.0.0.2")
	of := func(password string) *Endpoint {
		cfg := loopback(nil)
		cfg.Trunks = []Trunk{{
			Name: "pbx", Targets: []trunk.Target{{Host: dead.addr(), Priority: 1}, {Host: pbx.Addrs()[0].Addr.String(), Priority: 2}},
			Failover:    trunk.Failover{Timeout: trunk.Duration(50 * time.Millisecond)},
			Credentials: &trunk.Credentials{User: "1000", PasswordFile: secret(t, password)}, Register: []trunk.Registration{{User: "1000"}},
		}}
		return open(t, cfg, nil)
	}
	e := of("tree")
	until(t, "registration", func() bool { return e.Trunks()[0].Registrations[0].State == "registered" })
	if r := e.Trunks()[0].Registrations[0]; r.Registrar != pbx.Addrs()[0].Addr.String() {
		t.Errorf("registered at %s", r.Registrar)
	}
	if err := e.SetTrunks(nil); err != nil {
		t.Fatal(err)
	}
	until(t, "the phone to be gone", func() bool { return len(pbx.Phones()) == 0 })
	wrong := of("three")
	until(t, "refusal", func() bool { return wrong.Trunks()[0].Registrations[0].State == "refused" })
	if r := wrong.Trunks()[0].Registrations[0]; r.Status != 401 {
		t.Errorf("%+v", r)
	}
}

// TestServiceRoute holds that calls go the way that the registrar has named.
func TestServiceRoute(t *testing.T) {
	p := newPeer(t, "127.0.0.2")
	cfg := loopback(nil)
	cfg.Trunks = []Trunk{{Name: "p", Target: p.addr(), From: "1000", Register: []trunk.Registration{{User: "1000"}}}}
	e := open(t, cfg, nil)
	register := p.recv("REGISTER ")
	p.send(p.respond(register, 200, "x", "Contact: "+headerOf(register, "Contact")+";expires=600", "Service-Route: <sip:home@192.0.2.5;lr>"))
	until(t, "registration", func() bool { return e.Trunks()[0].Registrations[0].State == "registered" })
	s := dialled(t, e, "p")
	invite := p.recv("INVITE sip:1000@")
	if route := headerOf(invite, "Route"); route != "<sip:home@192.0.2.5;lr>" {
		t.Errorf("Route: %s", route)
	}
	p.send(p.respond(invite, 486, "x"))
	s.ended(t, Busy, true)
	p.recv("ACK ")
	if err := e.SetTrunks(cfg.Trunks[:0]); err != nil {
		t.Fatal(err)
	}
	gone := p.recv("REGISTER ")
	if !strings.Contains(gone, "Expires: 0") && !strings.Contains(gone, "expires=0") {
		t.Errorf("unregistered by\n%s", gone)
	}
	p.send(p.respond(gone, 200, "x"))
}
