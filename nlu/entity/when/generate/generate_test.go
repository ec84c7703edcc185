package generate

import (
	"testing"
	"time"

	"trunkline/nlu/entity/reading"
	"trunkline/nlu/entity/when"
)

// share is how many of the cases are read right, in the share of all; every wrong one is told.
func share(t *testing.T, language string, seed uint64, noise float64, tell func(string, ...any)) float64 {
	t.Helper()
	now := time.Date(2026, 11, 18, 10, 20, 0, 0, time.UTC)
	cases := Cases(seed, language, now, 2000, noise)
	right := 0
	for _, c := range cases {
		r := when.Read(c.Text, when.Options{Language: language, Now: now, Expect: c.Expect})
		value, or := "", ""
		if r.Usable() {
			value = r.Value
			if len(r.Others) > 0 {
				or = r.Others[0]
			}
		}
		if value == c.Want && or == c.Or && (or == "") == (r.Doubt != reading.Ambiguous) {
			right++
			continue
		}
		tell("Read(%q) for %v = %q or %q, %v (%s); want %q or %q", c.Text, c.Expect, value, or, r.Doubt, r.Why, c.Want, c.Or)
	}
	return float64(right) / float64(len(cases))
}

func TestGenerated(t *testing.T) {
	f := func(language string, seed uint64) {
		t.Helper()
		if s := share(t, language, seed, 0, t.Logf); s < 0.97 {
			t.Errorf("%s, seed %d: %.1f %% read right; want 97", language, seed, 100*s)
		}
		t.Logf("%s, seed %d, with 5 %% of words misheard: %.1f %%; with 10 %%: %.1f %%", language, seed,
			100*share(t, language, seed, 0.05, t.Logf), 100*share(t, language, seed, 0.1, t.Logf))
	}
	f("zh", 1)
	f("en", 1)
}

func TestSameSeedSameCases(t *testing.T) {
	now := time.Date(2026, 11, 18, 10, 20, 0, 0, time.UTC)
	a, b := Cases(7, "zh", now, 50, 0.1), Cases(7, "zh", now, 50, 0.1)
	for i := range a {
		if a[i] != b[i] {
			t.Fatalf("case %d: %+v, then %+v", i, a[i], b[i])
		}
	}
	if c := Cases(8, "zh", now, 50, 0.1); c[0] == a[0] && c[1] == a[1] && c[2] == a[2] {
		t.Error("another seed makes the same cases")
	}
}
