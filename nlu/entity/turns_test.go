package entity

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestTurns goes through turns as callers to a restaurant, a hotel and a bank
// say them: the value and the words it takes up must come out right.
func TestTurns(t *testing.T) {
	const goal = 0.95
	data, err := os.ReadFile("testdata/turns.tsv")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC) // a Saturday
	rows, right := 0, 0
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		before, rest, _ := strings.Cut(f[2], "[")
		words, after, _ := strings.Cut(rest, "]")
		r := Find(Kind(f[0]), f[1], before+words+after, Options{Now: now})
		rows++
		if got := r.Value; got == f[3] && r.Start == len(before) && r.End == len(before)+len(words) {
			right++
			continue
		}
		t.Logf("%s %s: %s %q, want %s", f[0], f[2], r.Value, (before + words + after)[r.Start:r.End], f[3])
	}
	if float64(right) < goal*float64(rows) {
		t.Errorf("%d of %d turns right", right, rows)
	}
}

// TestNothing: sentences in which nothing of the kind was said.
func TestNothing(t *testing.T) {
	f := func(kind Kind, lang string, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if r := Find(kind, lang, text, Options{Now: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}); r.Found() {
				t.Errorf("%s %q: %s %q", kind, text, r.Value, text[r.Start:r.End])
			}
		}
	}
	f(Date, "zh", "评分4.5分以上的景点", "票价20-50元的", "能玩1-2小时的", "今日美术馆的营业时间")
	f(Date, "en", "what is the apr on my card", "may i know your name", "my first national account", "change my pin to 1234", "3 to the 6th power", "a 2015 passat")
	f(Time, "zh", "找一家好一点的餐馆", "离酒店近一点", "要是晚一点的话")
	f(Time, "en", "i want the volume at 4 please", "change my pin to 1234", "send 1000 dollars", "my game night playlist", "my morning job playlist")
	f(Duration, "zh", "7天优品酒店的电话", "要有24小时热水")
	f(Duration, "en", "how much do i make in a year", "twice a year", "are you 16 years old", "i get a day off")
	f(Count, "zh", "去看二人转", "人均消费", "这两个酒店", "推荐我一个人均消费50元的")
	f(Count, "en", "not that one")
	f(Money, "en", "transfer my 401k please", "not that one")
	f(Code, "en", "that's a yes", "what is the area of a 20 x 20 room", "roll over my 401k", "on march 4th 2019")
	f(Digits, "en", "add 456 and 781", "30% off 235", "an alarm at five fifteen", "divide 100 by 20")
	f(Number, "en", "my w-2", "at 8 pm", "on march 2", "from 3/6 - 3/9")
	f(YesNo, "zh", "可以玩3小时的景点", "你有电话吗")
	f(YesNo, "en", "go ahead an unsync my phone", "how do they say yes in brazil")
}
