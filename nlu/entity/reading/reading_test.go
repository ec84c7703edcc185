package reading

import "testing"

func TestUsable(t *testing.T) {
	f := func(r Reading, found, usable bool) {
		t.Helper()
		if r.Found() != found || r.Usable() != usable {
			t.Errorf("%+v: found %t, usable %t", r, r.Found(), r.Usable())
		}
	}
	f(Reading{}, false, false)
	f(Reading{Value: "7", End: 3}, true, true)
	f(Reading{Value: "7", End: 3, Doubt: Ambiguous, Others: []string{"8"}}, true, true)
	f(Reading{End: 3, Doubt: Vague}, true, false)
	f(Reading{Value: "1", End: 3, Doubt: Failed}, true, false)
	f(Reading{Value: "1", End: 3, Doubt: Incomplete}, true, false)
}
