package cause

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestReasons(t *testing.T) {
	f := func(want []Reason, headers ...string) {
		t.Helper()
		if got := Reasons(headers); !slices.Equal(got, want) {
			t.Errorf("%q: %+v, want %+v", headers, got, want)
		}
	}
	busy := Reason{Q850, 17, "User busy"}
	f(nil)
	f(nil, "")
	f([]Reason{busy}, `Q.850;cause=17;text="User busy"`)
	f([]Reason{busy}, ` q.850 ; text="User busy" ; CAUSE = 17 ;x=y`)
	f([]Reason{{SIP, 200, "Call completed elsewhere"}, {Q850, 26, ""}},
		`SIP;cause=200;text="Call completed elsewhere",Q.850;cause=26`)
	f([]Reason{{SIP, 200, ""}, {Q850, 26, ""}}, `SIP;cause=200`, `Q.850;cause=26`)
	f([]Reason{{Q850, 16, `a, b; "c" \`}}, `Q.850;cause=16;text="a, b; \"c\" \\"`)
	f([]Reason{{Q850, 16, "Grüße"}}, `Q.850;cause=16;text="Grüße"`)
	f([]Reason{{Q850, 16, "plain"}}, `Q.850;cause=16;text=plain`)
	f([]Reason{{Q850, 16, "ab"}}, "Q.850;cause=16;text=\"a\x01\xffb\"")

	// One per protocol, but for STIR.
	f([]Reason{{Q850, 16, ""}}, `Q.850;cause=16, Q.850;cause=17`)
	f([]Reason{{STIR, 436, "a"}, {STIR, 438, "b"}}, `STIR;cause=436;text="a", STIR;cause=438;text="b"`)

	// Whatever makes no sense is no reason.
	f(nil, `Q.850`, `Q.850;cause=0`, `Q.850;cause=128`, `Q.850;cause=-1`, `Q.850;cause=x`, `SIP;cause=99`, `SIP;cause=700`)
	f(nil, `;cause=16`, `,,,`, `"`, `a b;cause=1`, `"Q.850;cause=16`)
	f([]Reason{busy}, `Q.850;cause=999999999999999999999`, `Q.850;cause=17;text="User busy"`)
	f([]Reason{{"Preemption", 1, ""}}, `Preemption;cause=1`)
	f([]Reason{{"X", 0, ""}}, `X`)

	if n := len(Reasons([]string{strings.Repeat("STIR;cause=436,", 1000)})); n != maxReasons {
		t.Errorf("%d reasons", n)
	}
	if n := len(Reasons([]string{`SIP;cause=400;text="` + strings.Repeat("ü", 1000) + `"`})[0].Text); n != maxText {
		t.Errorf("a text of %d bytes", n)
	}
}

func TestReasonsOfACause(t *testing.T) {
	f := func(c Cause, want ...string) {
		t.Helper()
		if got := c.Reasons(); !slices.Equal(got, want) {
			t.Errorf("%+v: %q", c, got)
		}
	}
	f(Cause{Code: Busy})
	f(New(Busy, `said "no"`), `Q.850;cause=17;text="said \"no\""`)
	f(Cause{Q850: 16, Text: "a\r\nEvil: x"}, `Q.850;cause=16;text="aEvil: x"`)
	f(Cause{Q850: 200})
	f(Cause{Code: Cancelled, Q850: 26}, `Q.850;cause=26`, `SIP;cause=200;text="Call completed elsewhere"`)
	f(Cause{Code: Rejected, Status: 403, Q850: 21, Rule: "limit_calls"}, `Q.850;cause=21`, `SIP;cause=403;text="limit_calls"`)
	f(Refused("limit_calls", Rejected, 403, "10 of 10 calls"),
		`Q.850;cause=21;text="10 of 10 calls"`, `SIP;cause=403;text="limit_calls"`)
	f(Refused("overload", Overload, 0, ""), `Q.850;cause=42`, `SIP;cause=503;text="overload"`)
	f(Refused("anonymous", Rejected, 433, ""), `Q.850;cause=24`, `SIP;cause=433;text="anonymous"`)
}

func FuzzReasons(f *testing.F) {
	f.Add(`Q.850;cause=17;text="User busy"`)
	f.Add(`SIP;cause=200;text="a,b\"c",STIR;cause=436,STIR;cause=438`)
	f.Add("\x00;,\"\\")
	f.Fuzz(func(t *testing.T, header string) {
		list := Reasons([]string{header})
		if len(list) > maxReasons {
			t.Fatalf("%d reasons", len(list))
		}
		for _, r := range list {
			if !utf8.ValidString(r.Text) || len(r.Text) > maxText || strings.ContainsAny(r.Text+r.Protocol, "\r\n\x00") {
				t.Fatalf("%+v", r)
			}
			if back := Reasons([]string{r.String()}); len(back) != 1 || back[0] != r && strings.TrimSpace(r.Text) == r.Text {
				t.Fatalf("%+v was written as %q and read as %+v", r, r.String(), back)
			}
		}
		FromResponse(503, "", list).Forward()
		FromRequest("CANCEL", list).Forward()
	})
}
