package trunk

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// whole is a trunk that uses every key and is right.
const whole = `{
	"name": "carrier-1", "networks": ["192.0.2.0/28", "2001:db8::/64"], "certificates": ["sbc.example.com"],
	"accounts": [{"user": "anna", "password_file": "anna.secret"}],
	"targets": [{"host": "sip.example.com", "transport": "tls", "priority": 1, "weight": 10}, {"host": "[2001:db8::1]:5061"}],
	"failover": {"timeout": "2s", "statuses": [503, 600], "attempts": 2},
	"credentials": {"user": "us", "password_file": "us.secret", "realm": "example.com"},
	"register": [{"user": "4930123", "domain": "example.com", "registrar": "reg.example.com:5060", "contact": "in", "expires": "10m"}],
	"health": {"interval": "30s", "timeout": "2s", "down": 2, "up": 1},
	"codecs": ["PCMA"], "dtmf": "rfc4733", "srtp": "optional", "media": "relay", "nat": true, "early_media": "pass",
	"from": "4930123456", "numbers": {"region": "DE", "caller": "e164", "called": "national", "strip": "0", "prefix": "99#"},
	"identity": {"accept": "pai", "send": "pai", "privacy": "ignore"},
	"headers": {"accept": ["User-to-User"], "pass": ["Diversion"], "add": {"X-Tenant": "a"}}, "stir": "both",
	"limits": {"inbound": {"calls": 10, "per_second": 2.5, "burst": 5}, "outbound": {"calls": 3}},
	"session_timer": {"policy": "request", "expires": "15m", "min": "90s", "refresh": "update"},
	"reliable": "supported", "redirect": "follow", "refer": "pass", "quirks": ["private_sdp"]
}`

func TestWholeTrunkIsRight(t *testing.T) {
	for name, read := range map[string]func([]byte, any) error{
		"JSON": json.Unmarshal,
		"YAML": func(b []byte, v any) error { return yaml.UnmarshalWithOptions(b, v, yaml.Strict()) },
	} {
		var tr Trunk
		if err := read([]byte(whole), &tr); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if found := tr.Check(); found != nil {
			t.Errorf("%s: %v", name, found)
		}
		var again Trunk
		if text, err := json.Marshal(tr); err != nil || json.Unmarshal(text, &again) != nil || !reflect.DeepEqual(tr, again) {
			t.Errorf("%s: written as %s, %v", name, text, err)
		}
		if tr.Failover.Timeout != Duration(2*time.Second) || tr.Limits.Inbound.PerSecond != 2.5 {
			t.Errorf("%s: read %+v", name, tr)
		}
	}
}

