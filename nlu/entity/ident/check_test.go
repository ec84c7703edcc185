package ident

import (
	"testing"

	"trunkline/nlu/entity/reading"
)

type reader func(lang, text string, o Options) reading.Reading

func check(t *testing.T, read reader) func(lang, text, want string) {
	return func(lang, text, want string) {
		t.Helper()
		r := read(lang, text, Options{})
		got := r.Value
		if r.Doubt != reading.Certain {
			got += " " + r.Doubt.String()
		}
		if got != want {
			t.Errorf("%s %q = %q, want %q (%s)", lang, text, got, want, r.Why)
		}
	}
}

func TestPhone(t *testing.T) {
	f := check(t, Phone)
	f("zh", "我的手机号是幺三八零零一三八零零零", "13800138000")
	f("zh", "加八六幺三八零零一三八零零零", "13800138000")
	f("zh", "区号零一零 六二七八五零零一", "01062785001")
	f("zh", "零一零六二七八五零零一转三零二", "01062785001;ext=302")
	f("zh", "四百八百二八八二零", "40080028820 failed")
	f("zh", "四百 八二零 八八二零", "4008208820")
	f("zh", "一三八 零零幺三 不对 零零幺四 八零零零", "13800148000")
	f("zh", "138 0013 八零零零", "13800138000")
	f("zh", "一三八零零一", "138001 incomplete")
	f("zh", "有三个人", "")
	f("zh", "幺幺零", "110")
	f("en", "four one five five five five one two one two", "4155551212")
	f("en", "plus forty four twenty seven nine four six oh nine five eight", "+44279460958")
	f("en", "eight hundred five five five one two one two extension forty two", "8005551212;ext=42")
	f("en", "(415) 555-1212", "4155551212")
	f("en", "four one five triple five one two one two", "4155551212")
	f("en", "i have two dogs", "")
}

func TestIDCard(t *testing.T) {
	f := check(t, IDCard)
	f("zh", "幺幺零幺零五幺九四九幺二三幺零零二叉", "11010519491231002X")
	f("zh", "110105 19491231 002 埃克斯", "11010519491231002X")
	f("zh", "110105194912310021", "110105194912310021 failed")
	f("zh", "990105194912310021", "990105194912310021 failed")
	f("zh", "110105194913310021", "110105194913310021 failed")
	f("zh", "幺幺零幺零五幺九四九", "1101051949 incomplete")
	f("zh", "11010519491231002*", "11010519491231002X")
	f("zh", "110105 19491230 不对 1231 002 叉", "11010519491231002X")
	f("zh", "我没有", "")
}

func TestBankCard(t *testing.T) {
	f := check(t, BankCard)
	f("en", "four one one one double one double one one one one one triple one one", "4111111111111111")
	f("en", "4111 1111 1111 1112", "4111111111111112 failed")
	f("zh", "六二二二零二幺二三四五六七八九零幺二三", "6222021234567890123 failed")
	f("zh", "4111 1111", "41111111 incomplete")
}

func TestPlate(t *testing.T) {
	f := check(t, Plate)
	f("zh", "京A12345", "京A12345")
	f("zh", "车牌是京 a 一二三四五", "京A12345")
	f("zh", "粤B D一二三四五", "粤BD12345")
	f("zh", "月 b 三个八 六六", "粤B88866")
	f("zh", "沪A一二三四D", "沪A1234D")
	f("zh", "沪AD一二三", "沪AD123 incomplete")
	f("zh", "鲁b一二三不对一二四五六", "鲁B12456")
	f("zh", "川A1234学", "川A1234学")
	f("zh", "京A ABC DE", "京AABCDE failed")
	f("zh", "苏州在哪里", "")
	f("zh", "北京的京 a b 1 2 3 4", "京AB1234")
}

func TestIDCheckIsExact(t *testing.T) {
	right := 0
	for _, c := range []byte("0123456789X") {
		if checkID("11010519491231002"+string(c), Options{}.Today) == "" {
			right++
		}
	}
	if right != 1 {
		t.Errorf("%d of 11 check characters pass", right)
	}
}

func FuzzReaders(f *testing.F) {
	for _, s := range []string{"一三八不对一三九", "京A12345", "not", "不是九是七", "double u oh", "110105 19491231 002 叉", "eight hundred", "三个"} {
		f.Add(s, "138")
	}
	f.Fuzz(func(t *testing.T, s, before string) {
		for _, read := range []reader{Digits, Phone, IDCard, BankCard, Plate, Spelled} {
			for _, lang := range []string{"zh", "en"} {
				r := read(lang, s, Options{Before: before})
				if r.Start < 0 || r.End > len(s) || r.Start > r.End || !r.Found() && r.Value != "" {
					t.Fatalf("%s %q: %+v", lang, s, r)
				}
			}
		}
	})
}

func TestLuhn(t *testing.T) {
	f := func(digits string, want bool) {
		t.Helper()
		if Luhn(digits) != want {
			t.Errorf("%q: want %v", digits, want)
		}
	}
	f("4111111111111111", true)
	f("4111111111111112", false)
	f("79927398713", true)
	f("79927398710", false)
	f("0", true)
	f("", false)
	f("4*1", false)
}
