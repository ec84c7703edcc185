package spoken

import "testing"

// german is a third language as somebody would begin it: this function, and a
// row in languages. It counts below a hundred, which is enough for much.
func german() *Language {
	w := words{pause: ",", point: "Komma", minus: "minus", plus: "plus", "number/and": "und", "time/und": "und",
		"currency/euro": "Euro", "currency/cent": "Cent", "time/uhr": "Uhr", "units/minute": "Minute", "units/minuten": "Minuten"}
	w.list(digit, 0, 1, "null ein zwei drei vier fünf sechs sieben acht neun")
	w.list(numberName, 10, 1, "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn")
	w.list(numberName, 20, 10, "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig")
	return &Language{
		Tag: "de", Words: w, Hours: 24, Currency: "EUR", And: []string{"time/und"},
		Variants:    map[string]map[string]string{"zwo": {"digits/2": "digits/zwo"}},
		Currencies:  map[string]Coin{"EUR": {One: "currency/euro", Cent: "currency/cent"}},
		PhoneDigits: map[string]string{"digits/2": "digits/zwo"},
		Between: func(a, b string) string {
			if b == pause || a == "number/and" || b == "number/and" {
				return ""
			}
			return " "
		},
		Cardinal: germanCardinal,
		Unit:     germanUnit,
		Time: func(c Clock, _ int) []string {
			names := append(germanCardinal(uint64(c.Hour)), "time/uhr")
			if c.Minute > 0 {
				names = append(names, germanCardinal(uint64(c.Minute))...)
			}
			return names
		},
	}
}

// germanCardinal says the ones before the tens.
func germanCardinal(n uint64) []string {
	switch {
	case n < 10:
		return []string{digit(n)}
	case n < 20 || n%10 == 0:
		return []string{numberName(n)}
	}
	return []string{digit(n % 10), "number/and", numberName(n - n%10)}
}

func germanUnit(n Decimal, unit string) []string {
	switch {
	case unit != "minute":
		return nil
	case n.One():
		return []string{"units/minute"}
	}
	return []string{"units/minuten"}
}

// A language is one value: what it leaves out cannot be said, all else can.
func TestAThirdLanguage(t *testing.T) {
	l := german()
	l.Words["digits/zwo"] = "zwo"
	f := func(kind Kind, value, want string, o ...Options) {
		t.Helper()
		got, err := l.Text(kind, value, append(o, Options{})[0])
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s %q: got %q, want %q", kind, value, got, want)
		}
	}
	f(Number, "21", "einundzwanzig")
	f(Number, "-45.2", "minus fünfundvierzig Komma zwei")
	f(Digits, "20-5", "zwei null, fünf")
	f(Digits, "20-5", "zwo null, fünf", Options{Variant: "zwo"})
	f(Phone, "+49 30 2212", "plus vier neun, drei null zwo, zwo ein zwo")
	f(Money, "12.50", "zwölf Euro und fünfzig Cent")
	f(Time, "21:05", "einundzwanzig Uhr fünf")
	f(Duration, "12m", "zwölf Minuten")
	f(Count, "3", `say count "3": unit "hour": de has no word for it`, Options{Unit: "hour"})
	f(Duration, "2h", `say duration "2h": unit "hour": de has no word for it`)
	f(Ordinal, "3", `say ordinal "3": de has no rule for it`)
	f(Percent, "3", `say percent "3": de has no rule for it`)
	f(Date, "2026-11-21", `say date "2026-11-21": de has no rule for it`)
	f(Spell, "a", `say spell "a": de has no word for letter/a`)
	f(Money, "3 USD", `say money "3 USD": currency "USD": de has EUR`)
}
