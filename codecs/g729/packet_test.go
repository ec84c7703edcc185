package g729

import "testing"

func TestLength(t *testing.T) {
	f := func(bytes, want int) {
		t.Helper()
		if got := Length(make([]byte, bytes)); got != want {
			t.Errorf("%d bytes: got %d samples, want %d", bytes, got, want)
		}
	}
	f(0, 0)
	f(10, 80)
	f(20, 160)
	f(2, 80)   // silence alone
	f(12, 160) // speech, then silence
	f(1, 0)
	f(8, 0)  // Annex D
	f(15, 0) // Annex E
	f(60, 480)
}
