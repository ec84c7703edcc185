package when

import (
	"strings"
	"testing"
	"time"

	"trunkline/nlu/entity/reading"
)

// wednesday is the moment of speaking in these tests, the 18th of November 2026, 10:20.
func wednesday() time.Time {
	return time.Date(2026, 11, 18, 10, 20, 0, 0, time.FixedZone("CST", 8*3600))
}

// check reads a text and compares value, span ("" for all of it) and alternatives, "v | v".
func check(t *testing.T, opts Options, text, span, want string, doubt reading.Doubt) {
	t.Helper()
	r := Read(text, opts)
	got := strings.Join(append([]string{r.Value}, r.Others...), " | ")
	if got != want || r.Doubt != doubt {
		t.Errorf("Read(%q) = %s, %v (%s); want %s, %v", text, got, r.Doubt, r.Why, want, doubt)
	}
	if span == "" {
		span = text
	}
	if opts.Expect == Date {
		span = strings.TrimPrefix(span, "the ")
	}
	if r.Found() && text[r.Start:r.End] != span {
		t.Errorf("Read(%q) spans %q; want %q", text, text[r.Start:r.End], span)
	}
	if (r.Doubt == reading.Certain) != (r.Why == "") {
		t.Errorf("Read(%q) is %v because %q", text, r.Doubt, r.Why)
	}
}

func TestChineseTimes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		check(t, Options{Language: "zh", Now: wednesday()}, text, "", want, reading.Certain)
	}
	f("下午三点", "15:00")
	f("下午两点半", "14:30")
	f("上午十点一刻", "10:15")
	f("晚上八点四十", "20:40")
	f("晚上十二点", "00:00")
	f("中午十二点", "12:00")
	f("中午一点", "13:00")
	f("凌晨两点", "02:00")
	f("零点十分", "00:10")
	f("十三点十分三十六秒", "13:10:36")
	f("二十点", "20:00")
	f("正午", "12:00")
	f("早上差五分八点", "07:55")
	f("下午三点差一刻", "14:45")
	f("下午三点到五点", "15:00/17:00")
	f("上午十点到下午两点", "10:00/14:00")
	f("下午3点半", "15:30")
	f("15:30", "15:30")
	f("傍晚六点", "18:00")
	f("晚上八点过五分", "20:05")
	f("早八点", "08:00")
}

func TestEnglishTimes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		check(t, Options{Language: "en", Now: wednesday()}, text, "", want, reading.Certain)
	}
	f("two p m", "14:00")
	f("7 p.m.", "19:00")
	f("seven thirty pm", "19:30")
	f("five thirty in the afternoon", "17:30")
	f("quarter to six pm", "17:45")
	f("ten to twelve pm", "11:50")
	f("half past eight in the evening", "20:30")
	f("half seven pm", "19:30")
	f("noon", "12:00")
	f("midnight", "00:00")
	f("oh nine hundred", "09:00")
	f("thirteen hundred hours", "13:00")
	f("one min to one am", "00:59")
	f("13:45", "13:45")
	f("10 in the morning", "10:00")
	f("seven a m e s t", "07:00-05:00")
	f("9pm eastern time", "21:00[America/New_York]")
	f("between 5 and 6 pm", "17:00/18:00")
	f("from nine am to noon", "09:00/12:00")
	f("11 to 1 pm", "11:00/13:00")
	f("twelve noon", "12:00")
}

