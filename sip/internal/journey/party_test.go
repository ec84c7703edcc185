package journey

import "testing"

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
