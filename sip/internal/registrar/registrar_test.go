package registrar

import (
	"fmt"
	"strings"
	"testing"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/internal/digest"
)

// TestLife is a phone from its first REGISTER to its last.
func TestLife(t *testing.T) {
	o := newOffice(t, nil)
	reply := o.register("alice", "Contact: <sip:alice@10.0.0.7:5060>", "Expires: 600", "User-Agent: phone\t1.0")
	o.want(reply, "200 <sip:alice@10.0.0.7:5060>;expires=600")
	if d := reply.Headers[len(reply.Headers)-1]; d.Name() != "Date" || d.Value() != "Fri, 02 Jan 2026 03:04:05 GMT" {
		t.Errorf("%s: %s", d.Name(), d.Value())
	}
	b := o.Lookup("alice")
	if len(b) != 1 || b[0].Source != home || b[0].Contact.String() != "sip:alice@10.0.0.7:5060" || b[0].Q != 1000 || b[0].User != "alice" ||
		b[0].Expires.Sub(o.now) != 10*time.Minute || !strings.HasPrefix(b[0].Agent, "phone") || strings.Contains(b[0].Agent, "\t") {
		t.Errorf("%+v", b)
	}
	if o.Lookup("bob") != nil {
		t.Error("bob is nowhere")
	}
	began := o.now
	o.now = o.now.Add(9*time.Minute + time.Millisecond)
	o.want(o.register("alice"), "200 <sip:alice@10.0.0.7:5060>;expires=60") // a question, and nothing more
	o.want(o.register("alice", "Contact: sip:alice@10.0.0.7:5060;expires=300"), "200 <sip:alice@10.0.0.7:5060>;expires=300")
	if b := o.Lookup("alice"); !b[0].Since.Equal(began) {
		t.Errorf("since %s", b[0].Since)
	}
	o.now = o.now.Add(5 * time.Minute)
	if o.Lookup("alice") != nil || o.List() != nil {
		t.Error("still there after its time")
	}
	o.want(o.register("alice"), "200")
	o.want(o.register("alice", "Contact: <sip:a@10.0.0.7>"), "200 <sip:a@10.0.0.7>;expires=3600")
	o.want(o.register("alice", "Contact: *", "Expires: 0"), "200")
	if o.Lookup("alice") != nil {
		t.Error("still there after it left")
	}
	o.register("alice", "Contact: <sip:a@10.0.0.7>")
	o.Remove("alice")
	if o.Lookup("alice") != nil {
		t.Error("still there without an account")
	}
}

// TestWhoRegistersForWhom is CVE-2025-47779, and that strangers learn nothing.
func TestWhoRegistersForWhom(t *testing.T) {
	o := newOffice(t, nil)
	const contact = "Contact: <sip:x@10.0.0.7>"
	o.want(o.register("mallory", contact), "403 register-foreign-user")
	o.want(o.register("mallory", contact, "From: <sip:alice@example.com>;tag=1"), "403 register-foreign-user")
	o.want(o.register("mallory"), "403 register-foreign-user")
	o.want(o.register("mallory", "Contact: *", "Expires: 0"), "403 register-foreign-user")
	o.want(o.register("mallory", "To: <sip:Mallory@example.com>", contact), "403 register-foreign-user")
	o.want(o.register("mallory", "To: <sip:example.com>", contact), "403 register-foreign-user")
	o.want(o.register("alice", "To: <sip:alice@other.example>", contact), "404 register-domain")
	o.want(o.register("alice", "Request-URI: sip:other.example", contact), "404 register-domain")
	o.want(o.register("alice", "Request-URI: sip:192.0.2.1:5070", "To: <sip:%61lice@EXAMPLE.com:5060>", contact), "200 <sip:x@10.0.0.7>;expires=3600")
	if n := len(o.List()); n != 1 {
		t.Errorf("%d bindings", n)
	}
	first := text(o.Handle(parse(t, contact), home))
	for _, lines := range [][]string{{"To: <sip:nobody@example.com>"}, {"To: <sip:bob@other.example>"}, {"Contact: *"}} {
		other := text(o.Handle(parse(t, lines...), home))
		if cut := strings.Index(first, "nonce="); !strings.HasPrefix(first, "401 auth-none WWW-Authenticate: ") || first[:cut] != other[:cut] || len(first) != len(other) {
			t.Errorf("strangers are told\n%s\nand\n%s", first, other)
		}
	}
	if reply := o.register("x", contact); reply.Status != 401 || reply.Rule != digest.RuleUser || reply.User != "" {
		t.Errorf("%+v", reply)
	}
}

