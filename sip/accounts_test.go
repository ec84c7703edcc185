package sip

import (
	"crypto/sha256"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/sip/internal/digest"
	"trunkline/sip/internal/guard"
	"trunkline/sip/trunk"
)

// secret writes a password to a file and returns its name.
func secret(t *testing.T, password string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// proof answers a 401 for a request to sip:1000 at whom the peer talks to.
func (p *peer) proof(challenge, method, user, password string) string {
	p.t.Helper()
	c, err := digest.ParseChallenge(headerOf(challenge, "WWW-Authenticate"))
	if err != nil {
		p.t.Fatalf("%v in\n%s", err, challenge)
	}
	h := func(parts ...string) string {
		return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(parts, ":"))))
	}
	uri := "sip:1000@" + p.to.String()
	response := h(h(user, c.Realm, password), c.Nonce, "00000001", "mine", "auth", h(method, uri))
	return fmt.Sprintf(`Authorization: Digest username=%q, realm=%q, nonce=%q, uri=%q, response=%q, algorithm=SHA-256, qop=auth, nc=00000001, cnonce="mine", opaque=%q`,
		user, c.Realm, c.Nonce, uri, response, c.Opaque)
}

// guarded returns an endpoint whose trunk "pbx" has the account anna, and a peer at
// ip.
func guarded(t *testing.T, ip string, networks []string, change func(*Config)) (*Endpoint, *peer, chan *Incoming, *side) {
	t.Helper()
	e, _, calls, s := called(t, func(c *Config) {
		c.Trunks = []Trunk{{Name: "pbx", Networks: networks, Accounts: []trunk.Account{{User: "anna", PasswordFile: secret(t, "tree")}}}}
		if change != nil {
			change(c)
		}
	})
	return e, newPeer(t, ip).calls(e), calls, s
}

// TestChallengesInOrder holds that the algorithms are offered in the order that is
// configured: many phones look at the first only.
func TestChallengesInOrder(t *testing.T) {
	f := func(want string, algorithms ...string) {
		t.Helper()
		_, p, _, _ := guarded(t, "127.0.0.2", nil, func(c *Config) { c.Digest.Algorithms = algorithms })
		p.send(p.request("OPTIONS", "order", "", 1))
		var got []string
		for line := range strings.SplitSeq(p.recv("SIP/2.0 401"), "\r\n") {
			if value, ok := strings.CutPrefix(line, "WWW-Authenticate: "); ok {
				c, err := digest.ParseChallenge(value)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, c.Algorithm)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v: %v", algorithms, got)
		}
	}
	f("SHA-256")
	f("MD5", "MD5")
	f("MD5 SHA-256", "MD5", "SHA-256")
}

// await wants a call to come in.
func await(t *testing.T, calls <-chan *Incoming) *Incoming {
	t.Helper()
	select {
	case in := <-calls:
		return in
	case <-time.After(patience):
		t.Fatal("no call came")
		return nil
	}
}

// TestAccounts holds that a trunk with accounts calls with a password only, be its
// address known or not.
func TestAccounts(t *testing.T) {
	for name, networks := range map[string][]string{"beside its networks": {"127.0.0.2/32"}, "from anywhere": nil} {
		t.Run(name, func(t *testing.T) {
			e, p, calls, s := guarded(t, "127.0.0.2", networks, nil)
			p.send(p.request("INVITE", "a1", "", 1, sdpType+offerSDP))
			challenge := p.recv("SIP/2.0 401")
			p.send(strings.Replace(p.request("ACK", "a1", tagOf(headerOf(challenge, "To")), 1), "z9hG4bKa12", "z9hG4bKa11", 1))
			invite := p.request("INVITE", "a1", "", 2, p.proof(challenge, "INVITE", "anna", "tree"), sdpType+offerSDP)
			p.send(invite)
			in := await(t, calls)
			if in.User != "anna" || in.Trunk.Name != "pbx" || !in.Caller.Customer {
				t.Errorf("the call is %q's of trunk %q", in.User, in.Trunk.Name)
			}
			p.send(invite) // lost on the way, it seemed: its credentials are not a replay
			if err := in.Answer([]byte(answerSDP)); err != nil {
				t.Fatal(err)
			}
			tag := tagOf(headerOf(p.recv("SIP/2.0 200"), "To"))
			p.send(p.request("ACK", "a1", tag, 2))
			s.next(t, Confirmed)
			p.send(p.request("BYE", "a1", tag, 3)) // in the dialog nobody asks
			for msg := p.recv("SIP/2.0 200"); headerOf(msg, "CSeq") != "3 BYE"; {
				msg = p.recv("SIP/2.0 200")
			}
			s.ended(t, Normal, true)
			idle(t, e)
			if n := metric(e, "sip_refused_total "+digest.RuleReplay); n != 0 {
				t.Errorf("%v replays", n)
			}
		})
	}
}

