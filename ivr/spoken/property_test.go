package spoken

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"trunkline/nlu/entity/number"
	"trunkline/nlu/entity/word"
)

// values are numbers of every length, with many zeros, 2s and 1s among their digits.
func values(seed uint64, n int) []uint64 {
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([]uint64, n)
	for i := range all {
		for range 1 + r.IntN(mostDigits) {
			d := r.Uint64N(10)
			if r.IntN(2) == 0 {
				d = r.Uint64N(3)
			}
			all[i] = all[i]*10 + d
		}
	}
	return all
}

// What is said of a number is that number to whoever reads words.
func TestNumbersReadBack(t *testing.T) {
	for i, n := range values(5, 3000) {
		value := fmt.Sprint(n)
		switch {
		case i%3 == 1:
			value += "." + fmt.Sprint(1+i%9)
		case i%3 == 2 && n > 0:
			value = "-" + value
		}
		for _, lang := range Tags() {
			text, err := Text(Number, value, lang, Options{})
			if err != nil {
				t.Fatal(err)
			}
			words := word.Cut(text)
			if back, end := number.Read(lang, words, 0); end != len(words) || back.String() != value {
				t.Fatalf("%s is %q in %s, which reads as %s, up to word %d of %d", value, text, lang, back, end, len(words))
			}
		}
	}
}

// Every number has an ordinal in both languages, of words that there are.
func TestEveryWordIsThere(t *testing.T) {
	for _, tag := range Tags() {
		for _, n := range values(6, 2000) {
			if n > 0 {
				checkWords(t, Ordinal, fmt.Sprint(n), tag, Options{})
			}
			checkWords(t, Money, fmt.Sprintf("%d.%02d", n, n%100), tag, Options{})
			checkWords(t, DateTime, fmt.Sprintf("%04d-%02d-%02d %02d:%02d", 1+n%9999, 1+n%12, 1+n%28, n%24, n%60), tag, Options{Weekday: true})
			checkWords(t, Duration, fmt.Sprint(n%1e9), tag, Options{})
		}
	}
}

// checkWords fails unless all that is said has a recording of its own.
func checkWords(t *testing.T, kind Kind, value, lang string, o Options) {
	t.Helper()
	names, err := Fragments(kind, value, lang, o)
	if err != nil || len(names) == 0 {
		t.Fatalf("%s %q in %s: %q, %v", kind, value, lang, names, err)
	}
	l, err := For(lang)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if l.Words[name] == "" {
			t.Fatalf("%s %q in %s: no word for %s", kind, value, lang, name)
		}
	}
}

func TestEveryNameIsAFile(t *testing.T) {
	for _, tag := range Tags() {
		l, err := For(tag)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range l.Names() {
			if strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-/") != "" || l.Words[name] == "" {
				t.Errorf("%s has a fragment %q with the word %q", tag, name, l.Words[name])
			}
		}
		for variant, instead := range l.Variants {
			for name, other := range instead {
				if l.Words[name] == "" || other != "" && l.Words[other] == "" {
					t.Errorf("%s, variant %s: %s is spoken as %q, which has no word", tag, variant, name, other)
				}
			}
		}
	}
}

func TestRecordings(t *testing.T) {
	prompts := fstest.MapFS{"en/digits/1.ogg": {}, "en/digits/1.wav": {}, "en/number/10.mp3": {}, "en/number/11.txt": {}, "en/pause.wav/x": {}}
	l, err := For("en")
	if err != nil {
		t.Fatal(err)
	}
	missing, err := Missing(prompts, "en-GB")
	if err != nil || len(missing) != len(l.Words)-2 {
		t.Errorf("%d of %d are missing, %v; want all but two", len(missing), len(l.Words), err)
	}
	f := func(want, wantErr, lang string, fragments ...string) {
		t.Helper()
		files, err := Files(prompts, lang, fragments)
		if strings.Join(files, " ") != want || fmt.Sprint(err) != wantErr {
			t.Errorf("files of %q: %q, %v; want %q, %s", fragments, files, err, want, wantErr)
		}
	}
	f("en/digits/1.wav en/number/10.mp3 en/digits/1.wav", "<nil>", "en", "digits/1", "number/10", "digits/1")
	f("", "find recordings: no en/number/11, en/pause (as .wav, .ogg, .mp3)", "en", "digits/1", "number/11", "pause")
	f("", "find recordings: no en/units/../x (as .wav, .ogg, .mp3)", "en", "units/../x")
	f("", `say in "xx": no words for this language; there are en, zh`, "xx", "digits/1")
	if _, err := Missing(prompts, "xx"); err == nil {
		t.Error("recordings of a language that is not there were not missed")
	}
}

func FuzzText(f *testing.F) {
	for _, r := range rules {
		f.Add(string(r.kind), "105.30", "", "minute", 12, false, "")
	}
	f.Add("phone", "+8613800138000x1", "", "", 0, false, "yi")
	f.Add("datetime", "2026-11-21T15:05:00+08:00", "", "", 24, true, "2026-11-20")
	f.Add("duration", "1d2h3m4s", "", "", 0, false, "american")
	f.Add("money", "HKD 2.05", "", "", 0, false, "formal")
	f.Add("count", "2", "", "张", 0, false, "oh")
	f.Fuzz(func(t *testing.T, kind, value, currency, unit string, hours int, weekday bool, other string) {
		o := Options{Currency: currency, Unit: unit, Hours: hours, Weekday: weekday, Groups: []int{hours, 4}}
		for _, lang := range Tags() {
			for _, o := range []Options{o, {Unit: unit, Variant: other}, {Today: other, Unit: unit}} {
				text, err := Text(Kind(kind), value, lang, o)
				if (text == "") == (err == nil) {
					t.Fatalf("%s %q in %s: %q, %v", kind, value, lang, text, err)
				}
				if err == nil && !utf8.ValidString(text) {
					t.Fatalf("%s %q in %s: %q is no text", kind, value, lang, text)
				}
			}
		}
	})
}
