package word

import (
	"strings"
	"testing"
)

func TestCut(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var got []string
		for _, w := range Cut(text) {
			got = append(got, w.Text)
		}
		if g := strings.Join(got, "|"); g != want {
			t.Errorf("Cut(%q) = %s, want %s", text, g, want)
		}
	}
	f("Twenty-One dollars", "twenty|-|one|dollars")
	f("¥1,234.50", "¥|1234.50")
	f("192.168.0.1", "192|.|168|.|0|.|1")
	f("１３８元", "138|元")
	f("京A12345", "京|a|12345")
	f("o'clock 'quoted'", "o'clock|'|quoted|'")
	f("3,14", "3|,|14")
	f("二〇〇八", "二|〇|〇|八")
	f("3.", "3|.")
	f("", "")
}

func FuzzCut(f *testing.F) {
	for _, s := range []string{"一百 twenty", "1,2,3.4.5", "\xff’a", "'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, w := range Cut(s) {
			if w.Start < last || w.End <= w.Start || w.End > len(s) || w.Text == "" {
				t.Fatalf("%q: %+v after %d", s, w, last)
			}
			last = w.End
		}
	})
}
