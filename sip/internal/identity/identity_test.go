package identity

import (
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"trunkline/sip/trunk"
)

// head makes headers of lines.
func head(lines ...string) Headers {
	var h Headers
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		h = append(h, [2]string{name, value})
	}
	return h
}

// lines makes lines of headers.
func (h Headers) lines() (list []string) {
	for _, one := range h {
		list = append(list, one[0]+": "+one[1])
	}
	return list
}

func TestIncoming(t *testing.T) {
	from := Party{"Al", "100", "h.example"}
	f := func(accept string, from Party, display, user string, flags string, lines ...string) {
		t.Helper()
		c := Incoming(head(lines...), from, trunk.Identity{Accept: accept})
		got := ""
		for _, one := range []struct {
			is   bool
			name string
		}{{c.Asserted, "asserted "}, {c.Anonymous, "anonymous "}, {c.Critical, "critical "}} {
			if one.is {
				got += one.name
			}
		}
		if c.User != user || c.Display != display || strings.TrimSpace(got) != flags {
			t.Errorf("%s %v %q: %+v (%s)", accept, from, lines, c, got)
		}
	}
	anon := Party{"Anonymous", "anonymous", "anonymous.invalid"}

	// From alone is believed unless the trunk says otherwise.
	f("", from, "Al", "100", "")
	f("from", from, "Al", "100", "", `P-Asserted-Identity: <tel:+4930>`, `Remote-Party-ID: <sip:200@h>;screen=yes`)
	f("", anon, "", "", "anonymous")
	f("", Party{"", "Restricted", "h"}, "", "", "anonymous")
	f("", from, "Al", "100", "anonymous", `Privacy: id`)
	f("", from, "Al", "100", "anonymous critical", `Privacy: user;critical`)
	f("", from, "Al", "100", "", `Privacy: none`)
	f("", from, "Al", "100", "", `Privacy: critical`)
	f("", from, "Al", "100", "", `Privacy: session`)
	f("", anon, "", "", "anonymous", `Privacy: none`)

	f("pai", from, "Al", "100", "")
	f("pai", from, "Bo", "+4930", "asserted", `P-Asserted-Identity: "Bo" <sip:+4930@h>`)
	f("pai", from, "Bo", "+4930", "asserted", `P-Asserted-Identity: "Bo" <sip:bo@h>, <tel:+49-30>`)
	f("pai", from, "Bo", "+4930", "asserted", `P-Asserted-Identity: <tel:+49-30>`, `P-Asserted-Identity: "Bo" <sip:bo@h>`)
	f("pai", from, "Al", "+4930", "asserted", `p-asserted-identity: <tel:+4930>`)
	f("pai", anon, "", "+4930", "asserted anonymous", `P-Asserted-Identity: <tel:+4930>`, `Privacy: id`)
	f("pai", anon, "Bo", "+4930", "asserted anonymous", `P-Asserted-Identity: Bo <sip:+4930@h>`)
	f("pai", from, "Al", "100", "", `P-Asserted-Identity: nonsense, <sip:h>`)
	f("pai", from, "Al", "200", "", `P-Preferred-Identity: <sip:200@h>`)
	f("pai", from, "", "", "asserted anonymous", `P-Asserted-Identity: <sip:anonymous@anonymous.invalid>`, `Privacy: id`)

	f("rpid", from, "Al", "100", "")
	f("rpid", from, "Bo", "200", "asserted", `Remote-Party-ID: "Bo" <sip:200@h>;party=calling;screen=yes;privacy=off`)
	f("rpid", from, "Bo", "200", "", `Remote-Party-ID: "Bo" <sip:200@h>;screen=no`)
	f("rpid", from, "", "200", "anonymous", `Remote-Party-ID: <sip:200@h>;privacy=full`)
	f("rpid", from, "", "200", "asserted anonymous", `Remote-Party-ID: <sip:200@h>;screen=yes;privacy=uri-network`)
	f("rpid", from, "Al", "100", "", `Remote-Party-ID: <sip:200@h>;party=called;screen=yes`)
	f("rpid", from, "Al", "300", "", `Remote-Party-ID: <sip:200@h>;party=called, <sip:300@h>;party=calling`)
	f("rpid", from, "Al", "100", "", `Remote-Party-ID: <`)
}

func TestOutgoing(t *testing.T) {
	al := Caller{Party: Party{"Al", "+4930", "far.example"}, Asserted: true}
	anon := al
	anon.Anonymous = true
	critical := anon
	critical.Critical = true
	hidden := `"Anonymous" <sip:anonymous@anonymous.invalid>`
	f := func(c Caller, policy trunk.Identity, from string, want ...string) {
		t.Helper()
		p, h := Outgoing(c, Party{User: "200"}, "us.example", policy, trunk.Headers{})
		if p.String() != from || !reflect.DeepEqual(h.lines(), want) {
			t.Errorf("%+v %+v: %s %q", c, policy, p, h.lines())
		}
	}
	shown := `"Al" <sip:+4930@us.example>`
	f(al, trunk.Identity{}, shown)
	f(al, trunk.Identity{Send: "from"}, shown)
	f(al, trunk.Identity{Send: "pai"}, shown, `P-Asserted-Identity: `+shown)
	f(al, trunk.Identity{Send: "rpid"}, shown, `Remote-Party-ID: `+shown+`;party=calling;screen=yes;privacy=off`)
	f(anon, trunk.Identity{}, hidden, `Privacy: id`)
	f(critical, trunk.Identity{}, hidden, `Privacy: id;critical`)
	f(anon, trunk.Identity{Send: "pai"}, hidden, `Privacy: id`, `P-Asserted-Identity: `+shown)
	f(anon, trunk.Identity{Send: "rpid"}, hidden, `Privacy: id`, `Remote-Party-ID: `+shown+`;party=calling;screen=yes;privacy=full`)
	f(anon, trunk.Identity{Privacy: "ignore"}, shown)
	f(anon, trunk.Identity{Privacy: "ignore", Send: "pai"}, shown, `P-Asserted-Identity: `+shown)
	f(critical, trunk.Identity{Privacy: "ignore"}, hidden, `Privacy: id;critical`)
	f(Caller{}, trunk.Identity{Send: "pai"}, `<sip:us.example>`)
	f(Caller{Anonymous: true}, trunk.Identity{Send: "pai"}, hidden, `Privacy: id`)
	f(Caller{Party: Party{`a"b`, "x y", ""}}, trunk.Identity{Send: "rpid"}, `"a\"b" <sip:x%20y@us.example>`,
		`Remote-Party-ID: "a\"b" <sip:x%20y@us.example>;party=calling;screen=no;privacy=off`)
}

