//go:build e2e

package e2e

import "testing"

// TestCrowd: a crowd of callers above the limit of calls is refused, each with 503,
// Retry-After and the rule, and the call that was there before hears nothing of it.
func TestCrowd(t *testing.T) {
	s := sippServer(t, setup{calls: 1})
	callee := sippAt(t, s, "uas_answers", s.agent, calleeHums)
	caller := sippAt(t, s, "talked", address(t), callerHums, "-s", "through")
	s.await("they talk", func() bool { return humming(caller.ear.heard(0), calleeHums) >= 0.5 })
	crowd := sippAt(t, s, "limit", address(t), callerHums, "-s", "echo", "-m", "200", "-r", "100")
	for _, side := range []*sippSide{crowd, caller, callee} {
		if err := side.ends(); err != nil {
			t.Error(err)
		}
	}
	for side, hz := range map[*sippSide]float64{caller: calleeHums, callee: callerHums} {
		sound := side.ear.heard(0)
		if err := hearsOf(side.scenario, sound, hz); err != nil {
			t.Error(err)
		}
		if lost := side.ear.lost(0); lost > 0 {
			t.Errorf("%s missed %d packets", side.scenario, lost)
		}
	}
	s.cdrs(1)
}
