package count

import "testing"

func TestEchoes(t *testing.T) {
	e := NewEchoes()
	f := func(d Direction, m string, want bool) {
		t.Helper()
		if got := e.Heard(d, []byte(m)); got != want {
			t.Errorf("%s %q heard before: %v", d, m, got)
		}
	}
	f(In, "INVITE", false)
	f(In, "INVITE", true)
	f(Out, "INVITE", false)
	f(In, "BYE", false)
	f(In, "INVITE", true)
	m := []byte("SIP/2.0 200 OK")
	if n := testing.AllocsPerRun(100, func() { e.Heard(Out, m) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}