// TestWrongCredentials holds that all refusals of credentials look alike, and let no
// call in.
func TestWrongCredentials(t *testing.T) {
	for name, networks := range map[string][]string{"beside networks": {"127.0.0.2/32"}, "from anywhere": nil} {
		t.Run(name, func(t *testing.T) {
			e, p, calls, s := guarded(t, "127.0.0.2", networks, func(c *Config) {
				c.Guard.Bans.Sentences[guard.BadAuth].After = -1
			})
			form := func(msg string) string { // without what differs by nature
				var lines []string
				for line := range strings.SplitSeq(msg, "\r\n") {
					field, value, _ := strings.Cut(line, ":")
					if field != "Via" { // repeats ours
						lines = append(lines, fmt.Sprint(field, len(value)))
					}
				}
				return strings.Join(lines, " ")
			}
			n := 10
			ask := func(lines ...string) string {
				n++
				p.send(p.request("INVITE", fmt.Sprint("w", n), "", 1, append(lines, sdpType+offerSDP)...))
				return p.recv("SIP/2.0 401")
			}
			first := ask()
			good := p.proof(first, "INVITE", "anna", "tree")
			for what, line := range map[string]string{
				"password": p.proof(first, "INVITE", "anna", "three"), "user": p.proof(first, "INVITE", "otto", "tree"),
				"method": p.proof(first, "MESSAGE", "anna", "tree"), "realm": strings.Replace(good, `realm="trunkline"`, `realm="x"`, 1),
				"rubbish": "Authorization: Digest x", "basic": "Authorization: Basic YW5uYTp0cmVl",
				"nonce":     strings.Replace(good, `nonce="`, `nonce="x`, 1),
				"other uri": strings.Replace(good, `uri="sip:1000`, `uri="sip:1001`, 1),
			} {
				if got := ask(line); form(got) != form(first) {
					t.Errorf("%s: refused by\n%s\ninstead of\n%s", what, got, first)
				}
			}
			p.send(p.request("INVITE", "right", "", 1, good, sdpType+offerSDP))
			in := await(t, calls)
			in.Hangup(New(Busy, ""))
			p.recv("SIP/2.0 486")
			s.ended(t, Busy, false)
			if got := ask(good); form(got) != form(first) {
				t.Errorf("replay: refused by\n%s", got)
			}
			if metric(e, "sip_refused_total "+digest.RuleReplay) != 1 {
				t.Error("the replay was not counted")
			}
			idle(t, e)
		})
	}
}

// TestEveryMethodNeedsThePassword holds that no way round the INVITE is open.
func TestEveryMethodNeedsThePassword(t *testing.T) {
	_, p, _, _ := guarded(t, "127.0.0.2", []string{"127.0.0.2/32"}, nil)
	for _, m := range []string{"INVITE", "OPTIONS", "MESSAGE", "SUBSCRIBE", "PUBLISH", "REGISTER", "NOTIFY", "REFER", "BYE", "INFO", "UPDATE", "PRACK", "FROB"} {
		p.send(p.request(m, "m"+m, "", 1))
		p.recv("SIP/2.0 401")
	}
	p.send(p.request("MESSAGE", "with", "", 1))
	challenge := p.recv("SIP/2.0 401")
	p.send(p.request("MESSAGE", "with", "", 2, p.proof(challenge, "MESSAGE", "anna", "tree"), "Content-Type: text/plain\n\nhi"))
	p.recv("SIP/2.0 405")
}

