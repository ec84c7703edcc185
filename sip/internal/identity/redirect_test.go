package identity

import (
	"reflect"
	"strings"
	"testing"

	"trunkline/sip/trunk"
)

func hop(user, reason string, counter int) Redirection {
	return Redirection{Party: Party{User: user}, Reason: reason, Counter: counter}
}

// read returns the redirections without the hosts, which say nothing.
func read(lines ...string) []Redirection {
	list := redirections(head(lines...))
	for i := range list {
		list[i].Host = ""
	}
	return list
}

func TestDiversion(t *testing.T) {
	f := func(want []Redirection, values ...string) {
		t.Helper()
		var lines []string
		for _, v := range values {
			lines = append(lines, "Diversion: "+v)
		}
		if got := read(lines...); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v", values, got)
		}
	}
	busy := hop("100", "user-busy", 1)
	f(nil)
	f([]Redirection{busy}, `<sip:100@h>;reason=user-busy`)
	f([]Redirection{busy}, `<sip:100@h>;reason="User-Busy";counter=1;privacy=off;screen=yes`)
	f([]Redirection{busy, hop("200", "no-answer", 1)}, `<tel:200>;reason=no-answer, <sip:100@h>;reason=user-busy`)
	f([]Redirection{busy, hop("200", "no-answer", 1)}, `<tel:200>;reason=no-answer`, `<sip:100@h>;reason=user-busy`)
	f([]Redirection{hop("100", "unknown", 3)}, `<sip:100@h>;counter=3`)
	f([]Redirection{hop("100", "unknown", 1)}, `sip:100@h;counter=0;reason="a b"`, `nonsense`)
	private := busy
	private.Private = true
	f([]Redirection{private}, `<sip:100@h>;reason=user-busy;privacy=full`)
	f([]Redirection{{Reason: "unknown", Counter: 1, Private: true}}, `<sip:anonymous@anonymous.invalid>`)
	f([]Redirection{{Reason: "unknown", Counter: 1}}, `<sip:unknown@unknown.invalid>`)
	if n := len(read("Diversion: " + strings.Repeat("<sip:1@h>,", 50))); n != maxRedirections {
		t.Errorf("%d redirections", n)
	}

	out := Diversion([]Redirection{busy, {Party: Party{"Bo", "200", "x"}, Reason: "no\r\nanswer", Private: true}, {Reason: "away"}}, "us")
	want := []string{
		`<sip:unknown@unknown.invalid>;reason=away;counter=1;privacy=off`,
		`"Bo" <sip:200@us>;reason=unknown;counter=1;privacy=full`,
		`<sip:100@us>;reason=user-busy;counter=1;privacy=off`,
	}
	if !reflect.DeepEqual(out, want) {
		t.Errorf("%q", out)
	}
}

func TestHistoryInfo(t *testing.T) {
	f := func(want []Redirection, values ...string) {
		t.Helper()
		var lines []string
		for _, v := range values {
			lines = append(lines, "History-Info: "+v)
		}
		if got := read(lines...); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v", values, got)
		}
	}
	f(nil)
	f(nil, `<sip:100@h>;index=1`)
	f(nil, `<sip:100@h>;index=1, <sip:100@gw>;index=1.1;rc=1`) // a proxy's routing
	f([]Redirection{hop("100", "user-busy", 1)}, `<sip:100@h>;index=1, <sip:200@h;cause=486>;index=1.1;mp=1`)
	f([]Redirection{hop("100", "user-busy", 1), hop("200", "unconditional", 1)},
		`<sip:100@h>;index=1`, `<sip:200@h;cause=486>;index=1.1;mp=1`, `<sip:200@gw>;index=1.1.1;np=1.1`, `<sip:300@h;cause=302>;index=1.1.2;mp=1.1`)
	f([]Redirection{hop("100", "no-answer", 1)}, `<sip:100@h?Reason=SIP%3Bcause%3D408>;index=1, <sip:200@h>;index=2`) // RFC 4244
	f([]Redirection{hop("100", "unknown", 1)}, `<sip:100@h>;index=1, <sip:200@h>;index=1.1;mp=1`)
	f([]Redirection{hop("100", "deflection", 1)}, `<sip:100@h>, <sip:200@h;cause=487>`)
	f([]Redirection{hop("100", "unknown", 1)}, `<sip:100@h>;index=1, <sip:200@h;cause=999>;index=1.1`)
	f([]Redirection{hop("100", "user-busy", 3)},
		`<sip:unknown@unknown.invalid>;index=1, <sip:unknown@unknown.invalid;cause=404>;index=1.1;mp=1, `+
			`<sip:100@h;cause=404>;index=1.1.1;mp=1.1, <sip:200@h;cause=486>;index=1.1.1.1;mp=1.1.1`)
	private := hop("100", "user-busy", 1)
	private.Private = true
	f([]Redirection{private}, `<sip:100@h?Privacy=history>;index=1, <sip:200@h;cause=486>;index=1.1;mp=1`)
	f(nil, `<sip:100@h>;index=1, <sip:200@h;cause=486>;index=1.1;mp=7`, `<`, `x`)
	got := read("Privacy: id;history", `History-Info: <sip:100@h>;index=1, <sip:200@h;cause=486>;index=1.1;mp=1`, "Diversion: <sip:1@h>")
	if !reflect.DeepEqual(got, []Redirection{private}) {
		t.Errorf("%+v", got)
	}

	out := HistoryInfo([]Redirection{hop("100", "user-busy", 1), {Party: Party{"Bo", "200", "x"}, Reason: "away", Private: true}}, Party{"", "300", ""}, "us")
	want := []string{
		`<sip:100@us>;index=1`,
		`<sip:200@us;cause=486?Privacy=history>;index=1.1;mp=1`,
		`<sip:300@us;cause=404>;index=1.1.1;mp=1.1`,
	}
	if !reflect.DeepEqual(out, want) {
		t.Errorf("%q", out)
	}
	if HistoryInfo(nil, Party{User: "300"}, "us") != nil {
		t.Error("a history of nothing")
	}
}

// TestRedirectionsBothWays holds that a list survives being written in either way,
// and going from one to the other.
func TestRedirectionsBothWays(t *testing.T) {
	private := hop("400", "deflection", 1)
	private.Private = true
	list := []Redirection{hop("100", "user-busy", 2), hop("200", "no-answer", 1), hop("+4930;x", "unconditional", 1), private, hop("500", "unavailable", 1)}
	lists := trunk.Headers{Pass: []string{"DIVERSION"}}
	for range 2 {
		c := Caller{Redirections: list}
		_, h := Outgoing(c, Party{User: "900"}, "us", trunk.Identity{Send: "pai"}, lists)
		got := read(h.lines()...)
		if !reflect.DeepEqual(got, list) {
			t.Errorf("%q is read as %+v", h.lines(), got)
		}
		lists.Pass = []string{"History-Info"}
	}
	for _, r := range redirectReasons {
		if got := causeOf(r.word); got != r.cause && r.cause != 487 {
			t.Errorf("%s: %d", r.word, got)
		}
	}
	if causeOf("x") != 404 || reasonOf(1) != "unknown" {
		t.Error("what nobody knows")
	}
	long := make([]Redirection, 50)
	for i := range long {
		long[i] = hop("1", "away", 200)
	}
	if n := len(HistoryInfo(long, Party{}, "us")); n > 2*maxRedirections+1 {
		t.Errorf("%d entries", n)
	}
}
