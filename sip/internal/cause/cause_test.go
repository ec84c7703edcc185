package cause

import "testing"

// TestCauseBothWays holds that what we send for a code is understood as that code,
// and that no two codes send the same.
func TestCauseBothWays(t *testing.T) {
	seen := map[int]Code{}
	for _, row := range causes {
		c := New(row.code, "why")
		if c.Code != row.code || c.Status != row.status || c.Q850 != row.q850 || c.Text != "why" || c.Remote {
			t.Errorf("New(%s) is %+v", row.code, c)
		}
		if other := seen[c.Status]; other != "" {
			t.Errorf("%s and %s both send %d", row.code, other, c.Status)
		}
		seen[c.Status] = row.code
		want := row.code
		if want == Overload { // the far side's overload is a trunk that cannot be used now
			want = Unreachable
		}
		if back := FromStatus(c.Status, ""); back.Code != want {
			t.Errorf("%s sends %d, understood as %s", row.code, c.Status, back.Code)
		}
		if back := ofValue(c.Q850); back.Code != want {
			switch row.code {
			case Cancelled: // 16 is a normal end; only CANCEL makes it this one
			case Failed: // 41 is a failure of the trunk: that it may be tried again holds for both
				if !back.Retry() {
					t.Errorf("%s: Q.850 %d may not be tried again", row.code, c.Q850)
				}
			default:
				t.Errorf("%s sends Q.850 %d, understood as %s", row.code, c.Q850, back.Code)
			}
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d codes have a row", len(seen))
	}
}

func TestCauseText(t *testing.T) {
	f := func(c Cause, want string) {
		t.Helper()
		if got := c.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(New(Busy, ""), "busy (SIP 486, Q.850 17)")
	f(Cause{Code: Unreachable, Q850: 102, Text: "no response"}, "unreachable (Q.850 102): no response")
	f(Cause{Code: Normal}, "normal")
	f(New("nonsense", "x"), "failed (SIP 500, Q.850 41): x")
}

func TestRefusalStatus(t *testing.T) {
	f := func(c Cause, want int) {
		t.Helper()
		if got := c.Refusal(); got != want {
			t.Errorf("%+v: %d, want %d", c, got, want)
		}
	}
	f(Cause{Code: Busy}, 486)
	f(Cause{Code: Rejected, Status: 403}, 403)
	f(Cause{Code: Normal}, 603)
	f(Cause{Code: Normal, Status: 200}, 603)
	f(Cause{Code: "nonsense"}, 500)
}
