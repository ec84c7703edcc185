package call_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"trunkline/call"
	"trunkline/call/event"
	"trunkline/sip"
	"trunkline/sip/stir"
)

// TestLostCalls holds that a process that dies leaves behind what the next one needs
// to record its calls, each once, and that one that has ended is not among them.
func TestLostCalls(t *testing.T) {
	dir := t.TempDir()
	journal := filepath.Join(dir, "calls")
	r := newRig(t, func(ctx context.Context, c *call.Call) error {
		if err := c.Answer(ctx); err != nil {
			return err
		}
		<-c.Done()
		return nil
	}, func(c *call.Config) { c.Journal = journal })
	// after is what the next process records when this one dies now.
	after := func(name string) []string {
		t.Helper()
		text, err := os.ReadFile(journal)
		if err != nil {
			t.Fatal(err)
		}
		left := filepath.Join(dir, name)
		if err := os.WriteFile(left, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s := &shelf{}
		for range 2 { // each once
			m, err := call.NewManager(call.Config{Journal: left, CDRs: s, Bus: r.bus, Log: quiet(), Plan: r.plan})
			if err != nil {
				t.Fatal(err)
			}
			m.Drain(context.Background())
		}
		var found []string
		for _, c := range s.list {
			if c.Cause.Code != "lost" || c.Cause.By != call.BySystem || c.AnsweredAt == nil || c.EndedAt.Before(*c.AnsweredAt) || c.Trunk != "local" {
				t.Errorf("record %+v", c)
			}
			found = append(found, c.ID)
		}
		return found
	}
	caller := r.caller.dial(r.addr, "100")
	caller.up()
	await[event.LegAnswered](r)
	found := after("first")
	caller.end()
	if c := r.record(); len(found) != 1 || found[0] != c.ID {
		t.Errorf("lost were %v, not %s", found, c.ID)
	}
	settle(t, "calls", func() bool { return r.m.Live() == 0 })
	if found := after("second"); len(found) != 0 {
		t.Errorf("lost were %v, none lived", found)
	}
}

// TestAttestationIsTold holds that the first event of a call says how its caller's
// signature was judged.
func TestAttestationIsTold(t *testing.T) {
	r := newRig(t, func(ctx context.Context, c *call.Call) error { return c.Answer(ctx) })
	verified := endpoint(t, func(in *sip.Incoming) {
		in.Attestation = &stir.Result{Verstat: stir.Failed, Problems: []stir.Problem{{Status: 403, Text: "Stale Date"}}}
		r.m.Incoming(in)
	}, r.plan.Trunks...)
	caller := r.caller.dial(verified.Addrs()[0].Addr.String(), "100")
	if e := await[event.CallStarted](r); e.Attestation == nil || len(e.Attestation.Problems) != 1 || e.Attestation.Problems[0].Status != 403 {
		t.Errorf("begun with %+v", e.Attestation)
	}
	caller.await(sip.Ended)
	r.record()
}
