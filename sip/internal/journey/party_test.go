package journey

import (
	"strings"
	"testing"

	"trunkline/sip/trunk"
)

func TestParty(t *testing.T) {
	f := func(p Party, want string) {
		t.Helper()
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	f(Party{User: "1000", Host: "h"}, "sip:1000@h")
	f(Party{Host: "h"}, "sip:h")
	f(Party{User: "+49 30@x>\r\n", Host: "2001:db8::1"}, "sip:+49%2030%40x%3E%0D%0A@[2001:db8::1]")
}

// TestSize: everything that makes an INVITE long is seen before it is sent, for it
// decides how (RFC 3261 §18.1.1).
func TestSize(t *testing.T) {
	long := strings.Repeat("x", 1000)
	size := func(r Request, to trunk.Trunk) int {
		t.Helper()
		r.Offer = []byte("v=0\r\n")
		j, err := New(r, &to)
		if err != nil {
			t.Fatal(err)
		}
		return j.Size(&to)
	}
	short := size(Request{}, trunk.Trunk{})
	passes := trunk.Trunk{Headers: trunk.Headers{Pass: []string{"X-1"}}}
	for name, got := range map[string]int{
		"the call's headers":  size(Request{Headers: [][2]string{{"X-1", long}}}, trunk.Trunk{}),
		"the trunk's headers": size(Request{}, trunk.Trunk{Headers: trunk.Headers{Add: map[string]string{"X-1": long}}}),
		"what is passed on":   size(Request{Taken: [][2]string{{"X-1", long}}}, passes),
	} {
		if got < short+1000 {
			t.Errorf("%s: %d bytes, beside %d without", name, got, short)
		}
	}
	if got := size(Request{Taken: [][2]string{{"X-1", long}}}, trunk.Trunk{}); got != short {
		t.Errorf("what the trunk does not let out counts: %d bytes, want %d", got, short)
	}
}
