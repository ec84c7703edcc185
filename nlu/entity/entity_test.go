package entity

import (
	"strings"
	"testing"
	"time"

	"trunkline/nlu/entity/name"
	"trunkline/nlu/entity/reading"
)

func TestFind(t *testing.T) {
	now := time.Date(2026, 11, 18, 10, 20, 0, 0, time.UTC)
	f := func(kind Kind, lang, text, want string) {
		t.Helper()
		r := Find(kind, lang, text, Options{Now: now})
		got := r.Value
		if r.Doubt != reading.Certain {
			got = r.Doubt.String() + " " + got
		}
		if got != want {
			t.Errorf("%s %s %q = %q, want %q", kind, lang, text, got, want)
		}
	}
	f(Number, "zh-CN", "负三点五", "-3.5")
	f(Count, "zh-CN", "我们三个人", "3")
	f(Count, "zh", "就我一个", "1")
	f(Count, "en", "just me", "1")
	f(Count, "en-US", "a table for four people", "4")
	f(Digits, "cmn", "幺二三四", "1234")
	f(Money, "zh", "三百块五毛", "300.50 CNY")
	f(Phone, "en", "415 555 1212", "4155551212")
	f(IDCard, "zh", "11010519491231002X", "11010519491231002X")
	f(BankCard, "en", "4111111111111111", "4111111111111111")
	f(Plate, "zh", "京A12345", "京A12345")
	f(Code, "en", "alpha one two", "A12")
	f(Date, "zh", "大后天", "2026-11-21")
	f(Time, "en", "half past three pm", "15:30")
	f(Duration, "en", "two hours", "PT2H")
	f(YesNo, "zh", "没错", "yes")
	f(YesNo, "en", "nope", "no")
	f(YesNo, "en", "the weather", "")
	f(Kind("colour"), "en", "red", "")
}

func TestName(t *testing.T) {
	list, err := name.NewList([]name.Item{{Name: "billing"}, {Name: "repairs"}})
	if err != nil {
		t.Fatal(err)
	}
	if r := Find(Name, "en", "the billing please", Options{Names: list}); r.Value != "billing" {
		t.Errorf("%+v", r)
	}
	if r := Find(Name, "en", "billing", Options{}); r.Found() {
		t.Errorf("%+v of no list", r)
	}
}

func TestParseKind(t *testing.T) {
	f := func(s string, want Kind, fails bool) {
		t.Helper()
		k, err := ParseKind(s)
		if k != want || (err != nil) != fails {
			t.Errorf("ParseKind(%q) = %q, %v", s, k, err)
		}
	}
	for _, k := range Kinds() {
		f(string(k), k, false)
	}
	f("Telephone", Phone, false)
	f("cardinal", Number, false)
	f("colour", "", true)
}

func TestAll(t *testing.T) {
	f := func(kind Kind, lang, text, want string) {
		t.Helper()
		var got []string
		for _, r := range All(kind, lang, text, Options{}) {
			got = append(got, r.Value)
		}
		if g := strings.Join(got, " "); g != want {
			t.Errorf("All(%s, %q) = %s, want %s", kind, text, g, want)
		}
	}
	f(Number, "zh", "二十五和三十六", "25 36")
	f(Money, "en", "five dollars and ten euros", "5.00 USD 10.00 EUR")
	f(Time, "zh", "上午八点到下午三点半", "08:00/15:30")
	f(Phone, "en", "call 415 555 1212", "4155551212")
	f(Phone, "en", "call me", "")
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"三百块五毛", "half past three pm", "京A12345", "no that's right", "一三八不对一三九"} {
		f.Add(s, "138")
	}
	f.Fuzz(func(t *testing.T, s, before string) {
		for _, k := range Kinds() {
			for _, lang := range []string{"zh", "en"} {
				for _, r := range append(All(k, lang, s, Options{}), Find(k, lang, s, Options{Before: before})) {
					if r.Start < 0 || r.End > len(s) || r.Start > r.End || !r.Found() && r.Value != "" {
						t.Fatalf("%s %s %q: %+v", k, lang, s, r)
					}
					if len(r.Others) > 0 && r.Doubt != reading.Ambiguous {
						t.Fatalf("%s %s %q: others of a %v reading: %+v", k, lang, s, r.Doubt, r)
					}
				}
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	for b.Loop() {
		Find(Money, "zh", "嗯帮我转三千三百八十元五角八分给小王", Options{})
	}
}