// Each line breaks one thing of a right trunk and expects one problem.
func TestCheckNamesWhatIsWrong(t *testing.T) {
	f := func(want, patch string) {
		t.Helper()
		tr := Trunk{Name: "a", Networks: []string{"192.0.2.0/24"}, Target: "sip.example.com"}
		if err := json.Unmarshal([]byte(patch), &tr); err != nil {
			t.Fatal(err)
		}
		expect(t, tr.Check(), want)
	}
	f("", `{}`)
	f("name: a name is needed", `{"name": ""}`)
	f("name: \"a b\"", `{"name": "a b"}`)
	f("name: up to 64", `{"name": "`+strings.Repeat("a", 65)+`"}`)
	f("no way in", `{"networks": null, "target": ""}`)
	f("", `{"networks": null}`)
	f("", `{"target": ""}`)
	f("", `{"networks": null, "target": "", "certificates": ["a.example"]}`)

	f("networks[1]: \"x\" is not a network", `{"networks": ["192.0.2.0/24", "x"]}`)
	f("networks[0]: \"192.0.2.1\" is not a network", `{"networks": ["192.0.2.1"]}`)
	f("networks[0]: whole world", `{"networks": ["0.0.0.0/0"]}`)
	f("networks[0]: whole world", `{"networks": ["::/0"]}`)
	f("networks[0]: beyond its mask: write 192.0.2.0/24, or /32", `{"networks": ["192.0.2.9/24"]}`)
	f("networks[0]: as IPv4", `{"networks": ["::ffff:192.0.2.0/120"]}`)
	f("certificates[0]: without wildcards", `{"certificates": ["*.example.com"]}`)
	f("certificates[0]: is not a name", `{"certificates": ["a b"]}`)
	f("certificates[0]: is not a name", `{"certificates": [""]}`)
	f("accounts[0].user: is needed", `{"accounts": [{"password_file": "f"}]}`)
	f("accounts[0].password_file: a file", `{"accounts": [{"user": "u"}]}`)
	f("accounts[0].user: without a colon", `{"accounts": [{"user": "u:v", "password_file": "f"}]}`)
	f("accounts[1].user: already", `{"accounts": [{"user": "u", "password_file": "f"}, {"user": "u", "password_file": "f"}]}`)
	f("credentials.password_file: is needed", `{"credentials": {"user": "u"}}`)
	f("credentials.user: is needed", `{"credentials": {"password_file": "f"}}`)

	f("target: is not host", `{"target": "sip:a.example"}`)
	f("targets: not both", `{"targets": [{"host": "b.example"}]}`)
	f("transport: each of targets", `{"target": "", "transport": "udp", "targets": [{"host": "b.example"}]}`)
	f("transport: \"sctp\" is not one of udp, tcp", `{"transport": "sctp"}`)
	f("targets[0].host: is not host", `{"target": "", "targets": [{}]}`)
	f("targets[0].transport: is not one of", `{"target": "", "targets": [{"host": "a", "transport": "UDP"}]}`)
	f("targets[1].host: already", `{"target": "", "targets": [{"host": "a.example"}, {"host": "A.example", "weight": 3}]}`)
	f("", `{"target": "", "targets": [{"host": "a"}, {"host": "a", "transport": "tcp"}]}`)
	f("targets[0].priority: -1: 0 to 65535", `{"target": "", "targets": [{"host": "a", "priority": -1}]}`)
	f("targets[0].weight: 65536: 0 to 65535", `{"target": "", "targets": [{"host": "a", "weight": 65536}]}`)

	f("failover.timeout: 1ms: 100ms to 32s", `{"failover": {"timeout": "1ms"}}`)
	f("failover.statuses[1]: 299 is no final failure", `{"failover": {"statuses": [300, 299]}}`)
	f("failover.statuses[0]: 700 is no", `{"failover": {"statuses": [700]}}`)
	f("failover.statuses[1]: already", `{"failover": {"statuses": [503, 503]}}`)
	f("failover.attempts: -1: at least 0", `{"failover": {"attempts": -1}}`)
	f("failover.attempts: at most 100", `{"failover": {"attempts": 101}}`)

	f("register[0].user: is needed", `{"register": [{}]}`)
	f("register[0].user: cannot be the user part", `{"register": [{"user": "a@b"}]}`)
	f("register[0].contact: cannot be the user part", `{"register": [{"user": "a", "contact": "<"}]}`)
	f("register[0].domain: without port", `{"register": [{"user": "a", "domain": "b:5060"}]}`)
	f("register[0].registrar: is not host", `{"register": [{"user": "a", "registrar": "b c"}]}`)
	f("register[0].registrar: is needed", `{"target": "", "register": [{"user": "a"}]}`)
	f("register[0].expires: 1s: 1m0s to", `{"register": [{"user": "a", "expires": "1s"}]}`)
	f("register[0].expires: whole seconds", `{"register": [{"user": "a", "expires": "90500ms"}]}`)

	f("health.interval: 1s to 1h", `{"health": {"interval": "500ms", "timeout": "200ms"}}`)
	f("health.timeout: 100ms to", `{"health": {"interval": "5s", "timeout": "20ms"}}`)
	f("health.timeout: longer than the interval", `{"health": {"interval": "3s"}}`)
	f("health.interval: no target", `{"target": "", "health": {"interval": "30s"}}`)
	f("health.down: at most 100", `{"health": {"down": 101}}`)
	f("health.up: at least 0", `{"health": {"up": -1}}`)
}

