package spoken

import (
	"slices"
	"strings"
	"testing"
)

// says returns an f that checks the words of one language.
func says(t *testing.T, lang string) func(kind Kind, value, want string, o ...Options) {
	return func(kind Kind, value, want string, o ...Options) {
		t.Helper()
		got, err := Text(kind, value, lang, append(o, Options{})[0])
		if err != nil || got != want {
			t.Errorf("%s %q in %s: got %q, %v; want %q", kind, value, lang, got, err, want)
		}
	}
}

func TestWhatCannotBeSaid(t *testing.T) {
	f := func(kind Kind, value, lang, want string, o ...Options) {
		t.Helper()
		got, err := Text(kind, value, lang, append(o, Options{})[0])
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %q in %s: got %q, %v; want an error with %q", kind, value, lang, got, err, want)
		}
	}
	f("colour", "red", "en", `say colour "red": there is no such kind: want one of [number`)
	f(Number, "5", "tlh", `say in "tlh": no words for this language; there are en, zh`)
	f(Number, "", "en", "nothing to say")
	f(Number, "five", "en", `say number "five": want a decimal number`)
	f(Number, "1e3", "en", "want a decimal number")
	f(Number, "1.", "en", "want a decimal number")
	f(Number, ".5", "en", "want a decimal number")
	f(Number, "--5", "en", "want a decimal number")
	f(Number, "1,000", "en", "want a decimal number")
	f(Number, "５", "en", "want a decimal number")
	f(Number, "10000000000000000", "zh", "more than 16 digits")
	f(Number, strings.Repeat("1", 101), "zh", "longer than 100 bytes")
	f(Number, "5", "en", `variant "posh": en has american, oh`, Options{Variant: "posh"})
	f(Ordinal, "0", "en", "want a whole number from 1")
	f(Ordinal, "-1", "en", "want a whole number from 1")
	f(Ordinal, "1.5", "en", "want a whole number from 1")
	f(Digits, "12a", "en", "want digits")
	f(Digits, "- -", "en", "want digits")
	f(Digits, "123", "en", "0 is no size of a group", Options{Groups: []int{0}})
	f(Spell, "naïve", "en", `'ï' cannot be spelt`)
	f(Phone, "+", "en", "want a phone number")
	f(Phone, "+86", "en", "nothing after the country code")
	f(Phone, "call me", "en", "want a phone number")
	f(Phone, "123x", "en", "want a phone number")
	f(Money, "5 XAU", "en", `currency "XAU": en has CNY, EUR, GBP, HKD, JPY, USD`)
	f(Money, "5 dollars", "en", "want an amount")
	f(Money, "5.005", "en", "two decimals at most")
	f(Money, "5.5 JPY", "en", "JPY has no decimals")
	f(Count, "5", "en", "the option unit is missing")
	f(Count, "5", "en", "want letters and hyphens", Options{Unit: "a/b"})
	f(Count, "5", "en", "want letters and hyphens", Options{Unit: "../x"})
	f(Count, "5", "zh", `unit "ticket": zh has no word for it`, Options{Unit: "ticket"})
	f(Count, "5", "en", `unit "张": en has no word for it`, Options{Unit: "张"})
	f(Date, "2026-02-29", "en", "there is no such day")
	f(Date, "2026-13-01", "en", "there is no such day")
	f(Date, "0000-01-01", "en", "there is no year 0")
	f(Date, "tomorrow", "en", "want 2026-11-21")
	f(Date, "21.11.2026", "en", "want 2026-11-21")
	f(Date, "11-21", "en", "a weekday needs", Options{Weekday: true})
	f(Date, "2026-11-21", "en", `option today "now"`, Options{Today: "now"})
	f(Time, "24:00", "en", "there is no such day or time")
	f(Time, "12:60", "en", "there is no such day or time")
	f(Time, "noon", "en", "want 15:05")
	f(Time, "15:05:30.5", "en", "want 15:05")
	f(Time, "15:05", "en", "option hours 13", Options{Hours: 13})
	f(DateTime, "2026-11-21", "en", "want 2026-11-21 15:05")
	f(DateTime, "2026-11-21_15:05", "en", "want 2026-11-21 15:05")
	f(Duration, "5x", "en", "want 185s")
	f(Duration, "m", "en", "want 185s")
	f(Duration, "5s3m", "en", "want 185s")
	f(Duration, "1.5s", "en", "want 185s")
	f(Duration, "99999999999999999s", "en", "longer than can be said")
}

func TestFragments(t *testing.T) {
	f := func(kind Kind, value, lang, want string, o ...Options) {
		t.Helper()
		got, err := Fragments(kind, value, lang, append(o, Options{})[0])
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%s %q in %s: got %q, %v; want %q", kind, value, lang, got, err, want)
		}
	}
	f(Number, "-105.2", "en", "number/minus digits/1 number/hundred number/and digits/5 number/point digits/2")
	f(Number, "200", "zh-CN", "digits/liang number/100")
	f(Money, "105.30", "zh", "digits/1 number/100 digits/0 digits/5 currency/kuai digits/3 currency/mao")
	f(Money, "105.30", "zh", "digits/1 number/100 digits/0 digits/5 currency/yuan digits/3 currency/jiao", Options{Variant: "formal"})
	f(Money, "2.01", "en", "digits/2 currency/dollars number/and digits/1 currency/cent")
	f(Phone, "95588", "zh", "digits/9 digits/5 digits/5 digits/8 digits/8")
	f(Digits, "12 3", "en", "digits/1 digits/2 pause digits/3")
	f(Count, "2", "zh", "digits/liang units/张", Options{Unit: "张"})
	f(Count, "2", "en", "digits/2 units/tickets", Options{Unit: "ticket"})
	f(Count, "2", "en", "digits/2 units/messages", Options{Unit: "message"})
	f(Date, "11-21", "en", "month/11 date/the number/20 ordinal/1")
	f(Time, "15:05", "zh", "time/afternoon digits/3 time/hour digits/0 digits/5 time/minute")
}

func TestTags(t *testing.T) {
	f := func(tag, want string) {
		t.Helper()
		l, err := For(tag)
		if err != nil || l.Tag != want {
			t.Errorf("language of %q: %v, %v; want %q", tag, l, err, want)
		}
	}
	f("zh", "zh")
	f("zh-CN", "zh")
	f("zh_Hans_CN", "zh")
	f("EN-us", "en")
	if got := Tags(); !slices.Equal(got, []string{"en", "zh"}) {
		t.Errorf("tags %q", got)
	}
}