func TestTwoHalves(t *testing.T) {
	f := func(lang, text, want string) {
		t.Helper()
		check(t, Options{Language: lang, Now: wednesday()}, text, "", want, reading.Ambiguous)
	}
	f("zh", "三点一刻", "03:15 | 15:15")
	f("zh", "差五分八点", "07:55 | 19:55")
	f("zh", "八点半", "08:30 | 20:30")
	f("zh", "三点到五点", "03:00/05:00 | 15:00/17:00")
	f("en", "two thirty", "02:30 | 14:30")
	f("en", "quarter to six", "05:45 | 17:45")
	f("en", "quarter to one", "12:45 | 00:45")
	f("en", "half past twelve", "12:30 | 00:30")
	f("en", "half seven", "07:30 | 19:30")
	f("en", "eight o six", "08:06 | 20:06")
	f("en", "three o'clock", "03:00 | 15:00")
	f("en", "eight oclock g m t", "08:00Z | 20:00Z")

	open := Options{Language: "en", Now: wednesday(), Hours: [2]int{9, 18}}
	check(t, open, "two thirty", "", "14:30", reading.Certain)
	check(t, open, "nine", "", "", reading.Certain)
	open.Expect = Time
	check(t, open, "nine", "", "09:00", reading.Certain)
	check(t, open, "twenty to", "", "10:40", reading.Certain)
}

func TestMoments(t *testing.T) {
	f := func(lang, text, want string, doubt reading.Doubt) {
		t.Helper()
		check(t, Options{Language: lang, Now: wednesday()}, text, "", want, doubt)
	}
	f("zh", "明天下午三点", "2026-11-19T15:00", reading.Certain)
	f("zh", "下周三上午十点半", "2026-11-25T10:30", reading.Certain)
	f("zh", "今天三点", "2026-11-18T15:00", reading.Certain) // three in the morning is over
	f("zh", "今晚八点", "2026-11-18T20:00", reading.Certain)
	f("zh", "明早七点", "2026-11-19T07:00", reading.Certain)
	f("zh", "今天晚上一点", "2026-11-19T01:00", reading.Certain)
	f("zh", "半小时后", "2026-11-18T10:50", reading.Certain)
	f("zh", "两个半小时以后", "2026-11-18T12:50", reading.Certain)
	f("zh", "八月八号下午两点到四点", "2027-08-08T14:00/2027-08-08T16:00", reading.Certain)
	f("zh", "明天晚上", "2026-11-19T20:00/2026-11-19T24:00", reading.Vague)
	f("en", "tomorrow evening around 7ish", "2026-11-19T19:00", reading.Certain)
	f("en", "tomorrow at half seven", "2026-11-19T07:30 | 2026-11-19T19:30", reading.Ambiguous)
	f("en", "tonight at 8", "2026-11-18T20:00", reading.Certain)
	f("en", "8 tonight", "2026-11-18T20:00", reading.Certain)
	f("en", "quarter past 6 on friday evening", "2026-11-20T18:15", reading.Certain)
	f("en", "friday the 20th at 5 pm", "2026-11-20T17:00", reading.Certain)
	f("en", "the day after tomorrow at noon", "2026-11-20T12:00", reading.Certain)
	f("en", "in half an hour", "2026-11-18T10:50", reading.Certain)
	f("en", "an hour and a half from now", "2026-11-18T11:50", reading.Certain)
	f("en", "9am on friday", "2026-11-20T09:00", reading.Certain)
	f("en", "march 1 at 10 am", "2027-03-01T10:00", reading.Certain)
	f("en", "tomorrow between 5 and 6 pm", "2026-11-19T17:00/2026-11-19T18:00", reading.Certain)
}

func TestDoubt(t *testing.T) {
	f := func(lang, text, want string, doubt reading.Doubt) {
		t.Helper()
		check(t, Options{Language: lang, Now: wednesday()}, text, "", want, doubt)
	}
	f("zh", "二月三十号", "--02-30", reading.Failed)
	f("zh", "二零二七年二月二十九日", "2027-02-29", reading.Failed)
	f("zh", "周三", "2026-11-25 | 2026-11-18", reading.Ambiguous)
	f("zh", "月底", "2026-11-21/2026-11-30", reading.Vague)
	f("zh", "下个月初", "2026-12-01/2026-12-10", reading.Vague)
	f("zh", "年底", "2026-12", reading.Vague)
	f("zh", "农历八月十五", "", reading.Vague)
	f("zh", "春节", "", reading.Vague)
	f("zh", "十二月三号星期五", "2026-12-03 | 2026-11-20", reading.Ambiguous)
	f("en", "february 30th", "--02-30", reading.Failed)
	f("en", "25:10", "25:10", reading.Failed)
	f("en", "next friday", "2026-11-27 | 2026-11-20", reading.Ambiguous)
	f("en", "3/4", "2027-03-04 | 2027-04-03", reading.Ambiguous)
	f("en-GB", "3/4", "2027-04-03", reading.Certain)
	f("en-US", "3/4", "2027-03-04", reading.Certain)
	f("en", "the end of the month", "2026-11-21/2026-11-30", reading.Vague)
	check(t, Options{Language: "en", Expect: Time}, "twenty to", "", "", reading.Incomplete)
	check(t, Options{Language: "en"}, "tomorrow", "", "", reading.Vague)
}

