package sip

import (
	"os"
	"strings"
	"testing"
)

// metric returns the value of a series, or 0: as "name value value".
func metric(e *Endpoint, series string) float64 {
	name, values, _ := strings.Cut(series, " ")
	for _, f := range e.Metrics() {
		for _, s := range f.Samples {
			if f.Name == "trunkline_"+name && strings.Join(s.Values, " ") == values {
				return s.Value + float64(s.Count)
			}
		}
	}
	return 0
}

// TestCallsAreCounted holds what the metrics say of a call from both sides, and of
// its retransmissions.
func TestCallsAreCounted(t *testing.T) {
	p := newPair(t, UDP)
	caller, callee, in := p.dial()
	if err := in.Ring(); err != nil {
		t.Fatal(err)
	}
	caller.next(t, Ringing)
	if n := metric(p.b, "trunk_calls local in"); n != 1 {
		t.Errorf("%v calls", n)
	}
	if err := in.Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	caller.next(t, Answered)
	callee.next(t, Confirmed)
	caller.Hangup(New(Normal, ""))
	caller.ended(t, Normal, false)
	callee.ended(t, Normal, true)
	idle(t, p.a)
	idle(t, p.b)
	for series, e := range map[string]*Endpoint{
		"trunk_calls_total b out normal": p.a, "trunk_pdd_seconds b out": p.a, "trunk_setup_seconds b out": p.a,
		"trunk_calls_total local in normal": p.b, "trunk_pdd_seconds local in": p.b, "trunk_setup_seconds local in": p.b,
		"sip_requests_total out BYE": p.a, "sip_requests_total in BYE": p.b,
	} {
		if n := metric(e, series); int(n) != 1 && !strings.Contains(series, "seconds") || n < 1 {
			t.Errorf("%s: %v", series, n)
		}
	}
	if n := metric(p.a, "sip_transactions_total client"); n != 2 {
		t.Errorf("%v transactions, want INVITE and BYE", n)
	}
	for _, side := range []string{"client", "server"} {
		until(t, "no transactions", func() bool { return metric(p.a, "sip_transactions "+side)+metric(p.b, "sip_transactions "+side) == 0 })
	}
	if metric(p.a, "sip_bytes_total udp out") == 0 {
		t.Error("no bytes")
	}
}

// TestRetransmissionsAreCounted sees them both ways.
func TestRetransmissionsAreCounted(t *testing.T) {
	e, p, calls, s := called(t, nil)
	invite := p.request("INVITE", "again", "", 1, sdpType+offerSDP)
	p.send(invite)
	in := <-calls
	p.send(invite)
	until(t, "the repetition to be seen", func() bool { return metric(e, "sip_retransmissions_total in INVITE") == 1 })
	if err := in.Answer([]byte(answerSDP)); err != nil {
		t.Fatal(err)
	}
	until(t, "our repetition", func() bool { return metric(e, "sip_retransmissions_total out INVITE") > 0 })
	ok := p.recv("SIP/2.0 200")
	p.send(p.request("ACK", "again", tagOf(headerOf(ok, "To")), 1))
	s.next(t, Confirmed)
	s.Hangup(New(Normal, ""))
	for msg := p.any(patience); ; msg = p.any(patience) {
		if msg == "" {
			t.Fatal("no BYE")
		}
		if strings.HasPrefix(msg, "BYE ") {
			p.send(p.respond(msg, 200, ""))
			break
		}
	}
	s.ended(t, Normal, false)
	idle(t, e)
}

// TestEveryMetricIsDocumented holds that docs/metrics.md has each with its labels.
func TestEveryMetricIsDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	e := open(t, loopback(nil), nil)
	for _, f := range e.Metrics() {
		found := false
		for line := range strings.Lines(string(page)) {
			if !strings.HasPrefix(line, "|") || !strings.Contains(line, "`"+f.Name+"`") {
				continue
			}
			found = true
			for _, label := range f.Labels {
				found = found && strings.Contains(line, "`"+label+"`")
			}
		}
		if !found {
			t.Errorf("docs/metrics.md has no row for %s with the labels %v", f.Name, f.Labels)
		}
	}
}