func TestCheckNamesWhatIsWrongWithin(t *testing.T) {
	f := func(want, patch string) {
		t.Helper()
		tr := Trunk{Name: "a", Networks: []string{"192.0.2.0/24"}, Target: "sip.example.com"}
		if err := json.Unmarshal([]byte(patch), &tr); err != nil {
			t.Fatal(err)
		}
		expect(t, tr.Check(), want)
	}
	for _, key := range []string{"dtmf", "srtp", "media", "early_media", "stir", "reliable", "redirect", "refer"} {
		f(key+": \"x\" is not one of", `{"`+key+`": "x"}`)
	}
	f("from: cannot be the user part", `{"from": "a b"}`)
	f("credentials.realm: control character", `{"credentials": {"user": "u", "password_file": "f", "realm": "a\r\nVia: x"}}`)
	f("numbers.region: \"DD\" is not a region", `{"numbers": {"region": "DD"}}`)
	f("numbers.region: \"de\" is not a region", `{"numbers": {"region": "de"}}`)
	f("numbers.called: national needs a region", `{"numbers": {"called": "national"}}`)
	f("", `{"numbers": {"called": "keep", "strip": "0*#"}}`)
	f("numbers.caller: is not one of", `{"numbers": {"region": "DE", "caller": "x"}}`)
	f("numbers.strip: 0 to 9", `{"numbers": {"strip": "+49"}}`)
	f("numbers.prefix: up to 16", `{"numbers": {"prefix": "12345678901234567"}}`)
	f("identity.accept: is not one of from, pai, rpid", `{"identity": {"accept": "x"}}`)
	f("identity.privacy: is not one of", `{"identity": {"privacy": "x"}}`)

	f("headers.accept[0]: not the name of a header", `{"headers": {"accept": ["X Y"]}}`)
	f("headers.accept[0]: not for trunks", `{"headers": {"accept": ["AUTHORIZATION"]}}`)
	f("", `{"headers": {"accept": ["P-Asserted-Identity"]}}`)
	f("headers.add.: not the name of a header", `{"headers": {"add": {"": "x"}}}`)
	f("headers.add.X:: not the name of a header", `{"headers": {"add": {"X:": "x"}}}`)
	for _, name := range []string{"via", "From", "TO", "Contact", "CSeq", "Call-ID", "Content-Type", "content-whatever", "Route",
		"Record-Route", "Max-Forwards", "Authorization", "Proxy-Authorization", "v", "Session-Expires", "Require"} {
		f("headers.add."+name+": the stack writes it", `{"headers": {"add": {"`+name+`": "x"}}}`)
		f("headers.pass[0]: the stack writes it", `{"headers": {"pass": ["`+name+`"]}}`)
	}
	f("headers.add.X-A: control character", `{"headers": {"add": {"X-A": "a\r\nVia: b"}}}`)
	f("headers.add.X-A: a value", `{"headers": {"add": {"X-A": " "}}}`)
	f("headers.add.x-a: already", `{"headers": {"add": {"X-A": "1", "x-a": "2"}}}`)
	f("headers.add.X-A: longer than", `{"headers": {"add": {"X-A": "`+strings.Repeat("a", 1025)+`"}}}`)

	f("limits.inbound.calls: at least 0", `{"limits": {"inbound": {"calls": -1}}}`)
	f("limits.outbound.per_second: at least 0", `{"limits": {"outbound": {"per_second": -1}}}`)
	f("limits.outbound.burst: needs per_second", `{"limits": {"outbound": {"burst": 1}}}`)
	f("session_timer.min: 1m29s: 1m30s to", `{"session_timer": {"min": "89s"}}`)
	f("session_timer.expires: less than min", `{"session_timer": {"min": "2m", "expires": "100s"}}`)
	f("session_timer.expires: 1m30s to", `{"session_timer": {"expires": "48h"}}`)
	f("session_timer.expires: whole seconds", `{"session_timer": {"expires": "100500ms"}}`)
	f("session_timer.policy: is not one of", `{"session_timer": {"policy": "x"}}`)
	f("", `{"session_timer": {"min": "2h"}}`)

	f("quirks[0]: \"x\" is no quirk", `{"quirks": ["x"]}`)
	f("quirks[1]: already", `{"quirks": ["private_sdp", "private_sdp"]}`)
	f("quirks[0]: info_dtmf means dtmf: info, but that is set to inband", `{"dtmf": "inband", "quirks": ["info_dtmf"]}`)
	f("quirks[1]: set to inband", `{"quirks": ["deaf_to_events", "info_dtmf"]}`)
	f("", `{"dtmf": "info", "quirks": ["info_dtmf"]}`)
	f("numbers.called: digits needs a region", `{"quirks": ["plus_refused"]}`)
}

