package cause

import "testing"

func TestRetryByCode(t *testing.T) {
	f := func(c Cause, want bool) {
		t.Helper()
		if got := c.Retry(); got != want {
			t.Errorf("%+v: retry %v", c, got)
		}
	}
	f(New(Normal, ""), false)
	f(New(Busy, ""), false)
	f(New(NoAnswer, ""), false)
	f(New(Rejected, ""), false)
	f(New(Cancelled, ""), false)
	f(New(NotFound, ""), false)
	f(New(Unreachable, ""), true)
	f(New(Media, ""), true)
	f(New(Failed, ""), true)
	f(New(Overload, ""), true)
	f(Cause{Code: Unreachable, Q850: 102}, true)
	f(Cause{Code: Failed}, true)
	f(Cause{Code: Media}, false)
	f(Cause{Code: NotFound, Status: 503}, false) // the value knew better
	f(Cause{Code: "nonsense"}, false)
}

func TestFromResponse(t *testing.T) {
	f := func(status int, reason string, code Code, q850 int, text string) {
		t.Helper()
		c := FromResponse(status, "Phrase", Reasons([]string{reason}))
		if c.Code != code || c.Q850 != q850 || c.Text != text || c.Status != status || !c.Remote {
			t.Errorf("%d %s: %+v", status, reason, c)
		}
	}
	f(486, ``, Busy, 17, "Phrase")
	f(486, `Q.850;cause=34`, Busy, 34, "Phrase")
	f(503, `Q.850;cause=1;text="Unallocated"`, NotFound, 1, "Unallocated")
	f(503, `Q.850;cause=17`, Busy, 17, "Phrase")
	f(480, `Q.850;cause=21`, Rejected, 21, "Phrase")
	f(480, `Q.850;cause=31`, NoAnswer, 31, "Phrase")
	f(500, `Q.850;cause=127`, Failed, 127, "Phrase")
	f(500, `Q.850;cause=16`, Failed, 16, "Phrase")
	f(400, `Q.850;cause=28`, NotFound, 28, "Phrase")
	f(404, `Q.850;cause=34`, NotFound, 34, "Phrase") // the status knows what it says
	f(603, `SIP;cause=403;text="limit_calls"`, Rejected, 21, "Phrase")
}

func TestFromRequest(t *testing.T) {
	f := func(method, reason string, code Code, q850 int, text string) {
		t.Helper()
		c := FromRequest(method, Reasons([]string{reason}))
		if c.Code != code || c.Q850 != q850 || c.Text != text || !c.Remote {
			t.Errorf("%s %s: %+v", method, reason, c)
		}
	}
	f("BYE", ``, Normal, 16, "")
	f("BYE", `Q.850;cause=41;text="x"`, Normal, 41, "x")
	f("BYE", `SIP;cause=503;text="no media"`, Normal, 41, "no media")
	f("BYE", `SIP;cause=200;text="Call completed elsewhere"`, Normal, 16, "Call completed elsewhere")
	f("BYE", `SIP;cause=486, Q.850;cause=34`, Normal, 34, "")
	f("CANCEL", ``, Cancelled, 16, "")
	f("CANCEL", `SIP;cause=200;text="Call completed elsewhere"`, Cancelled, 26, "Call completed elsewhere")
	f("CANCEL", `Q.850;cause=19`, Cancelled, 19, "")
}

func TestForward(t *testing.T) {
	f := func(c Cause, status, q850 int) {
		t.Helper()
		c.Rule, c.Remote = "rule", true
		got := c.Forward()
		if got.Status != status || got.Q850 != q850 || got.Code != c.Code || got.Remote || got.Rule != "" {
			t.Errorf("%+v: %+v, want status %d, Q.850 %d", c, got, status, q850)
		}
	}
	response := func(status int, reason string) Cause {
		return FromResponse(status, "", Reasons([]string{reason}))
	}
	f(response(486, ``), 486, 17)
	f(response(486, `Q.850;cause=34`), 486, 34)
	f(response(404, ``), 404, 1)
	f(response(484, ``), 484, 28)
	f(response(600, ``), 600, 17)
	f(response(607, ``), 607, 21)
	f(response(433, ``), 433, 24)
	f(response(302, ``), 500, 31) // nobody is told where to
	f(response(401, ``), 403, 21)
	f(response(407, ``), 403, 21)
	f(response(408, ``), 480, 102)
	f(response(415, ``), 488, 79)
	f(response(420, ``), 500, 127)
	f(response(503, ``), 502, 41)
	f(response(503, `Q.850;cause=34`), 502, 34)
	f(response(503, `Q.850;cause=1`), 404, 1)
	f(response(480, `Q.850;cause=18`), 480, 18)
	f(response(500, `Q.850;cause=18`), 480, 18)
	f(response(500, `Q.850;cause=21`), 403, 21)
	f(FromRequest("BYE", nil), 0, 16)
	f(FromRequest("BYE", Reasons([]string{`Q.850;cause=41`})), 0, 41)
	f(FromRequest("CANCEL", nil), 0, 16)
	f(Cause{Code: Cancelled, Q850: 26}, 404, 26)
	f(New(Overload, ""), 503, 42)
	f(Cause{Code: Unreachable, Q850: 102, Text: "no response"}, 504, 102)
	f(Cause{Code: Busy}, 486, 17)
	f(Cause{Code: Media, Status: 488}, 488, 88)
}

// TestForwardNeverMisleads goes through all statuses and values: what crosses to
// the other leg refuses an INVITE, asks for no password, redirects nobody, and says
// that we have no room only when we have none.
func TestForwardNeverMisleads(t *testing.T) {
	for status := 300; status <= 699; status++ {
		for q850 := 0; q850 <= 127; q850++ {
			c := FromResponse(status, "", nil)
			if q850 > 0 {
				c = FromResponse(status, "", []Reason{{Q850, q850, ""}})
			}
			got := c.Forward()
			s := got.Status
			if s == 0 && (got.Code == Cancelled || got.Code == Normal) {
				continue
			}
			if s < 400 || s == 401 || s == 407 || s == 408 || s == 503 || s > 699 {
				t.Fatalf("%d with Q.850 %d: %+v", status, q850, got)
			}
		}
	}
}
