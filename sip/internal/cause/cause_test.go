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
		back := FromStatus(c.Status, "")
		want := row.code
		if want == Overload { // the far side's overload is a trunk that cannot be used now
			want = Unreachable
		}
		if back.Code != want {
			t.Errorf("%s sends %d, understood as %s", row.code, c.Status, back.Code)
		}
	}
	if len(seen) != 10 {
		t.Errorf("%d codes have a row", len(seen))
	}
}

func TestFromStatus(t *testing.T) {
	f := func(status int, code Code, q850 int, retry bool) {
		t.Helper()
		c := FromStatus(status, "")
		if c.Code != code || c.Q850 != q850 || c.Status != status || c.Retry() != retry {
			t.Errorf("%d: %+v, retry %v", status, c, c.Retry())
		}
	}
	f(302, Failed, 127, true)
	f(403, Rejected, 21, true)
	f(404, NotFound, 1, false)
	f(408, NoAnswer, 102, false)
	f(480, NoAnswer, 18, false)
	f(484, NotFound, 28, false)
	f(486, Busy, 17, false)
	f(487, Cancelled, 16, false)
	f(488, Media, 88, true)
	f(500, Failed, 41, true)
	f(503, Unreachable, 41, true)
	f(600, Busy, 17, false)
	f(603, Rejected, 21, false)
	f(604, NotFound, 1, false)
	f(606, Media, 88, false)
	f(799, Failed, 127, true)
	for status, row := range statuses {
		if row.q850 < 1 || row.q850 > 127 || status < 200 || status > 699 {
			t.Errorf("%d: %+v", status, row)
		}
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