// TestNobodyBecomesATrunk holds that a source which no trunk names stays a stranger
// whatever its messages say (CVE-2024-35190), and where we ourselves call is no trunk
// either.
func TestNobodyBecomesATrunk(t *testing.T) {
	p := newPeer(t, "127.0.0.2")
	cfg := loopback(nil)
	cfg.Unknown = Forbid
	cfg.Trunks = []Trunk{
		{Name: "known", Networks: []string{"127.0.0.1/32"}},
		{Name: "target", Target: p.addr(), Health: trunk.Health{Interval: trunk.Duration(time.Hour)}},
		{Name: "both", Networks: []string{"127.0.0.1/32"}, Accounts: []trunk.Account{{User: "anna", PasswordFile: secret(t, "tree")}}},
		{Name: "sbc", Certificates: []string{"sbc.example.com"}},
	}
	e := open(t, cfg, func(in *Incoming) { t.Errorf("a call of trunk %q came through", in.Trunk.Name) })
	p.calls(e)
	p.send(p.respond(p.recv("OPTIONS "), 200, "x")) // we know the address now, of the target
	for i, lies := range []string{
		"X: none",
		"From: <sip:known@127.0.0.1>;tag=peertag",
		"From: <sip:target@" + p.addr() + ">;tag=peertag",
		"From: \"known\" <sip:anna@sbc.example.com>;tag=peertag",
		"Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKlie",
		"Via: SIP/2.0/TLS sbc.example.com;branch=z9hG4bKlie;received=127.0.0.1",
		"Contact: <sip:2000@127.0.0.1>",
		"P-Asserted-Identity: <sip:known@127.0.0.1>",
		"Record-Route: <sip:127.0.0.1;lr>",
		"Route: <sip:known@127.0.0.1;lr>",
		"Identity: x;info=<https://sbc.example.com/c>",
		`Authorization: Digest username="anna", realm="trunkline", nonce="x", uri="sip:x", response="00"`,
		`Authorization: Digest username="", realm="", nonce="", uri="", response=""`,
		"User-Agent: known",
	} {
		text := p.request("INVITE", fmt.Sprint("lie", i), "", 1, sdpType+offerSDP)
		name, _, _ := strings.Cut(lies, ":")
		if name == "From" || name == "Contact" {
			head, rest, _ := strings.Cut(text, "\n"+name+":")
			_, tail, _ := strings.Cut(rest, "\n")
			text = head + "\n" + lies + "\n" + tail
		} else {
			text = strings.Replace(text, "\nFrom:", "\n"+lies+"\nFrom:", 1)
		}
		p.send(text)
		if got := p.any(patience); !strings.HasPrefix(got, "SIP/2.0 403") {
			t.Errorf("%s: answered\n%s", lies, got)
		}
	}
}

// TestGuessingIsBanned holds that who guesses passwords is soon not heard any more
// where nobody can have lied in his name, and that a trunk known by its address
// cannot be silenced by forged datagrams.
func TestGuessingIsBanned(t *testing.T) {
	hard := func(c *Config) {
		c.Guard.Bans.Sentences[guard.BadAuth] = guard.Sentence{After: 5, For: time.Hour}
	}
	e, p, _, _ := guarded(t, "127.0.0.2", []string{"127.0.0.2/32"}, hard)
	for n := range 20 {
		p.send(p.request("OPTIONS", fmt.Sprint("u", n), "", 1, `Authorization: Digest username="anna", realm="trunkline", nonce="x", uri="sip:x", response="00"`))
		p.recv("SIP/2.0 401")
	}
	if bans := e.Bans(); len(bans) != 0 {
		t.Fatalf("banned for datagrams: %+v", bans)
	}
	conn, err := (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}).Dial("tcp", e.Addrs()[1].Addr.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for n := range 5 {
		text := strings.Replace(p.request("OPTIONS", fmt.Sprint("t", n), "", 1, "Authorization: Digest x"), "/UDP", "/TCP", 1)
		mustWrite(t, conn, []byte(strings.ReplaceAll(text, "\n", "\r\n")+"\r\nContent-Length: 0\r\n\r\n"))
	}
	until(t, "the ban", func() bool { return len(e.Bans()) == 1 })
	ban := e.Bans()[0]
	if ban.Reason != guard.BadAuth.String() || !ban.Proven || ban.Prefix.String() != "127.0.0.2/32" {
		t.Errorf("banned: %+v", ban)
	}
	if n := metric(e, "sip_bans_total "+guard.BadAuth.String()); n != 1 {
		t.Errorf("%v bans counted", n)
	}
	p.send(p.request("OPTIONS", "silence", "", 1))
	until(t, "silence", func() bool { return e.Bans()[0].Hits > 0 })
	if !e.Unban(ban.Prefix) {
		t.Error("not unbanned")
	}
	p.send(p.request("OPTIONS", "again", "", 1))
	if got := p.recv("SIP/2.0 401"); headerOf(got, "Call-ID") != "again" {
		t.Errorf("heard\n%s", got)
	}
}