func TestCheckRates(t *testing.T) {
	for _, rate := range []float64{math.NaN(), math.Inf(1)} {
		tr := Trunk{Name: "a", Target: "b", Limits: Limits{Inbound: Limit{PerSecond: rate}}}
		expect(t, tr.Check(), "limits.inbound.per_second: is not a rate")
	}
	tr := Trunk{Name: "a\xff", Target: "b", Failover: Failover{Timeout: -1}}
	if found := fmt.Sprint(tr.Check()); !strings.Contains(found, "not UTF-8") || !strings.Contains(found, "not negative") {
		t.Error(found)
	}
}

func TestCheckAll(t *testing.T) {
	good := Trunk{Name: "a", Target: "b"}
	expect(t, CheckAll([]Trunk{good, {Name: "b", Target: "b"}}), "")
	expect(t, CheckAll([]Trunk{good, good}), `[1].name: "a" is the name of trunk 0 too`)
	expect(t, CheckAll([]Trunk{good, {Name: "b"}}), "[1]: no way in")
	expect(t, CheckAll([]Trunk{{Name: "b", Target: "x y"}}), "[0].target: is not host")
}

// expect wants no problem, or one at the path before the first ": " with a text
// that contains the rest.
func expect(t *testing.T, found []Problem, want string) {
	t.Helper()
	if want == "" {
		if len(found) > 0 {
			t.Errorf("found %v", found)
		}
		return
	}
	path, text, ok := strings.Cut(want, ": ")
	if !ok {
		path, text = "", want
	}
	if len(found) != 1 || found[0].Path != path || !strings.Contains(found[0].Text, text) {
		t.Errorf("found %q; want %q", found, want)
	}
}

func TestParseHost(t *testing.T) {
	f := func(text, host string, port uint16) {
		t.Helper()
		h, p, err := ParseHost(text)
		if h != host || p != port || (err == nil) != (host != "") {
			t.Errorf("%q is %q %d %v; want %q %d", text, h, p, err, host, port)
		}
	}
	f("sip.example.com", "sip.example.com", 0)
	f("sip.example.com.", "sip.example.com.", 0)
	f("SIP.example.com:5061", "SIP.example.com", 5061)
	f("localhost", "localhost", 0)
	f("xn--bcher-kva.example", "xn--bcher-kva.example", 0)
	f("192.0.2.7", "192.0.2.7", 0)
	f("192.0.2.7:65535", "192.0.2.7", 65535)
	f("[2001:db8::7]", "2001:db8::7", 0)
	f("[2001:db8::7]:5060", "2001:db8::7", 5060)
	for _, bad := range []string{
		"", ".", ":", ":5060", "a:", "a:0", "a:65536", "a:+1", "a:x", "a b", "sip:a", "a@b", "a/b", "a..b", "-a", "a-",
		"a_b", "1.2.3.4.5", "1.2.3", "999.0.2.1", "2001:db8::7", "2001:db8::7:5060", "[2001:db8::7", "[192.0.2.7]", "[192.0.2.7]:5060", "[a]",
		"[fe80::1%eth0]", "[fe80::1%eth0]:5060", "a\r\n", "[]", "[[::1]]", "a;b", "ü.example", strings.Repeat("a", 64),
		strings.Repeat("a.", 127) + "a",
	} {
		f(bad, "", 0)
	}
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"a:5060", "[::1]:5060", "[::1]", "1.2.3.4", "a."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		host, _, err := ParseHost(text)
		if err == nil && (host == "" || strings.ContainsAny(host, " \r\n@<>\";?/[]%")) {
			t.Errorf("%q gave %q", text, host)
		}
	})
}