func TestAnyDomain(t *testing.T) {
	o := newOffice(t, func(c *Config) { c.Domains = nil })
	o.want(o.register("alice", "To: <sip:alice@anywhere.example>", "Contact: <sip:x@10.0.0.7>"), "200 <sip:x@10.0.0.7>;expires=3600")
	o.want(o.register("alice", "Request-URI: tel:123", "Contact: <sip:x@10.0.0.7>"), "404 register-domain")
}

func TestExpires(t *testing.T) {
	f := func(want string, lines ...string) {
		t.Helper()
		o := newOffice(t, nil)
		o.want(o.register("alice", lines...), want)
	}
	const c = "Contact: <sip:x@10.0.0.7>"
	ok := func(seconds int) string { return fmt.Sprintf("200 <sip:x@10.0.0.7>;expires=%d", seconds) }
	const brief = "423 register-brief Min-Expires: 60"
	f(ok(3600), c)
	f(ok(60), c, "Expires: 60")
	f(brief, c, "Expires: 59")
	f(brief, c+";expires=1", "Expires: 600")
	f(brief, c, "Contact: <sip:y@10.0.0.7>;expires=59")
	f(ok(90), c+";Expires=90", "Expires: 1")
	f(ok(7200), c, "Expires: 7201")
	f(ok(7200), c, "Expires: 4294967296")
	f(ok(7200), c+";expires=99999999999999999999999")
	f(ok(3600), c, "Expires: soon")
	f(ok(3600), c, "Expires: -5")
	f(ok(3600), c+";expires=")
	f("200", c, "Expires: 0")
	f("200", c+";expires=0", "Expires: 600")
	f("200")
}

func TestContacts(t *testing.T) {
	f := func(want string, lines ...string) {
		t.Helper()
		o := newOffice(t, nil)
		o.want(o.register("alice", lines...), want)
	}
	const bad = "400 register-malformed"
	f("200 <sip:a@10.0.0.7>;expires=3600 <sip:b@10.0.0.7>;expires=60;q=0.25", "Contact: <sip:a@10.0.0.7>, \"x, y\" <sip:b@10.0.0.7>;q=0.25;expires=60")
	f("200 <sip:a@10.0.0.7>;expires=60", "Contact: <sip:a@10.0.0.7>;expires=90", "Contact: <sip:a@10.0.0.7>;expires=60")
	f("200 <sip:a@10.0.0.7>;expires=3600;q=0", "m: <sip:a@10.0.0.7>;q=0.0")
	f("200 <sip:a@10.0.0.7>;expires=3600", "Contact: <sip:a@10.0.0.7>;q=7")
	f("200 <sip:a@10.0.0.7>;expires=3600", "Contact: <sip:a@10.0.0.7>;q=NaN")
	f("200 <sips:a@phone.example:5061;transport=ws>;expires=3600", `Contact: <sips:a@phone.example:5061;transport=ws>;+sip.instance="<urn:uuid:1>";reg-id=1`)
	f(bad, "Contact: *")
	f(bad, "Contact: *", "Expires: 60")
	f(bad, "Contact: *", "Contact: <sip:a@10.0.0.7>", "Expires: 0")
	f(bad, "Contact: <sip:a@10.0.0.7>", "Contact: *", "Expires: 0")
	f(bad, "Contact: <tel:123>")
	f(bad, "Contact: <http://10.0.0.7>")
	f(bad, "Contact: <sip:a@10.0.0.7>", "Contact: <mailto:a@b>")
	f(bad, "Contact: sip:a>@10.0.0.7")
	f(bad, "Contact: <sip:a@10.0.0.7;x=\"\">")
	f(bad, "Contact: <sip:a b@10.0.0.7>")
	f(bad, "Contact: <sip:\x00>")
	f(bad, "Contact: <sip:"+strings.Repeat("a", 512)+"@10.0.0.7>")
	f(bad, "Call-ID: "+strings.Repeat("a", maxCallID+1), "Contact: <sip:a@10.0.0.7>")
	f("403 register-full", "Contact: <sip:a@10.0.0.7>"+strings.Repeat(",<sip:a@10.0.0.7>", 10))
}