// TestHiddenNumbersStayHidden holds that no policy without a trusted header shows
// the number of a caller who wants to be hidden, anywhere.
func TestHiddenNumbersStayHidden(t *testing.T) {
	c := Caller{
		Party: Party{"Al Secret", "+49301234", "far.example"}, Asserted: true, Anonymous: true,
		Redirections: []Redirection{{Party: Party{"Bo Secret", "+49305678", ""}, Reason: "user-busy", Counter: 1, Private: true}},
	}
	all := trunk.Headers{Pass: []string{"diversion", "history-info", "user-to-user"}}
	for _, send := range []string{"", "from"} {
		from, h := Outgoing(c, Party{User: "200"}, "us.example", trunk.Identity{Send: send}, all)
		text := from.String() + strings.Join(h.lines(), "\n")
		if strings.Contains(text, "4930") || strings.Contains(text, "Secret") || strings.Contains(text, "far.example") {
			t.Errorf("send %q: %s", send, text)
		}
	}
}

func TestUUI(t *testing.T) {
	f := func(want []UUI, values ...string) {
		t.Helper()
		if got := readUUI(values); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v", values, got)
		}
	}
	one := UUI{[]byte{4, 0xab}, "hex", "isdn-uui", "isdn-uui"}
	f([]UUI{one}, `04ab;purpose=isdn-uui;content=isdn-uui;encoding=hex`)
	f([]UUI{one}, ` 04AB ; Encoding=HEX;content=isdn-uui;purpose="isdn-uui"`)
	f([]UUI{{[]byte{1}, "hex", "", ""}, {[]byte{2}, "hex", "", ""}}, `01`, `02`)
	f([]UUI{{[]byte{1}, "hex", "", ""}, {[]byte(`a,b;"c"`), "text", "", ""}}, `01, "a,b;\"c\"";encoding=text`)
	f(nil, ``, `xyz`, `0`, `01 02`, `"";encoding=text`, `01;encoding=`, strings.Repeat("00", maxUUIBytes+1))
	f([]UUI{{make([]byte, maxUUIBytes), "hex", "", ""}}, strings.Repeat("00", maxUUIBytes))
	f([]UUI{{[]byte{1}, "hex", "", ""}}, `01;purpose="a b"`)
	if n := len(readUUI([]string{strings.Repeat("01,", 100)})); n != maxUUI {
		t.Errorf("%d", n)
	}
	for _, text := range []string{`04ab;purpose=isdn-uui;content=x;encoding=hex`, `"a \"b\"";encoding=text`} {
		if got := readUUI([]string{text})[0].String(); got != text {
			t.Errorf("%s was written as %s", text, got)
		}
	}
	if got := (UUI{Data: []byte("\r\nEvil: x"), Encoding: "text", Purpose: "a\r\nb"}).String(); strings.ContainsAny(got, "\r\n") {
		t.Errorf("%q", got)
	}
}

func FuzzIncoming(f *testing.F) {
	f.Add(`"Al" <sip:+4930@h>;screen=yes;privacy=full`, `<sip:1@h>;reason=user-busy;counter=2`, `<sip:1@h?Reason=SIP%3Bcause%3D486>;index=1,<sip:2@h;cause=486>;index=1.1;mp=1`, `04ab;encoding=hex`)
	f.Add(`<tel:+49>,<sip:a@b>`, ``, `<sip:unknown@unknown.invalid>;index=1`, "\x00")
	f.Fuzz(func(t *testing.T, who, diversion, history, uui string) {
		h := Headers{
			{"P-Asserted-Identity", who}, {"Remote-Party-ID", who}, {"Privacy", who},
			{"Diversion", diversion}, {"History-Info", history}, {"User-to-User", uui},
		}
		all := trunk.Headers{Accept: []string{"Privacy", "Diversion"}, Pass: []string{"Diversion", "History-Info", "User-to-User"}}
		for _, word := range []string{"from", "pai", "rpid"} {
			c := Incoming(h, Party{}, trunk.Identity{Accept: word})
			if len(c.Redirections) > maxRedirections || len(c.UUI) > maxUUI {
				t.Fatalf("%+v", c)
			}
			_, out := Outgoing(c, Party{User: "200"}, "us.example", trunk.Identity{Send: word, Privacy: "ignore"}, all)
			text := strings.Join(append(out, Take(h, all)...).lines(), "")
			if strings.ContainsAny(text, "\r\n\x00") || !utf8.ValidString(text) {
				t.Fatalf("%q", text)
			}
		}
	})
}
