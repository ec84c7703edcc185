package refer

import "testing"

func TestTellingIsInOrder(t *testing.T) {
	told, silent := NewTelling(2, 7, "")
	told.Add(100)
	told.Add(486)
	told.Add(200) // after the last word
	f := func(wantEvent, wantState string, want int) {
		t.Helper()
		event, state, status, ok := told.Next()
		if !ok || event != wantEvent || state != wantState || status != want {
			t.Errorf("tells %q, %q, %d, %v", event, state, status, ok)
		}
		if _, _, _, two := told.Next(); two || !told.Busy() || told.Over() {
			t.Error("two at once, or done before the answer")
		}
		told.Heard(200)
	}
	f("refer;id=7", "active;expires=180", 100)
	f("refer;id=7", "terminated;reason=noresource", 486)
	if _, _, _, more := told.Next(); more || silent || !told.Over() || told.Busy() {
		t.Error("there is more, or it is not over")
	}
}

func TestTellingNobody(t *testing.T) {
	told, silent := NewTelling(1, 7, "FALSE")
	told.Add(100)
	if _, _, _, ok := told.Next(); ok || !silent || told.Over() {
		t.Error("told although nobody wants to hear")
	}
	told.Add(200)
	if !told.Over() {
		t.Error("not over")
	}
	told, _ = NewTelling(1, 7, "")
	told.Add(100)
	told.Add(180)
	if event, _, _, _ := told.Next(); event != "refer" {
		t.Errorf("event %q", event)
	}
	told.Heard(481)
	told.Add(200)
	if _, _, _, ok := told.Next(); ok || !told.Over() {
		t.Error("told on after a 481")
	}
}

func TestAsking(t *testing.T) {
	var none *Asking
	a := &Asking{Seq: 5}
	if none.Open() || none.Say(100) || !a.Open() || !a.Say(180) || !a.Say(603) || a.Say(200) || a.Open() {
		t.Error("the final status is the last, and one that was never asked has none")
	}
	f := func(event, state, body string, of bool, want Notice) {
		t.Helper()
		n := ReadNotice(event, state, []byte(body))
		if n != want || n.Of(a) != of || n.Of(nil) {
			t.Errorf("read %+v, want %+v; of it: %v", n, want, n.Of(a))
		}
	}
	f("refer", "active", "SIP/2.0 180 Ringing", true, Notice{Refer: true, Status: 180})
	f("Refer ; id = 5", "active;expires=5", "", true, Notice{Refer: true, ID: "5"})
	f("refer;id=6", "Terminated;reason=x", "SIP/2.0 200 OK", false, Notice{Refer: true, ID: "6", Terminated: true, Status: 200})
	f("refer", "terminated", "", true, Notice{Refer: true, Terminated: true, Status: 487})
	f("refer", "terminated", "SIP/2.0 100 Trying", true, Notice{Refer: true, Terminated: true, Status: 487})
	f("presence", "", "", true, Notice{})
}