func TestWithoutNow(t *testing.T) {
	f := func(lang, text, want string) {
		t.Helper()
		check(t, Options{Language: lang, Expect: Date}, text, "", want, reading.Certain)
	}
	f("zh", "八月八号", "--08-08")
	f("zh", "三号", "---03")
	f("zh", "八月", "--08")
	f("en", "the fifteenth of january", "--01-15")
	f("en", "the third", "---03")
}

func TestPast(t *testing.T) {
	f := func(lang, text, want string, doubt reading.Doubt) {
		t.Helper()
		check(t, Options{Language: lang, Now: wednesday(), Expect: Date, Past: true}, text, "", want, doubt)
	}
	f("zh", "八月八号", "2026-08-08", reading.Certain)
	f("zh", "十二月一号", "2025-12-01", reading.Certain)
	f("zh", "三十一号", "2026-10-31", reading.Certain)
	f("zh", "周五", "2026-11-13", reading.Certain)
	f("en", "the fifth of may nineteen eighty five", "1985-05-05", reading.Certain)
	f("en", "december 1st", "2025-12-01", reading.Certain)
}

func TestDurations(t *testing.T) {
	f := func(lang, text, want string) {
		t.Helper()
		check(t, Options{Language: lang, Expect: Duration}, text, "", want, reading.Certain)
	}
	f("zh", "三天", "P3D")
	f("zh", "两个半小时", "PT2H30M")
	f("zh", "半小时", "PT30M")
	f("zh", "一个小时零五分钟", "PT1H5M")
	f("zh", "一年半", "P1Y6M")
	f("zh", "三个月", "P3M")
	f("zh", "一刻钟", "PT15M")
	f("zh", "两周", "P2W")
	f("en", "two weeks", "P2W")
	f("en", "an hour and a half", "PT1H30M")
	f("en", "two and a half hours", "PT2H30M")
	f("en", "half an hour", "PT30M")
	f("en", "one hour and thirty minutes", "PT1H30M")
	f("en", "ninety minutes", "PT90M")
	f("en", "a couple of days", "P2D")
	f("en", "three quarters of an hour", "PT45M")
}

func TestInSentences(t *testing.T) {
	f := func(lang string, kind Kind, text, span, want string, doubt reading.Doubt) {
		t.Helper()
		check(t, Options{Language: lang, Now: wednesday(), Expect: kind}, text, span, want, doubt)
	}
	f("en", Time, "for two people on Friday at half seven", "half seven", "07:30 | 19:30", reading.Ambiguous)
	f("en", Date, "for two people on Friday at half seven", "Friday", "2026-11-20", reading.Certain)
	f("en", Time, "a table for 4 at 7 please", "7", "07:00 | 19:00", reading.Ambiguous)
	f("en", Time, "tomorrow evening at about 6:30 for 3", "6:30", "18:30", reading.Certain)
	f("en", Any, "set alarm at ten to eleven pm", "ten to eleven pm", "22:50", reading.Certain)
	f("en", Date, "can I come on the third, please", "the third", "2026-12-03", reading.Certain)
	f("zh", Any, "帮我约下周三下午两点半的号", "下周三下午两点半", "2026-11-25T14:30", reading.Certain)
	f("zh", Time, "我大概下午三点到", "下午三点", "15:00", reading.Certain)
}

