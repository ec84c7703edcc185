package number

import (
	"strings"
	"testing"

	"trunkline/nlu/entity/word"
)

func TestRead(t *testing.T) {
	f := func(lang, text, want string) {
		t.Helper()
		ws := word.Cut(text)
		v, end := Read(lang, ws, 0)
		got := v.String()
		if end == 0 {
			got = "none"
		} else if v.Vague {
			got = "vague " + got
		}
		if end < len(ws) && end > 0 {
			got += " + " + text[ws[end].Start:]
		}
		if got != want {
			t.Errorf("%s %q = %q, want %q", lang, text, got, want)
		}
	}
	f("zh", "一百五", "150")
	f("zh", "两万三", "23000")
	f("zh", "一千零五", "1005")
	f("zh", "一千零五十", "1050")
	f("zh", "十", "10")
	f("zh", "一百一十五", "115")
	f("zh", "三亿五", "350000000")
	f("zh", "一万零一百一十一", "10111")
	f("zh", "一百万一千一百一十一", "1001111")
	f("zh", "100万1111", "1001111")
	f("zh", "1.5万", "15000")
	f("zh", "一点五万", "15000")
	f("zh", "三点一四", "3.14")
	f("zh", "负三点一四", "-3.14")
	f("zh", "两千三百四十五万六千七百八十九", "23456789")
	f("zh", "一万亿", "1000000000000")
	f("zh", "一亿两千万", "120000000")
	f("zh", "两个亿", "200000000")
	f("zh", "三分之一", "1/3")
	f("zh", "二分之一", "0.5")
	f("zh", "一又二分之一", "1.5")
	f("zh", "百分之五十", "50%")
	f("zh", "百分之百", "100%")
	f("zh", "50%", "50%")
	f("zh", "二零零八", "2008")
	f("zh", "七百三四十元", "vague 730~740 + 元")
	f("zh", "七八英镑", "vague 7~8 + 英镑")
	f("zh", "八九千美元", "vague 8000~9000 + 美元")
	f("zh", "十五六", "vague 15~16")
	f("zh", "十来块", "vague 10 + 块")
	f("zh", "几十块", "vague  + 块")
	f("zh", "一百多", "vague 100")
	f("zh", "百八十块", "vague  + 块")
	f("zh", "第三", "3")
	f("zh", "贰佰伍拾", "250")
	f("zh", "好的", "none")
	f("zh", "", "none")
	f("en", "two hundred and fifty four", "254")
	f("en", "eleven hundred twenty one", "1121")
	f("en", "twenty one hundred and eleven", "2111")
	f("en", "minus twenty five thousand thirty seven", "-25037")
	f("en", "twenty one crore ninety eight lakh thirty six thousand five hundred and ninety three", "219836593")
	f("en", "one hundred and two hundred", "100 + and two hundred")
	f("en", "two point five million", "2500000")
	f("en", "point five o six", "0.506")
	f("en", "one and a half million", "1500000")
	f("en", "half a million", "500000")
	f("en", "two thirds", "2/3")
	f("en", "two and three quarters", "2.75")
	f("en", "one fifty five", "155")
	f("en", "nineteen oh five", "1905")
	f("en", "nineteen ninety four", "1994")
	f("en", "two thousand twelve", "2012")
	f("en", "twenty first", "21")
	f("en", "16th", "16")
	f("en", "twenty-one", "21")
	f("en", "1,234.5", "1234.5")
	f("en", "3/4", "0.75")
	f("en", "1 1/2", "1.5")
	f("en", "5 million", "5000000")
	f("en", "fifty percent", "50%")
	f("en", "a few", "vague ")
	f("zh", "两个半", "2.5")
	f("en", "two dozen", "24")
	f("en", "twenty third", "23")
	f("en", "one half", "0.5")
	f("en", "minus", "none")
	f("en", "hundred thousand", "none")
	f("en", "a hundred thousand", "100000")
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"一百五", "三分之一", "七百三四十元", "two and three quarters", "point five", "1.5万 3/4", "-", "负", "百把", "一个亿"} {
		f.Add(s)
	}
	for _, n := range []int{64, 65, 2000} {
		f.Add(strings.Repeat("4", n))
	}
	f.Fuzz(func(t *testing.T, s string) {
		ws := word.Cut(s)
		for _, lang := range []string{"zh", "en"} {
			for i := range ws {
				v, next := Read(lang, ws, i)
				if next < i || next > len(ws) {
					t.Fatalf("%s %q from %d ends at %d", lang, s, i, next)
				}
				if next > i && v.N == nil && !v.Vague {
					t.Fatalf("%s %q at %d: a number without a number", lang, s, i)
				}
				_ = v.String()
			}
		}
	})
}

// TestMisheard: a word before a scale that sounds like a number may be one.
func TestMisheard(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var got []string
		for _, r := range All("en", text) {
			got = append(got, strings.Join(append([]string{r.Doubt.String(), r.Value}, r.Others...), " "))
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("%q = %q, want %q", text, s, want)
		}
	}
	f("to hundred fifty", "ambiguous 250 150")
	f("for hundred", "ambiguous 400 100")
	f("it is too thousand and five", "ambiguous 2005 1005")
	f("for million to be exact", "ambiguous 4000000 1000000")
	f("for two hundred", "certain 200")
	f("from five to hundred", "certain 5")
	f("up to hundred", "")
	f("to hundred percent", "")
}
