//go:build e2e

package e2e

import (
	"net/http"
	"testing"
)

// TestDrain: a node that drains says first that it is not ready, refuses every new
// call and keeps those it has; told otherwise, it takes calls again. What outlives
// the drain at the end is hung up, with a reason.
func TestDrain(t *testing.T) {
	s := sippServer(t, setup{})
	standing := sippAt(t, s, "drained", address(t), callerHums, "-s", "echo")
	s.await("a call is up", func() bool { return standing.dialog() != "" })
	s.drain(http.MethodPost)
	if s.ready() {
		t.Error("ready while it drains")
	}
	goesWell := func(scenario, to string) {
		t.Helper()
		if err := sippAt(t, s, scenario, address(t), callerHums, "-s", to).ends(); err != nil {
			t.Errorf("to %s: %v", to, err)
		}
	}
	goesWell("limit", "echo")
	goesWell("limit", "through")
	goesWell("options_drained", "echo")
	if status, answer := s.post("/v1/calls", `{"to": "somebody", "trunk": "agents", "flow": "echo"}`); status != http.StatusServiceUnavailable {
		t.Errorf("a call through the API while draining: %d %v, want 503", status, answer)
	}
	heard := humming(standing.ear.heard(0), callerHums)
	s.await("the standing call goes on", func() bool { return humming(standing.ear.heard(0), callerHums) >= heard+0.5 })
	s.drain(http.MethodDelete)
	if !s.ready() {
		t.Error("not ready when told to take calls again")
	}
	goesWell("basic", "echo")
	s.stop()
	if err := standing.ends(); err != nil {
		t.Error(err)
	}
}

// drain tells the server to drain (POST), or to take calls again (DELETE).
func (s *server) drain(method string) {
	s.t.Helper()
	req, err := http.NewRequest(method, s.api+"/v1/node/drain", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode >= 300 {
		s.t.Fatalf("%s drain: %s", method, res.Status)
	}
}
