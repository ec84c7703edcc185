package ident

import (
	"testing"

	"trunkline/nlu/entity/reading"
)

func TestDigits(t *testing.T) {
	f := func(lang, text, want string, lengths ...int) {
		t.Helper()
		r := Digits(lang, text, Options{Lengths: lengths})
		got := r.Value
		if r.Doubt != reading.Certain {
			got += " " + r.Doubt.String()
		}
		if got != want {
			t.Errorf("%s %q = %q, want %q (%s)", lang, text, got, want, r.Why)
		}
	}
	f("zh", "幺三八零零洞两", "1380002")
	f("zh", "一三八三个八", "138888")
	f("zh", "四百八百", "400800")
	f("zh", "八百八二零八八二零", "8008208820")
	f("zh", "一三八，不对，一三九一二三四五六七八", "13912345678", 11)
	f("zh", "一三八一二三四 不对 一二三五 五六七八", "13812355678", 11)
	f("zh", "一三八一二三四五六七八 不对 一三九", "13912345678", 11)
	f("zh", "一二三四五六 不是六是七", "123457")
	f("zh", "一三八 呃 一三八 一二三四 五六七八", "13812345678", 11)
	f("zh", "一二三 重来 四五六七", "4567")
	f("zh", "一三要八", "1318")
	f("zh", "我要三八", "38")
	f("zh", "1 3 8 一二三四", "1381234")
	f("zh", "三百块钱", "")
	f("zh", "两个八一个六", "886")
	f("zh", "一三五七 不不 一三五八", "1358")
	f("zh", "五", "5")
	f("zh", "一三八", "138 incomplete", 11)
	f("zh", "一二三四五六七", "1234567 failed", 4, 6)
	f("en", "one two three double four oh", "123440")
	f("en", "one eight hundred five five five one two one two", "18005551212")
	f("en", "eight hundred forty two", "842")
	f("en", "forty two sixty", "4260")
	f("en", "four one five uh five five five one two three four sorry five not four", "4155551235")
	f("en", "one two three no wait one two four", "124")
	f("en", "my pin is one too three for five", "12345")
	f("en", "seven nine nine", "799")
	f("en", "twelve thousand dollars", "")
	f("en", "i need to go for one", "")
	f("en", "it ends in four four two two", "4422")
	f("en", "since 2019", "")
	f("en", "triple seven", "777")
	f("en", "one two three four five, sorry, seven not five", "12347")
	f("en", "one two let me start over three four five", "345")
	f("en", "4 1 2 nine nine", "41299")
}

func TestContinue(t *testing.T) {
	f := func(lang, before, text, want string) {
		t.Helper()
		if r := Digits(lang, text, Options{Lengths: []int{11}, Before: before}); r.Value != want {
			t.Errorf("%s then %q = %+v, want %s", before, text, r, want)
		}
	}
	f("zh", "1381234", "五六七八", "13812345678")
	f("zh", "1381234", "不对 一二三五 五六七八", "13812355678")
	f("en", "415555", "one two three four five", "41555512345")
}

func TestSpelled(t *testing.T) {
	f := func(lang, text, want string) {
		t.Helper()
		if r := Spelled(lang, text, Options{}); r.Value != want {
			t.Errorf("%q = %+v, want %s", text, r, want)
		}
	}
	f("en", "a b nine", "AB9")
	f("en", "five w k r a three one", "5WKRA31")
	f("en", "a as in alpha double seven dash nine", "A779")
	f("en", "bravo for bravo two", "B2")
	f("en", "b for boy two x", "B2X")
	f("en", "double u one", "W1")
	f("en", "r t x forty fifty t i", "RTX4050TI")
	f("en", "one two three dot o dot four o", "123.0.40")
	f("en", "what is this", "")
	f("en", "PNR is ABC123", "ABC123")
	f("en", "x ray seven", "X7")
	f("en", "how do i roll over my 401k", "")
	f("zh", "a b 一二三", "AB123")
}
