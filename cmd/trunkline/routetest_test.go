package main

import (
	"strings"
	"testing"
	"time"

	"trunkline/call/route"
	"trunkline/cmd/trunkline/internal/config"
)

// TestRouteTest: the answer names the rule that takes the call and how it goes on,
// with numbers as trunks write them.
func TestRouteTest(t *testing.T) {
	cfg, err := config.Parse("my.yaml", []byte(`
data: nowhere
trunks:
  - {name: pbx, networks: [192.0.2.0/24], numbers: {region: DE}, headers: {accept: [X-Queue]}}
  - {name: a, target: a.example, numbers: {region: DE, called: national}}
  - {name: b, target: b.example, numbers: {region: DE, called: international}}
groups: [{name: all, trunks: [{name: a}, {name: b, priority: 1}]}]
routes:
  - {name: sales, to: "*", headers: {X-Queue: sales}, flow: sales}
  - {name: closed, to: "+4930*", when: {zone: UTC, days: [sun]}, reject: busy}
  - {name: out, to: "+49*", bridge: {group: all}}
dialing: {trunks: {b: {deny: ["+4930"]}}}
`))
	if err != nil {
		t.Fatal(err)
	}
	f := func(q route.Query, want ...string) {
		t.Helper()
		q.Trunk = "pbx"
		var b strings.Builder
		if err := explainRoute(&b, cfg, q); err != nil {
			t.Fatal(err)
		}
		for _, w := range want {
			if !strings.Contains(b.String(), w) {
				t.Errorf("no %q in\n%s", w, b.String())
			}
		}
	}
	sunday := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f(route.Query{To: "030 123456", At: sunday}, "to +4930123456", "routes[1] closed: fits", "=> refused with busy")
	f(route.Query{To: "030 123456", At: sunday.AddDate(0, 0, 1)}, "routes[2] out: fits", "group all",
		"through a: dials 030123456", "through b: refused: ", "dialing.trunks.b.deny")
	f(route.Query{To: "100", Headers: map[string]string{"x-queue": "sales"}}, "=> flow sales")
	f(route.Query{To: "100", Headers: map[string]string{"X-Other": "sales"}}, "does not accept the header X-Other", "no route fits")
	if err := explainRoute(&strings.Builder{}, cfg, route.Query{Trunk: "nobody"}); err == nil {
		t.Error("a trunk that is not there is no error")
	}
}

// TestMoments: a moment is a whole time, or one on this machine's clock.
func TestMoments(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	f := func(text string, want time.Time) {
		t.Helper()
		got, err := routeTestCmd{At: text}.moment(now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q is %v, %v; want %v", text, got, err, want)
		}
	}
	f("", now)
	f("2026-12-24T18:00:00+01:00", time.Date(2026, 12, 24, 17, 0, 0, 0, time.UTC))
	f("2026-12-24 18:00", time.Date(2026, 12, 24, 18, 0, 0, 0, time.Local))
	if _, err := (routeTestCmd{At: "tomorrow"}).moment(now); err == nil {
		t.Error("tomorrow is no error")
	}
}