// TestSame is RFC 3261 §19.1.4, without headers.
func TestSame(t *testing.T) {
	f := func(a, b string, want bool) {
		t.Helper()
		var x, y gosip.Uri
		if err := gosip.ParseUri(a, &x); err != nil {
			t.Fatal(err)
		}
		if err := gosip.ParseUri(b, &y); err != nil {
			t.Fatal(err)
		}
		if same(x, y) != want || same(y, x) != want {
			t.Errorf("%s and %s: want %v", a, b, want)
		}
	}
	f("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp", true)
	f("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true)
	f("sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true)
	f("sip:carol@chicago.com;security=off", "sip:carol@chicago.com;security=on", false)
	f("sip:alice@example.com", "sip:ALICE@example.com", false)
	f("sip:alice@example.com", "sips:alice@example.com", false)
	f("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false)
	f("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false)
	f("sip:bob@192.0.2.4", "sip:bob@phone21.boxesbybob.com", false)
}

// TestOrder holds that what arrives late changes nothing (RFC 3261 §10.3 point 7).
func TestOrder(t *testing.T) {
	o := newOffice(t, nil)
	o.want(o.register("alice", "CSeq: 10 REGISTER", "Contact: <sip:a@10.0.0.7>", "Expires: 600"), "200 <sip:a@10.0.0.7>;expires=600")
	o.want(o.register("alice", "CSeq: 10 REGISTER", "Contact: <sip:a@10.0.0.7>", "Expires: 0"), "400 register-order")
	o.want(o.register("alice", "CSeq: 9 REGISTER", "Contact: *", "Expires: 0"), "400 register-order")
	o.want(o.register("alice", "CSeq: 9 REGISTER", "Contact: <sip:new@10.0.0.7>", "Contact: <sip:a@10.0.0.7>;expires=0"), "400 register-order")
	o.want(o.register("alice", "CSeq: 9 REGISTER"), "200 <sip:a@10.0.0.7>;expires=600")
	o.want(o.register("alice", "CSeq: 9 REGISTER", "Contact: <sip:b@10.0.0.7>"), "200 <sip:a@10.0.0.7>;expires=600 <sip:b@10.0.0.7>;expires=3600")
	o.want(o.register("alice", "CSeq: 1 REGISTER", "Call-ID: c2", "Contact: <sip:a@10.0.0.7>", "Expires: 0"), "200 <sip:b@10.0.0.7>;expires=3600")
	o.want(o.register("alice", "CSeq: 11 REGISTER", "Contact: *", "Expires: 0"), "200")
}

// TestBounds holds that no account fills the memory, and that a phone which comes
// back from ever new ports stays reachable.
func TestBounds(t *testing.T) {
	o := newOffice(t, func(c *Config) { c.MaxContacts, c.MaxUsers = 3, 2 })
	for i := range 20 {
		o.now = o.now.Add(time.Second)
		reply := o.register("alice", fmt.Sprintf("Contact: <sip:a@10.0.0.7:%d>", 1024+i), fmt.Sprintf("Call-ID: c%d", i))
		if reply.Status != 200 {
			t.Fatalf("%+v", reply)
		}
	}
	list := o.Lookup("alice")
	if len(list) != 3 || list[0].Contact.Port != 1043 || list[2].Contact.Port != 1041 {
		t.Errorf("%+v", list)
	}
	o.register("bob", "To: <sip:bob@example.com>", "Contact: <sip:b@10.0.0.8>")
	o.want(o.register("carol", "To: <sip:carol@example.com>", "Contact: <sip:c@10.0.0.9>"), "503 register-full Retry-After: 300")
	o.want(o.register("bob", "To: <sip:bob@example.com>", "Contact: <sip:b@10.0.0.8>"), "200 <sip:b@10.0.0.8>;expires=3600")
	if list := o.List(); len(list) != 4 || list[0].User != "alice" || list[3].User != "bob" {
		t.Errorf("%+v", list)
	}
	o.now = o.now.Add(2 * time.Hour)
	o.want(o.register("carol", "To: <sip:carol@example.com>", "Contact: <sip:c@10.0.0.9>"), "200 <sip:c@10.0.0.9>;expires=3600")
	if len(o.users) != 1 {
		t.Errorf("%d users are remembered", len(o.users))
	}
}

func TestLookupOrder(t *testing.T) {
	o := newOffice(t, nil)
	for _, c := range []string{"<sip:1@h>;q=0.5", "<sip:2@h>", "<sip:3@h>;q=0.5", "<sip:4@h>;q=0.9"} {
		o.now = o.now.Add(time.Second)
		o.register("alice", "Contact: "+c)
	}
	got := ""
	for _, b := range o.Lookup("alice") {
		got += b.Contact.User
	}
	if got != "2431" {
		t.Error(got)
	}
}

// TestPath is RFC 3327: kept, told to phones that understand, and bounded.
func TestPath(t *testing.T) {
	o := newOffice(t, nil)
	const c = "Contact: <sip:a@10.0.0.7>"
	o.want(o.register("alice", c, "Path: <sip:p1.example;lr>, <sip:p2.example;lr>", "Supported: outbound, path"),
		"200 <sip:a@10.0.0.7>;expires=3600 Path: <sip:p1.example;lr>, <sip:p2.example;lr>")
	if p := o.Lookup("alice")[0].Path; len(p) != 2 || p[0].Host != "p1.example" || p[1].Host != "p2.example" {
		t.Errorf("%v", p)
	}
	o.want(o.register("alice", c, "Path: <sip:p1.example;lr>"), "200 <sip:a@10.0.0.7>;expires=3600")
	o.want(o.register("alice", c, "Path: junk"), "400 register-malformed")
	o.want(o.register("alice", c, "Path: <sip:p.example>"+strings.Repeat(",<sip:p.example>", maxPath)), "400 register-malformed")
}

func TestBadConfig(t *testing.T) {
	v, err := digest.NewVerifier(digest.Policy{Realm: "x"})
	if err != nil {
		t.Fatal(err)
	}
	f := func(c Config) {
		t.Helper()
		if _, err := New(c); err == nil {
			t.Errorf("%+v: taken", c)
		}
	}
	f(Config{Verifier: v})
	f(Config{Passwords: passwords})
	f(Config{Verifier: v, Passwords: passwords, MinExpires: 2 * time.Hour})
	f(Config{Verifier: v, Passwords: passwords, DefaultExpires: 3 * time.Hour})
}

// FuzzRegister holds that whatever an account sends, its bindings are few, live and
// its own, and that what is answered can be sent.
func FuzzRegister(f *testing.F) {
	f.Add("<sip:a@b>;expires=60;q=0.5, <sip:c@d:5070;transport=tcp>", "600", "<sip:p;lr>")
	f.Add("*", "0", "")
	f.Add(`"a, \"b" <sip:a@[::1]:5>;+x="<y;z>"`, "-1", ",,<")
	v, err := digest.NewVerifier(digest.Policy{Realm: "x"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, contact, expires, path string) {
		r, err := New(Config{Verifier: v, Passwords: passwords, MaxContacts: 3})
		if err != nil {
			t.Fatal(err)
		}
		for i, lines := range [][2]string{{"<sip:first@h>", "60"}, {contact, expires}} {
			msg, err := gosip.NewParser().ParseSIP([]byte("REGISTER sip:h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n" +
				"To: <sip:alice@h>\r\nCall-ID: c\r\nCSeq: " + fmt.Sprint(i+1) + " REGISTER\r\nContact: " + lines[0] + "\r\nExpires: " + lines[1] +
				"\r\nPath: " + path + "\r\nContent-Length: 0\r\n\r\n"))
			if err != nil {
				return
			}
			req, ok := msg.(*gosip.Request)
			if !ok || req.To() == nil || req.CSeq() == nil || req.CallID() == nil {
				return
			}
			reply := r.update(req, "alice", home)
			if reply.Status != 200 && reply.Rule == "" || strings.ContainsAny(text(reply), "\r\n\x00") {
				t.Errorf("%q: %q", contact, text(reply))
			}
			list := r.List()
			if len(list) > 3 {
				t.Errorf("%q: %d bindings", contact, len(list))
			}
			for _, b := range list {
				if b.User != "alice" || b.Contact.Host == "" || b.Expires.After(time.Now().Add(2*time.Hour)) {
					t.Errorf("%q: %+v", contact, b)
				}
			}
		}
	})
}
