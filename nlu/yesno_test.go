package nlu

import (
	"os"
	"strings"
	"testing"
)

// TestYesNoLists goes through the labelled answers. The "held" half was not looked at while the
// phrases were written; add to "dev" what turns out wrong in the field.
func TestYesNoLists(t *testing.T) {
	f := func(file string, wantRight float64) {
		t.Helper()
		data, err := os.ReadFile("testdata/yesno/" + file + ".tsv")
		if err != nil {
			t.Fatal(err)
		}
		rows, right, swapped := 0, 0, 0
		for line := range strings.Lines(string(data)) {
			want, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
			got := YesNo(text).String()
			rows++
			switch {
			case got == want:
				right++
			case got != "unclear" && want != "unclear":
				swapped++
				t.Errorf("%s: YesNo(%q) = %s; want %s", file, text, got, want)
			default:
				t.Logf("%s: YesNo(%q) = %s; want %s", file, text, got, want)
			}
		}
		if share := float64(right) / float64(rows); rows < 100 || swapped > 0 || share < wantRight {
			t.Errorf("%s: %d of %d right, %d swapped; want %.0f %% and none", file, right, rows, swapped, 100*wantRight)
		}
	}
	f("en-dev", 0.99)
	f("en-held", 0.97)
	f("zh-dev", 0.99)
	f("zh-held", 0.97)
}

func FuzzYesNo(f *testing.F) {
	for _, s := range []string{"no, that's right", "不是不行", "对，不对", "yeah no", "?", "not", "\xff", "好的 不用了"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if got := YesNo(text); got != YesNo(text) || got > No {
			t.Errorf("YesNo(%q) = %v", text, got)
		}
	})
}

func BenchmarkYesNo(b *testing.B) {
	for b.Loop() {
		YesNo("no, wait, that's right, go ahead please")
	}
}