func TestNothing(t *testing.T) {
	f := func(lang string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if all := All(text, Options{Language: lang, Now: wednesday()}); len(all) > 0 {
				t.Errorf("All(%q) = %+v; want nothing", text, all)
			}
		}
	}
	f("en", "", "I may march to the bank", "the second one", "what is 89 divided by 3", "should I stay at 17 in blackjack", "two people",
		"give me five", "transfer three hundred dollars", "press one", "for two hours", "the first national bank", "what is 3/4 of ten%")
	f("zh", "", "便宜一点的", "有一点贵", "三号线怎么走", "评分4.5分以上", "周边有什么", "北京四季酒店", "三个人", "我要一百五十块", "玩两小时", "几点开门", "三点建议", "三十二号")
}

func TestAll(t *testing.T) {
	var got []string
	for _, f := range All("either friday at 5 pm or next monday at noon", Options{Language: "en", Now: wednesday()}) {
		got = append(got, f.Kind.String()+" "+f.Value)
	}
	if s := strings.Join(got, ", "); s != "any 2026-11-20T17:00, any 2026-11-23T12:00" {
		t.Errorf("All: %s", s)
	}
}

func TestWritten(t *testing.T) {
	f := func(lang string, kind Kind, text, want string) {
		t.Helper()
		if got, ok := Written(text, Options{Language: lang, Expect: kind}); got != want || ok != (want != "") {
			t.Errorf("Written(%q) = %q, %t; want %q", text, got, ok, want)
		}
	}
	f("en", Date, "july 25 2012", "2012-07-25")
	f("en", Date, "25 july 2012", "2012-07-25")
	f("en", Date, "january 1", "--01-01")
	f("en", Date, "march 1665", "1665-03")
	f("en", Date, "1980s", "198X")
	f("en", Date, "Q2 2022", "2022-Q2")
	f("en", Date, "750BC", "-0749")
	f("en", Time, "08:00 gmt", "08:00Z")
	f("en", Time, "07:00 a.m. est", "07:00-05:00")
	f("en", Time, "11:55 p.m.", "23:55")
	f("zh", Date, "2008/08/08", "2008-08-08")
	f("zh", Date, "08/08", "--08-08")
	f("zh", Date, "2005年08/05", "2005-08-05")
	f("zh", Date, "85/02/27", "1985-02-27")
	f("zh", Date, "公元163年", "0163")
	f("zh", Time, "1:02:36a.m.", "01:02:36")
	f("zh", Time, "8:05p.m.", "20:05")
	f("zh", Time, "00:10", "00:10")
	f("en", Time, "about this at 7 or so my friend", "")
	f("en", Date, "february 30 2012", "")
}

func FuzzAll(f *testing.F) {
	for _, s := range []string{
		"明天下午三点到五点", "差五分八点", "二零零八年八月八日", "tomorrow evening around 7ish", "quarter to", "from the 3rd to the 5th of may",
		"july twenty fifth two thousand twelve", "1:02:36a.m.", "85/02/27", "ten to ten to ten", "两个半小时以后", "\xff 3:", "１２：３０",
	} {
		f.Add(s, true, uint8(0))
		f.Add(s, false, uint8(1))
	}
	f.Fuzz(func(t *testing.T, text string, zh bool, kind uint8) {
		opts := Options{Language: "en", Now: wednesday(), Expect: Kind(kind & 3)}
		if zh {
			opts.Language = "zh"
		}
		last := 0
		for _, found := range All(text, opts) {
			if found.Start < last || found.End <= found.Start || found.End > len(text) {
				t.Fatalf("All(%q) spans %d to %d after %d", text, found.Start, found.End, last)
			}
			last = found.End
			if found.Doubt == reading.Certain && found.Value == "" {
				t.Errorf("All(%q): certain of nothing", text)
			}
		}
		opts.Now, opts.Past = time.Time{}, true
		All(text, opts)
	})
}

func BenchmarkRead(b *testing.B) {
	for b.Loop() {
		Read("could you book a table for two people tomorrow evening around half seven please", Options{Language: "en", Now: wednesday()})
	}
}
