package fault

import (
	"errors"
	"testing"

	"trunkline/call/event"
	"trunkline/sip"
)

// TestVerdict: what an error ends a call with, and what the far side hears of it.
func TestVerdict(t *testing.T) {
	f := func(err error, code string, told int, rule string) {
		t.Helper()
		c, s := Verdict(err)
		if c.Code != code || s.Refusal() != told || s.Rule != rule {
			t.Errorf("%v: %+v, told %d by rule %q; want %s, %d, %q", err, c, s.Refusal(), s.Rule, code, told, rule)
		}
	}
	f(errors.New("the script is wrong"), "failed", 500, "")
	f(&Error{Verb: "dial", Cause: event.Cause{Code: "busy", SIP: 486}}, "busy", 486, "")
	f(&Error{Verb: "dial", Cause: event.Cause{Code: "unreachable", SIP: 503}}, "unreachable", 502, "") // never crosses
	f(Rule("dial", sip.Refused("limit_calls", sip.Overload, 503, "full")), "overload", 503, "limit_calls")
}

// TestRule: numbers that cannot be are the asker's mistake, all else is policy.
func TestRule(t *testing.T) {
	f := func(err error, code, text string) {
		t.Helper()
		if e := Rule("dial", err); e.Code != code || e.Error() != "dial: "+code+": "+text {
			t.Errorf("%v", e)
		}
	}
	f(sip.Refused("number", sip.NotFound, 484, "too long"), Invalid, "number: too long")
	f(sip.Refused("deny", sip.Rejected, 403, "not there"), Refused, "deny: not there")
	f(errors.New("no"), Refused, "no")
	if OrNil(nil) != nil {
		t.Error("nil is not nil")
	}
}
