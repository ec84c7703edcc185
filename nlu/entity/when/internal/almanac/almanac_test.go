package almanac

import (
	"testing"
	"time"

	"trunkline/nlu/entity/reading"
)

func wednesday() Almanac {
	return Almanac{Now: time.Date(2026, 11, 18, 10, 20, 0, 0, time.UTC)}
}

func TestSettle(t *testing.T) {
	f := func(m Almanac, d Date, want string, doubt reading.Doubt) {
		t.Helper()
		if r := m.Settle(d); r.Value != want || r.Doubt != doubt {
			t.Errorf("Settle(%+v) = %q, %v; want %q, %v", d, r.Value, r.Doubt, want, doubt)
		}
	}
	past := wednesday()
	past.Past = true
	f(wednesday(), Date{Month: 2, Day: 29}, "2028-02-29", reading.Certain)
	f(past, Date{Month: 2, Day: 29}, "2024-02-29", reading.Certain)
	f(wednesday(), Date{Day: 31}, "2026-12-31", reading.Certain)
	f(past, Date{Day: 31}, "2026-10-31", reading.Certain)
	f(past, Date{Month: 12}, "2025-12", reading.Certain)
	f(wednesday(), Date{Month: 11}, "2026-11", reading.Certain)
	f(wednesday(), Date{Month: 2, Day: 30}, "--02-30", reading.Failed)
	f(wednesday(), Date{Year: 1900, HasYear: true, Month: 2, Day: 29}, "1900-02-29", reading.Failed)
	f(wednesday(), Date{Year: -749, HasYear: true}, "-0749", reading.Certain)
	f(Almanac{}, Date{Day: 3}, "---03", reading.Certain)
	f(Almanac{}, Almanac{}.Days(1), "", reading.Vague)
}

func TestLengthFrom(t *testing.T) {
	f := func(l Length, want string) {
		t.Helper()
		if got := l.From(time.Date(2026, 1, 31, 23, 30, 0, 0, time.UTC)).Format("2006-01-02T15:04"); got != want {
			t.Errorf("%v from the 31st of January is %s; want %s", l, got, want)
		}
	}
	f(Length{Months: 1}, "2026-02-28T23:30")
	f(Length{Months: 13}, "2027-02-28T23:30")
	f(Length{Days: 1}, "2026-02-01T23:30")
	f(Length{Minutes: 45}, "2026-02-01T00:15")
	f(Length{Months: 2}.Negative(), "2025-11-30T23:30")
}

func TestTimes(t *testing.T) {
	f := func(l Length, halves int, want string) {
		t.Helper()
		if got := l.Times(halves).String(); got != want {
			t.Errorf("%d halves of %v = %s; want %s", halves, l, got, want)
		}
	}
	f(Length{Hours: 1}, 5, "PT2H30M")
	f(Length{Days: 1}, 3, "P1DT12H")
	f(Length{Weeks: 1}, 4, "P2W")
	f(Length{Months: 12}, 3, "P1Y6M")
	f(Length{Months: 1}, 1, "P15D")
	f(Length{Minutes: 1}, 180, "PT90M")
}
