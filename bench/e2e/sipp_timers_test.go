//go:build e2e

package e2e

import "testing"

// TestSIPpSessionTimers: what comes due after 45 s and later (RFC 4028), all at
// once: our refreshes by UPDATE and by re-INVITE, the latter against another, and a
// far side that does not refresh.
func TestSIPpSessionTimers(t *testing.T) {
	s := sippServer(t, setup{})
	var sides []*sippSide
	for _, scenario := range []string{"session_timer_ours", "session_timer_glare", "session_timer_expires"} {
		sides = append(sides, sippAt(t, s, scenario, address(t), callerHums, "-s", "echo", "-timeout", "100", "-recv_timeout", "95000"))
	}
	s.await("the first minute is over", func() bool { return s.node().Calls <= 1 })
	for _, side := range sides {
		if err := side.ends(); err != nil {
			t.Error(err)
		}
	}
	ends := map[string]int{}
	for _, c := range s.cdrs(len(sides)) {
		ends[c.Cause.Code+" by "+c.Cause.By]++
	}
	if ends[byCaller] != 2 || ends["unreachable by system"] != 1 {
		t.Errorf("calls ended %v, want two %s and one unreachable by system", ends, byCaller)
	}
}
