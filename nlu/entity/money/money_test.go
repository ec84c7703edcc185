package money

import (
	"strings"
	"testing"

	"trunkline/nlu/entity/reading"
)

func TestFind(t *testing.T) {
	f := func(lang, text, want string) {
		t.Helper()
		r := Find(lang, text, Options{})
		got := r.Value
		if r.Doubt != reading.Certain {
			got = r.Doubt.String() + " " + got
		}
		if len(r.Others) > 0 {
			got += " or " + strings.Join(r.Others, ", ")
		}
		if got != want {
			t.Errorf("%s %q = %q, want %q", lang, text, got, want)
		}
	}
	f("en", "to hundred fifty dollars", "ambiguous 250.00 USD or 150.00 USD")
	f("en", "I paid for hundred dollars", "ambiguous 400.00 USD or 100.00 USD")
	f("en", "too thousand bucks please", "ambiguous 2000.00 USD or 1000.00 USD")
	f("en", "for two hundred dollars", "200.00 USD")
	f("en", "five to hundred percent", "")
	f("zh", "一百五", "150.00 CNY")
	f("zh", "一百五十块", "150.00 CNY")
	f("zh", "两万三", "23000.00 CNY")
	f("zh", "一千零五元", "1005.00 CNY")
	f("zh", "三块五", "3.50 CNY")
	f("zh", "三块五毛二", "3.52 CNY")
	f("zh", "三块零五分", "3.05 CNY")
	f("zh", "三块零五", "3.05 CNY")
	f("zh", "两块二五", "2.25 CNY")
	f("zh", "五毛", "0.50 CNY")
	f("zh", "五分钱", "0.05 CNY")
	f("zh", "两块半", "2.50 CNY")
	f("zh", "三千三百八十元五角八分", "3380.58 CNY")
	f("zh", "一百五十块零五毛", "150.50 CNY")
	f("zh", "十来块", "vague 10.00 CNY")
	f("zh", "几十块", "vague ")
	f("zh", "七百三四十欧元", "vague 730.00~740.00 EUR")
	f("zh", "€730-40", "vague 730.00~740.00 EUR")
	f("zh", "一点二五元", "1.25 CNY")
	f("zh", "一个亿", "100000000.00 CNY")
	f("zh", "五百 不对 六百块", "600.00 CNY")
	f("zh", "三百块五个", "300.00 CNY")
	f("zh", "大概五百块", "vague 500.00 CNY")
	f("zh", "转三百块给小王", "300.00 CNY")
	f("zh", "我们一块去", "")
	f("zh", "有三个人", "")
	f("zh", "嗯是两百三", "230.00 CNY")
	f("zh", "给我充五十", "50.00 CNY")
	f("zh", "五百左右", "vague 500.00 CNY")
	f("zh", "1万8", "18000.00 CNY")
	f("zh", "三百，不，五百", "500.00 CNY")
	f("zh", "不是三百是五百", "500.00 CNY")
	f("zh", "十二元五", "12.50 CNY")
	f("en", "five hundred not four hundred", "500.00 USD")
	f("en", "half a dollar", "0.50 USD")
	f("en", "five dollars and a half", "5.50 USD")
	f("en", "two dollars", "2.00 USD")
	f("en", "four united states dollars and sixty nine cents", "4.69 USD")
	f("en", "seventy five dollars sixty three", "75.63 USD")
	f("en", "one fifty five dollars", "155.00 USD")
	f("en", "fifteen hundred", "1500.00 USD")
	f("en", "two fifty", "ambiguous 250.00 USD or 2.50 USD")
	f("en", "a grand", "1000.00 USD")
	f("en", "two grand", "2000.00 USD")
	f("en", "a buck fifty", "1.50 USD")
	f("en", "half a million dollars", "500000.00 USD")
	f("en", "five k", "5000.00 USD")
	f("en", "$.506", "0.506 USD")
	f("en", "$0.2 million", "200000.00 USD")
	f("en", "1.69 billion yuan", "1690000000.00 CNY")
	f("en", "point five o six dollars", "0.506 USD")
	f("en", "a few dollars", "vague ")
	f("en", "fifty pence", "0.50 GBP")
	f("en", "five hundred sorry six hundred dollars", "600.00 USD")
	f("en", "what is the pound worth", "")
	f("en", "five dollars or ten dollars", "ambiguous 5.00 USD or 10.00 USD")
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"三块五毛二", "$.5", "€730-40", "a buck fifty", "两角五分", "RM1", "¥", "三块零"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, lang := range []string{"zh", "en"} {
			r := Find(lang, s, Options{})
			if r.Start < 0 || r.End > len(s) || r.Start > r.End || !r.Found() && r.Value != "" {
				t.Fatalf("%s %q: %+v", lang, s, r)
			}
		}
	})
}
