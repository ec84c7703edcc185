package word

import "testing"

func TestSaid(t *testing.T) {
	f := func(text, phrase string, want int) {
		t.Helper()
		if got := Said(Cut(text), 0, phrase); got != want {
			t.Errorf("Said(%q, %q) = %d, want %d", text, phrase, got, want)
		}
	}
	f("no wait a moment", "no wait", 2)
	f("nowhere", "no", 0)
	f("north", "no rth", 0)
	f("不对呀", "不对", 2)
	f("不", "不对", 0)
	f("", "no", 0)
}

func TestAlone(t *testing.T) {
	f := func(text string, from, to int, want bool) {
		t.Helper()
		if got := Alone(Cut(text), from, to); got != want {
			t.Errorf("Alone(%q, %d, %d) = %t", text, from, to, got)
		}
	}
	f("uh it's five please", 2, 3, true)
	f("five dogs", 0, 1, false)
	f("嗯，是五", 3, 4, true)
}

func TestCorrects(t *testing.T) {
	f := func(text string, want bool) {
		t.Helper()
		if got := Corrects(Cut(text)); got != want {
			t.Errorf("Corrects(%q) = %t", text, got)
		}
	}
	f("sorry", true)
	f("哦不对", true)
	f("and then", false)
}
