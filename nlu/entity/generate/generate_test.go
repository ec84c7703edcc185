package generate

import (
	"reflect"
	"testing"
)

func TestSameSeedSameCases(t *testing.T) {
	f := func(noise float64) {
		t.Helper()
		a, b, c := New(7, noise), New(7, noise), New(8, noise)
		differs := false
		for _, k := range Kinds() {
			for _, lang := range []string{"zh", "en"} {
				x, err := a.Case(k, lang)
				if err != nil {
					t.Fatal(err)
				}
				y, _ := b.Case(k, lang)
				z, _ := c.Case(k, lang)
				if !reflect.DeepEqual(x, y) {
					t.Errorf("%+v and %+v come from one seed", x, y)
				}
				differs = differs || !reflect.DeepEqual(x, z)
			}
		}
		if !differs {
			t.Error("another seed made the same cases")
		}
	}
	f(0)
	f(0.1)
}

func TestUnknownKind(t *testing.T) {
	if _, err := New(1, 0).Case("colour", "en"); err == nil {
		t.Error("a case of no kind")
	}
}

func TestSpelling(t *testing.T) {
	f := func(n int, zh, en string) {
		t.Helper()
		if got := chinese(n); got != zh {
			t.Errorf("chinese(%d) = %s, want %s", n, got, zh)
		}
		if got := english(n, true); got != en {
			t.Errorf("english(%d) = %s, want %s", n, got, en)
		}
	}
	f(0, "零", "zero")
	f(10, "十", "ten")
	f(115, "一百一十五", "one hundred and fifteen")
	f(1005, "一千零五", "one thousand five")
	f(10010, "一万零一十", "ten thousand ten")
	f(20300, "二万零三百", "twenty thousand three hundred")
	f(100001000, "一亿零一千", "one hundred million one thousand")
}
