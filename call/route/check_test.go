package route

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	if found := read(t, plan).Check(trunks); found != nil {
		t.Errorf("the right plan: %v", found)
	}
	f := func(want, text string) {
		t.Helper()
		found := read(t, text).Check(trunks)
		if want == "" && len(found) == 0 {
			return
		}
		path, part, _ := strings.Cut(want, ": ")
		if len(found) != 1 || found[0].Path != path || !strings.Contains(found[0].Text, part) {
			t.Errorf("%s: %v; want %s", text, found, want)
		}
	}
	rule := func(want, text string) {
		t.Helper()
		f(want, "routes: [{ flow: first }, "+text+"]")
	}
	f("", "routes: []")
	rule("routes[1].flow: a flow is needed", `{ to: x }`)
	rule("routes[1]: not several", `{ flow: a, reject: busy }`)
	rule("routes[1]: not several", `{ flow: a, bridge: { trunk: spare } }`)
	rule("routes[1].vars: for a flow", `{ reject: busy, vars: { a: b } }`)
	rule("routes[1].reject: no code", `{ reject: "404" }`)
	rule("routes[1].reject: no code", `{ reject: normal }`)
	rule("", `{ reject: not_found }`)

	rule("routes[1].trunk: no trunk", `{ trunk: x, flow: a }`)
	rule("routes[1].trunks[1]: no trunk", `{ trunks: [spare, x], flow: a }`)
	rule("routes[1].trunks: not both", `{ trunk: spare, trunks: [carrier], flow: a }`)
	rule("routes[1].to: no regular expression", `{ to: "/(/", flow: a }`)
	rule("routes[1].from: between slashes", `{ from: "/a", flow: a }`)
	rule("routes[1].to: two meanings", `{ to: "/(?P<from>.*)/", flow: a }`)
	rule("routes[1].from: two meanings", `{ to: "/(?P<a>.*)/", from: "/(?P<a>.*)/", flow: a }`)
	rule("", `{ to: "1*", from: "2*", flow: a, vars: { a: "{rest} {from_rest}" } }`)
	rule("routes[1].headers.X-A: a pattern", `{ trunk: carrier, headers: { X-A: "" }, flow: a }`)
	rule("routes[1].headers.X-A: headers.accept", `{ headers: { X-A: "*" }, flow: a }`)
	rule("routes[1].headers.X-Tenant: headers.accept", `{ trunk: spare, headers: { X-Tenant: "*" }, flow: a }`)
	rule("", `{ trunks: [spare, carrier], headers: { x-tenant: "*" }, flow: a }`)
	rule("routes[1].when: are needed", `{ when: {}, flow: a }`)
	rule("routes[1].when: are needed", `{ when: { zone: UTC }, flow: a }`)
	rule("routes[1].when.days[1]: no day", `{ when: { days: [mon, x] }, flow: a }`)
	rule("routes[1].when.zone: no time zone", `{ when: { zone: x, days: [mon] }, flow: a }`)
	rule("routes[1].when.dates[0]: name of holidays", `{ when: { dates: [fr] }, flow: a }`)
	rule("routes[1].not: no conditions", `{ not: {}, flow: a }`)
	rule("routes[1].not.trunk: no trunk", `{ not: { trunk: x }, flow: a }`)
	rule("routes[1].not.to: between slashes", `{ not: { to: "/" }, flow: a }`)
	rule("routes[1].vars.a: {rest} is not one of", `{ not: { to: "1*" }, flow: a, vars: { a: "{rest}" } }`)
	rule("routes[1].vars.a: not closed", `{ flow: a, vars: { a: "{" } }`)

	rule("routes[1].bridge: one of", `{ bridge: { to: a } }`)
	rule("routes[1].bridge: one of", `{ bridge: { trunk: spare, trunks: [carrier] } }`)
	rule("routes[1].bridge.trunk: no trunk", `{ bridge: { trunk: x } }`)
	rule("routes[1].bridge.trunk: no target", `{ bridge: { trunk: mute } }`)
	rule("routes[1].bridge.trunks[1]: no trunk", `{ bridge: { trunks: [spare, x] } }`)
	rule("routes[1].bridge.trunks[1]: already", `{ bridge: { trunks: [spare, spare] } }`)
	rule("routes[1].bridge.group: no group", `{ bridge: { group: x } }`)
	rule("routes[1].bridge.to: {x} is not", `{ bridge: { trunk: spare, to: "{x}" } }`)
	rule("routes[1].bridge.from: {x} is not", `{ bridge: { trunk: spare, from: "{x}" } }`)
	rule("routes[1].bridge.timeout: 1s to 10m0s", `{ bridge: { trunk: spare, timeout: 11m } }`)

	f("groups[0].name: is needed", `groups: [{ trunks: [{ name: spare }] }]`)
	f("groups[1].name: another group", `groups: [{ name: a, trunks: [{ name: spare }] }, { name: a, trunks: [{ name: spare }] }]`)
	f("groups[0].trunks: are needed", `groups: [{ name: a }]`)
	f("groups[0].trunks[0].name: no trunk", `groups: [{ name: a, trunks: [{ name: x }] }]`)
	f("groups[0].trunks[1].name: already", `groups: [{ name: a, trunks: [{ name: spare }, { name: spare }] }]`)
	f("groups[0].trunks[0].weight: 0 to 65535", `groups: [{ name: a, trunks: [{ name: spare, weight: -1 }] }]`)
	f("groups[0].trunks[0].priority: 0 to 65535", `groups: [{ name: a, trunks: [{ name: spare, priority: 65536 }] }]`)
	f("groups[0].pick: is not one of", `groups: [{ name: a, pick: best, trunks: [{ name: spare }] }]`)
	f("holidays.de[1]: want 2026", `holidays: { de: [12-24, x] }`)
	f("holidays.12-24: no date", `holidays: { 12-24: [12-24] }`)
}

func TestCompileRefusesWhatCheckDoes(t *testing.T) {
	_, err := Compile(read(t, `routes: [{ to: "/(/", flow: a }, { when: { days: [x] }, flow: a }]`))
	if err == nil || !strings.Contains(err.Error(), "routes[0].to: ") || !strings.Contains(err.Error(), "routes[1].when.days[0]: ") {
		t.Error(err)
	}
}
