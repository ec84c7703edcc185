package route

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"trunkline/sip/trunk"
)

// plan is a plan that uses every key and is right beside trunks.
const plan = `
holidays:
  de: [01-01, 12-25..12-26]
groups:
  - name: carriers
    pick: weight
    trunks: [{ name: carrier, weight: 3 }, { name: spare, priority: 1 }]
routes:
  - { trunk: carrier, to: hotline, flow: hotline, vars: { lang: en } }
  - name: blocked
    from: "/\\+?4900.*/"
    reject: rejected
  - name: office
    trunks: [carrier, spare]
    to: "/\\+4930(?P<extension>\\d{2,4})/"
    headers: { x-tenant: "/(?P<tenant>\\w+)/" }
    when: { zone: Europe/Berlin, days: [mon-fri], hours: ["09:00-17:00"], except: [de] }
    not: { from: anonymous, to: "+493099*" }
    flow: office
    vars: { extension: "{extension}", tenant: "{tenant}", said: "{from} of {trunk} to {to}", json: '{{"a": 1}' }
  - { to: "00*", bridge: { group: carriers, to: "+{rest}", from: "+49{from}", timeout: 20s } }
  - { to: "1*", bridge: { trunks: [spare, pbx], to: "9{to}" } }
  - { trunk: carrier, bridge: { trunk: pbx } }
`

var trunks = []trunk.Trunk{
	{Name: "carrier", Target: "a.example", Networks: []string{"192.0.2.0/24"}, Headers: trunk.Headers{Accept: []string{"X-Tenant"}}},
	{Name: "spare", Target: "b.example"}, {Name: "pbx", Accounts: []trunk.Account{{User: "u", PasswordFile: "f"}}},
	{Name: "mute", Networks: []string{"198.51.100.0/24"}},
}

