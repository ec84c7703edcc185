package pending

import (
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

func request(method gosip.RequestMethod, callID, branch string, seq uint32) *gosip.Request {
	req := gosip.NewRequest(method, gosip.Uri{Host: "h"})
	req.AppendHeader(&gosip.ViaHeader{Host: "h", Params: gosip.HeaderParams{{K: "branch", V: branch}}})
	req.AppendHeader(&gosip.FromHeader{Params: gosip.HeaderParams{{K: "tag", V: "t"}}})
	id := gosip.CallIDHeader(callID)
	req.AppendHeader(&id)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: seq, MethodName: method})
	return req
}

func TestCancelFindsItsInvite(t *testing.T) {
	table := New[string](time.Minute)
	invite := request(gosip.INVITE, "a", "b1", 1)
	if table.Look(invite) != Fresh || table.Expect(invite, "from") != Fresh {
		t.Error("an INVITE was refused")
	}
	if table.Look(invite) != Expected || table.Expect(invite, nil) != Expected || table.From(invite) != "from" {
		t.Error("its repetition was refused, or changed it")
	}
	if table.Expect(request(gosip.INVITE, "a", "b2", 1), nil) != Strayed {
		t.Error("the same INVITE another way was taken")
	}
	f := func(cancel *gosip.Request, owner string, claimed, found bool) {
		t.Helper()
		o, c, ok := table.Cancel(cancel)
		if o != owner || c != claimed || ok != found {
			t.Errorf("got %q, %v, %v", o, c, ok)
		}
	}
	f(request(gosip.CANCEL, "a", "b2", 1), "", false, false)
	f(request(gosip.CANCEL, "a", "b1", 2), "", false, false)
	f(request(gosip.CANCEL, "x", "b1", 1), "", false, false)
	f(request(gosip.CANCEL, "a", "b1", 1), "", false, true)
	if table.Repeats(invite) {
		t.Error("what nobody has yet is no repetition")
	}
	if !table.Claim(invite, "me") {
		t.Error("the CANCEL that came first is forgotten")
	}
	if !table.Repeats(invite) || table.Repeats(request(gosip.INVITE, "a", "b2", 1)) {
		t.Error("a repetition of what somebody has is not known, or another is taken for it")
	}
	f(request(gosip.CANCEL, "a", "b1", 1), "me", true, true)
	table.Release(invite)
	table.Release(invite)
	f(request(gosip.CANCEL, "a", "b1", 1), "", false, false)
	if table.Claim(invite, "late") || table.Len() != 0 {
		t.Error("claimed what was released")
	}
}

// TestSettledIsKnownForAWhile: repetitions of an INVITE that was accepted and
// acknowledged are no new calls, as long as one may still come.
func TestSettledIsKnownForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := New[string](time.Minute)
		invite, again := request(gosip.INVITE, "a", "b1", 1), request(gosip.INVITE, "a", "b2", 1)
		table.Expect(invite, nil)
		table.Claim(invite, "me")
		table.Settle(invite)
		table.Release(invite)
		if table.Expect(invite, nil) != Settled || !table.Repeats(invite) {
			t.Error("a repetition is new")
		}
		if owner, claimed, found := table.Cancel(request(gosip.CANCEL, "a", "b1", 1)); owner != "" || claimed || !found {
			t.Errorf("a CANCEL that is too late: %q, %v, %v", owner, claimed, found)
		}
		if table.Expect(again, nil) != Fresh {
			t.Error("a new call with the old number was refused")
		}
		table.Claim(again, "me")
		table.Settle(again)
		<-time.After(2 * time.Minute)
		synctest.Wait()
		if table.Len() != 0 {
			t.Errorf("%d left", table.Len())
		}
	})
}

func TestUnclaimedIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		table := New[string](time.Minute)
		lost, kept := request(gosip.INVITE, "lost", "b", 1), request(gosip.INVITE, "kept", "b", 1)
		table.Expect(lost, nil)
		table.Expect(kept, nil)
		table.Claim(kept, "me")
		<-time.After(2 * time.Minute)
		synctest.Wait()
		if table.Len() != 1 {
			t.Errorf("%d left", table.Len())
		}
		table.Expect(lost, nil)
		table.Clear()
		if table.Len() != 0 {
			t.Error("not cleared")
		}
	})
}
