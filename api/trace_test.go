package api

import (
	"bytes"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/api/problem"
	"trunkline/call/event"
	"trunkline/sip/trace"
	"trunkline/store"
)

// TestTraceOfACall: the Call-IDs of all legs are asked for, be the call live or long
// ended, and what is kept comes in the form that was asked for.
func TestTraceOfACall(t *testing.T) {
	n := newNode(t, nil)
	n.bus.Publish("live", "", event.CallStarted{})
	n.bus.Publish("live", "a", event.LegStarted{SIPCallID: "one@x"})
	n.bus.Publish("live", "b", event.LegStarted{SIPCallID: "two@x"})
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if err := n.store.AddCDR(t.Context(), store.CDR{
		ID: "old", StartedAt: at, EndedAt: at, Legs: []store.LegRecord{{ID: "a", SIPCallID: "three@x", StartedAt: at, EndedAt: at}},
	}); err != nil {
		t.Fatal(err)
	}
	expect(t, n.ask("GET", "/v1/calls/live/trace", ""), http.StatusNotFound, problem.NoTrace)
	n.board.kept = []trace.Message{{
		At: at, Transport: "udp", Local: netip.MustParseAddrPort("127.0.0.1:5060"), Remote: netip.MustParseAddrPort("192.0.2.7:5060"),
		CallID: "one@x", Text: "OPTIONS sip:a@b SIP/2.0\r\nCall-ID: one@x\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
	}}
	f := func(path, kind, begins, contains string, ids ...string) {
		t.Helper()
		w := n.ask("GET", path, "")
		expect(t, w, http.StatusOK, "")
		if got := w.Header().Get("Content-Type"); got != kind {
			t.Errorf("%s: %s; want %s", path, got, kind)
		}
		if body := w.Body.Bytes(); !bytes.HasPrefix(body, []byte(begins)) || !bytes.Contains(body, []byte(contains)) {
			t.Errorf("%s: %q", path, body)
		}
		if !slices.Equal(n.board.asked, ids) {
			t.Errorf("%s: asked for %q; want %q", path, n.board.asked, ids)
		}
	}
	const plain = "text/plain; charset=utf-8"
	f("/v1/calls/live/trace", plain, "", "OPTIONS", "one@x", "two@x")
	f("/v1/calls/old/trace?format=ladder", plain, "", "192.0.2.7:5060", "three@x")
	f("/v1/calls/old/trace?format=text", plain, "", "CSeq: 1 OPTIONS", "three@x")
	f("/v1/calls/old/trace?format=pcap", "application/vnd.tcpdump.pcap", "\xd4\xc3\xb2\xa1", "OPTIONS sip:a@b", "three@x")
	f("/v1/calls/old/trace?format=json", "application/json", `{"call":"old","messages":[{`, `"call_id":"one@x"`, "three@x")
	expect(t, n.ask("GET", "/v1/calls/none/trace", ""), http.StatusNotFound, problem.NoSuchCall)
	expect(t, n.ask("GET", "/v1/calls/old/trace?format=music", ""), http.StatusUnprocessableEntity, problem.InvalidRequest)
}

// TestPartsThatAreNotThere: a node without trunks has no path for them.
func TestPartsThatAreNotThere(t *testing.T) {
	n := newNode(t, func(c *Config) { c.Trunks, c.Border, c.Traces, c.Operator = nil, nil, nil, nil })
	for _, path := range []string{"GET /v1/trunks", "GET /v1/bans", "GET /v1/calls/x/trace", "POST /v1/reload"} {
		method, path, _ := strings.Cut(path, " ")
		expect(t, n.ask(method, path, ""), http.StatusNotFound, problem.NotFound)
	}
}

// TestReloadTellsMistakes: what is wrong with a configuration reaches who asked.
func TestReloadTellsMistakes(t *testing.T) {
	n := newNode(t, nil)
	n.board.refuse = problem.New(problem.BadConfiguration, "nothing was changed", problem.Mistake{Location: "my.yaml:3:4", Message: "a flow is needed"})
	p := expect(t, n.ask("POST", "/v1/reload", ""), http.StatusUnprocessableEntity, problem.BadConfiguration)
	if len(p.Errors) != 1 || p.Errors[0].Location != "my.yaml:3:4" {
		t.Errorf("problem %+v", p)
	}
	n.board.refuse = http.ErrBodyNotAllowed
	if p := expect(t, n.ask("POST", "/v1/reload", ""), http.StatusInternalServerError, problem.Internal); p.Detail != "" {
		t.Errorf("tells %q of an error that is not for clients", p.Detail)
	}
}
