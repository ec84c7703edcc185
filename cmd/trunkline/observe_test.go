package main

import (
	"strings"
	"testing"

	"trunkline/api"
	"trunkline/sip"
	"trunkline/sip/trunk"
)

func TestTrunksAreATable(t *testing.T) {
	var b strings.Builder
	err := writeTrunks(&b, []api.Trunk{
		{Name: "pbx", Origin: "file", Status: sip.TrunkStatus{State: "unknown"}},
		{
			Name: "carrier", Origin: "api", Config: trunk.Trunk{Limits: trunk.Limits{Outbound: trunk.Limit{Calls: 30}}},
			Status: sip.TrunkStatus{
				State:         "degraded",
				Targets:       []sip.TargetStatus{{Transport: "udp", Address: "192.0.2.7:5060", State: "up"}, {Transport: "tls", Address: "192.0.2.8:5061", State: "down"}},
				Registrations: []sip.RegistrationStatus{{User: "4930123", State: "refused", Status: 403, Text: "Forbidden", Registrar: "192.0.2.7:5060"}},
			},
			Outbound: api.TrunkUse{Calls: 2},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `
TRUNK                   STATE                    IN  OUT   TARGETS                                           FROM
pbx                     unknown                  0   0     -                                                 file
carrier                 degraded                 0   2/30  udp:192.0.2.7:5060 up, tls:192.0.2.8:5061 down  api
  registration 4930123  refused (403 Forbidden)            192.0.2.7:5060
`
	squeeze := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	if squeeze(b.String()) != squeeze(want) {
		t.Errorf("got\n%s\nwant%s", b.String(), want)
	}
}
