package reliable

import (
	"fmt"
	"strings"
	"testing"

	gosip "github.com/emiago/sipgo/sip"

	"trunkline/sip/trunk"
)

func request(headers ...string) *gosip.Request {
	req := gosip.NewRequest(gosip.INVITE, gosip.Uri{Scheme: "sip", Host: "h"})
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.AppendHeader(gosip.NewHeader(name, value))
	}
	return req
}

func response(headers ...string) *gosip.Response {
	res := gosip.NewResponse(183, "Session Progress")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		res.AppendHeader(gosip.NewHeader(name, value))
	}
	return res
}

func TestCheck(t *testing.T) {
	f := func(policy string, want Demand, status int, headers ...string) {
		t.Helper()
		got, fault := Check(&trunk.Trunk{Reliable: policy}, request(headers...))
		if got != want || (fault != nil) != (status != 0) || fault != nil && fault.Status != status {
			t.Errorf("%s %q: %d, %+v", policy, headers, got, fault)
		}
	}
	f("", None, 0)
	f("", SDP, 0, "Supported: timer, 100REL")
	f("supported", All, 0, "Require: 100rel")
	f("off", None, 0, "Supported: 100rel")
	f("off", None, 420, "Require: 100rel")
	f("required", None, 421)
	f("required", All, 0, "Supported: 100rel")
}

func TestSender(t *testing.T) {
	s := Sender{Demand: SDP}
	if s.Wants(false) || !s.Wants(true) || s.Open() || s.Owes() {
		t.Error("a ringing without media is to be acknowledged, or one is open")
	}
	res := response()
	s.Number(res, true)
	rseq := res.GetHeader("RSeq").Value()
	if !s.Open() || !s.Owes() || s.Agreed() || !s.Wants(false) {
		t.Error("it is not open")
	}
	for _, rack := range []string{"", "RAck: " + rseq, "RAck: " + rseq + " 2 INVITE", "RAck: 1 7 INVITE", "RAck: " + rseq + " 7 BYE"} {
		if s.Acknowledged(request(rack), 7) {
			t.Errorf("acknowledged by %q", rack)
		}
	}
	prack := request("RAck:  " + rseq + "  7   INVITE")
	if !s.Acknowledged(prack, 7) || s.Acknowledged(prack, 7) || !s.Agreed() || s.Owes() {
		t.Error("not acknowledged, or twice")
	}
	next := response()
	s.Number(next, false)
	var a, b int
	_, _ = fmt.Sscan(rseq, &a)
	_, _ = fmt.Sscan(next.GetHeader("RSeq").Value(), &b)
	if b != a+1 || a < 1 {
		t.Errorf("numbers %d and %d", a, b)
	}
}

func TestReceiver(t *testing.T) {
	var r Receiver
	f := func(want Verdict, wantRack string, headers ...string) {
		t.Helper()
		if v, rack := r.Take(response(headers...), 3); v != want || rack != wantRack {
			t.Errorf("%q: %d, %q", headers, v, rack)
		}
	}
	f(Plain, "")
	f(Plain, "", "RSeq: 5") // it does not require it
	f(Plain, "", "Require: 100rel")
	f(Plain, "", "Require: 100rel", "RSeq: 0")
	f(Plain, "", "Require: 100rel", "RSeq: 99999999999")
	f(Fresh, "5 3 INVITE", "Require: 100rel", "RSeq: 5")
	f(Ignored, "", "Require: 100rel", "RSeq: 5")
	f(Ignored, "", "Require: 100rel", "RSeq: 7")
	f(Fresh, "6 3 INVITE", "Require: 100rel", "RSeq: 6")
	if r.Agreed() {
		t.Error("agreed without a description")
	}
}
