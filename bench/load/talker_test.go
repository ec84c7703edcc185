package load

import "testing"

// TestReceived: what is lost is seen by the numbers of what came.
func TestReceived(t *testing.T) {
	f := func(name string, lost int, numbers ...uint16) {
		t.Helper()
		var talker Talker
		for _, n := range numbers {
			talker.number(n)
		}
		if came, got := talker.Received(); came != len(numbers) || got != lost {
			t.Errorf("%s: %d came, %d were lost, want %d and %d", name, came, got, len(numbers), lost)
		}
	}
	f("nothing", 0)
	f("one", 0, 7)
	f("all", 0, 7, 8, 9)
	f("two are missing", 2, 7, 9, 11)
	f("in another order", 0, 8, 7, 10, 9)
	f("over the end", 1, 65534, 65535, 1)
	f("over the end, in another order", 0, 0, 65535, 1)
}