func read(t testing.TB, text string) Plan {
	t.Helper()
	var p Plan
	if err := yaml.UnmarshalWithOptions([]byte(text), &p, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return p
}

func compile(t testing.TB, text string) *Table {
	t.Helper()
	p := read(t, text)
	if found := p.Check(trunks); len(found) > 0 {
		t.Fatal(found)
	}
	table, err := Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func TestDecide(t *testing.T) {
	table := compile(t, plan)
	monday := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	f := func(want string, q Query) {
		t.Helper()
		if q.At.IsZero() {
			q.At = monday
		}
		d := table.Decide(q)
		if got := fmt.Sprintf("%d %s", d.Rule, d); got != want {
			t.Errorf("%+v:\n got %s\nwant %s", q, got, want)
		}
		tr := table.Trace(q)
		if !reflect.DeepEqual(tr.Decision, d) {
			t.Errorf("the trace says %v, the decision was %v", tr.Decision, d)
		}
		for i, s := range tr.Steps {
			if fits := s.Rule == d.Rule; s.Rule != i || fits != (s.Why == "") {
				t.Errorf("%+v: step %d is %+v", q, i, s)
			}
		}
	}
	tenant := map[string]string{"X-TENANT": "acme"}
	f("0 flow hotline, with lang=en", Query{Trunk: "carrier", To: "hotline"})
	f("-1 no route fits: refused with not_found", Query{Trunk: "spare", To: "hotline"})
	f("1 refused with rejected", Query{Trunk: "spare", From: "+49001234", To: "x"})
	f(`2 flow office, with extension=123, json={"a": 1}, said=anna of spare to +4930123, tenant=acme`,
		Query{Trunk: "spare", From: "anna", To: "+4930123", Headers: tenant})
	f("-1 no route fits: refused with not_found", Query{Trunk: "spare", From: "anonymous", To: "+49309912", Headers: tenant})
	f(`2 flow office, with extension=1299, json={"a": 1}, said=anonymous of spare to +49301299, tenant=acme`,
		Query{Trunk: "spare", From: "anonymous", To: "+49301299", Headers: tenant}) // only one of not holds
	f("-1 no route fits: refused with not_found", Query{Trunk: "spare", To: "+4930123"})
	f("-1 no route fits: refused with not_found", Query{Trunk: "spare", To: "+4930123", Headers: tenant, At: monday.Add(8 * time.Hour)})
	f("5 bridge to +4930123 through pbx", Query{Trunk: "carrier", To: "+4930123", Headers: tenant, At: monday.Add(-24 * time.Hour)})
	f("3 bridge to +4420 through group carriers, by weight: carrier (priority 0, weight 3), spare (priority 1, weight 1) as +4930, each for 20s",
		Query{Trunk: "spare", From: "30", To: "004420"})
	f("4 bridge to 9123 through spare, pbx", Query{Trunk: "mute", To: "123"})
	f("-1 no route fits: refused with not_found", Query{})
	if got := (&Table{}).Decide(Query{To: "1"}); got.Rule != -1 {
		t.Errorf("an empty table decides %+v", got)
	}
}

// A rule is kept out when everything under not holds.
func TestNot(t *testing.T) {
	table := compile(t, `routes: [{ not: { trunk: carrier, to: "1*" }, flow: a }]`)
	f := func(trunk, to string, fits bool) {
		t.Helper()
		if got := table.Decide(Query{Trunk: trunk, To: to}).Rule == 0; got != fits {
			t.Errorf("%s to %s: %v", trunk, to, got)
		}
	}
	f("carrier", "12", false)
	f("carrier", "2", true)
	f("spare", "12", true)
	f("spare", "2", true)
}

// The routes there were before any of the other keys mean what they meant.
func TestOldRoutes(t *testing.T) {
	table := compile(t, `
routes:
  - trunk: carrier
    to: hotline
    flow: hotline
    vars: { lang: en }
  - { trunk: "", to: "12*", flow: twelve }
  - { to: "13*", bridge: { trunk: spare, to: "4930", timeout: 60s } }
  - { trunk: carrier, to: "", bridge: { trunk: spare } }
`)
	d := table.Decide(Query{Trunk: "carrier", To: "hotline"})
	if d.Flow != "hotline" || d.Vars["lang"] != "en" || d.Bridge != nil {
		t.Errorf("%+v", d)
	}
	d.Vars["lang"] = "de"
	if again := table.Decide(Query{Trunk: "carrier", To: "hotline"}); again.Vars["lang"] != "en" {
		t.Error("a flow changed the variables of the next")
	}
	if d := table.Decide(Query{Trunk: "mute", To: "12"}); d.Flow != "twelve" || d.Vars != nil {
		t.Errorf("%+v", d)
	}
	want := &Connection{Group: Group{Trunks: []Member{{Name: "spare"}}}, To: "4930", Timeout: time.Minute}
	if d := table.Decide(Query{To: "139"}); !reflect.DeepEqual(d.Bridge, want) {
		t.Errorf("%+v", d.Bridge)
	}
	want = &Connection{Group: Group{Trunks: []Member{{Name: "spare"}}}, To: "5"}
	if d := table.Decide(Query{Trunk: "carrier", To: "5"}); !reflect.DeepEqual(d.Bridge, want) {
		t.Errorf("%+v", d.Bridge)
	}
}

func TestPlanIsTheSameInJSON(t *testing.T) {
	p := read(t, plan)
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var again Plan
	if err := json.Unmarshal(text, &again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p, again) {
		t.Errorf("%s reads %+v", text, again)
	}
	if !strings.Contains(string(text), `{"trunk":"carrier","to":"hotline","flow":"hotline","vars":{"lang":"en"}}`) {
		t.Errorf("conditions are not beside the action: %s", text)
	}
}

func TestExplain(t *testing.T) {
	table := compile(t, plan)
	f := func(q Query, want string) {
		t.Helper()
		var b strings.Builder
		if err := Explain(&b, table.Trace(q)); err != nil {
			t.Fatal(err)
		}
		if got := b.String(); got != want[1:] {
			t.Errorf("got\n%swant%s", got, want)
		}
	}
	zone := time.FixedZone("CET", 3600)
	f(Query{Trunk: "spare", From: "anna", To: "+4930123", Headers: map[string]string{"X-Tenant": "a b"}, At: time.Date(2026, 11, 23, 11, 0, 0, 0, zone)}, `
call from trunk spare, anna to +4930123, at Mon 2026-11-23 11:00 CET
  X-Tenant: a b
  routes[0]: trunk: spare is not carrier
  routes[1] blocked: from: "anna" does not match /\+?4900.*/
  routes[2] office: headers.x-tenant: "a b" does not match /(?P<tenant>\w+)/
  routes[3]: to: "+4930123" does not begin with 00
  routes[4]: to: "+4930123" does not begin with 1
  routes[5]: trunk: spare is not carrier
=> no route fits: refused with not_found
`)
	f(Query{Trunk: "carrier", To: "+4930123", At: time.Date(2026, 11, 22, 11, 0, 0, 0, zone)}, `
call from trunk carrier, nobody to +4930123, at Sun 2026-11-22 11:00 CET
  routes[0]: to: "+4930123" is not hotline
  routes[1] blocked: from: "" does not match /\+?4900.*/
  routes[2] office: headers.x-tenant: the call does not bring it
  routes[3]: to: "+4930123" does not begin with 00
  routes[4]: to: "+4930123" does not begin with 1
  routes[5]: fits
=> bridge to +4930123 through pbx
`)
	f(Query{Trunk: "spare", To: "+4930123", Headers: map[string]string{"x-tenant": "a"}, At: time.Date(2026, 11, 22, 11, 0, 0, 0, zone)}, `
call from trunk spare, nobody to +4930123, at Sun 2026-11-22 11:00 CET
  x-tenant: a
  routes[0]: trunk: spare is not carrier
  routes[1] blocked: from: "" does not match /\+?4900.*/
  routes[2] office: when.days: Sun 2026-11-22 11:00 CET is not within mon-fri
  routes[3]: to: "+4930123" does not begin with 00
  routes[4]: to: "+4930123" does not begin with 1
  routes[5]: trunk: spare is not carrier
=> no route fits: refused with not_found
`)
	table = compile(t, `routes: [{ not: { trunk: spare, to: "1*" }, flow: a }, { to: "1*", reject: busy }]`)
	f(Query{Trunk: "spare", To: "12", At: time.Date(2026, 11, 22, 11, 0, 0, 0, zone)}, `
call from trunk spare, nobody to 12, at Sun 2026-11-22 11:00 CET
  routes[0]: not: all of these hold: to, trunk
  routes[1]: fits
=> refused with busy
`)
}

func BenchmarkDecide(b *testing.B) {
	var text strings.Builder
	text.WriteString("routes:\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "  - { to: \"+49%04d*\", from: \"/4.*/\", flow: f%d }\n", i, i)
	}
	table := compile(b, text.String())
	q := Query{To: "+490999123", From: "49"}
	b.ReportAllocs()
	for b.Loop() {
		table.Decide(q)
	}
}
