package name

import (
	"fmt"
	"strings"
	"testing"

	"trunkline/nlu/entity/reading"
)

func list(tb testing.TB, lines ...string) *List {
	tb.Helper()
	var items []Item
	for _, line := range lines {
		all := strings.Split(line, "|")
		items = append(items, Item{Name: all[0], Synonyms: all[1:]})
	}
	l, err := NewList(items)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

func TestFind(t *testing.T) {
	var l *List
	f := func(text, want, span string, doubt reading.Doubt) {
		t.Helper()
		r := l.Find(text)
		got := strings.Join(append([]string{r.Value}, r.Others...), " | ")
		if got != want || text[r.Start:r.End] != span || r.Doubt != doubt {
			t.Errorf("Find(%q) = %s at %q, %v (%s); want %s at %q, %v; ranked %v", text, got, text[r.Start:r.End], r.Doubt, r.Why, want, span, doubt, l.Rank(text, 3))
		}
	}
	l = list(t, "张伟", "李娜", "王芳", "刘洋", "陈灵通")
	f("我找张伟", "张伟", "张伟", reading.Certain)
	f("请转章伟", "张伟", "章伟", reading.Certain)
	f("转接陈领通谢谢", "陈灵通", "陈领通", reading.Certain)
	f("找一下赞伟", "张伟", "赞伟", reading.Certain)
	f("找牛洋", "刘洋", "牛洋", reading.Certain)
	f("你那有什么", "李娜", "你那", reading.Ambiguous)
	f("我要查余额", "", "", reading.Certain)
	f("", "", "", reading.Certain)

	l = list(t, "张伟", "章伟", "周杰")
	f("找张伟", "张伟 | 章伟", "张伟", reading.Ambiguous)

	l = list(t, "上海分公司|沪分公司", "北京分公司", "广州分公司", "上海浦东分公司")
	f("帮我转上海分公司", "上海分公司", "上海分公司", reading.Certain)
	f("北京", "北京分公司", "北京", reading.Certain)
	f("上海浦东", "上海浦东分公司", "上海浦东", reading.Certain)
	f("分公司", "", "", reading.Certain)

	l = list(t, "Stephen Smith", "Catherine Jones|Katie", "Brian O'Neill", "Newcastle Branch", "Oxford Branch", "Mary Smith")
	f("could I speak to steven smyth please", "Stephen Smith", "steven smyth", reading.Ambiguous)
	f("Katherine Jones", "Catherine Jones", "Katherine Jones", reading.Certain)
	f("put me through to katie", "Catherine Jones", "katie", reading.Certain)
	f("bryan oneill", "Brian O'Neill", "bryan oneill", reading.Certain)
	f("the new castle branch", "Newcastle Branch", "new castle branch", reading.Certain)
	f("oxford", "Oxford Branch", "oxford", reading.Certain)
	f("mister smith", "Stephen Smith | Mary Smith", "smith", reading.Ambiguous)
	f("what is my balance", "", "", reading.Certain)
	f("the branch", "Newcastle Branch | Oxford Branch", "branch", reading.Ambiguous)
}

func TestNewList(t *testing.T) {
	f := func(want string, items ...Item) {
		t.Helper()
		if _, err := NewList(items); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewList(%v): %v; want one about %q", items, err, want)
		}
	}
	f("no items")
	f(`item 2 ("")`, Item{Name: "a"}, Item{})
	f(`"?!" has no letters`, Item{Name: "a", Synonyms: []string{"?!"}})
}

func TestRank(t *testing.T) {
	l := list(t, "red", "green", "blue")
	got := l.Rank("green or blew", 2)
	if len(got) != 2 || got[0].Name != "green" || got[0].Score != 1 || got[1].Name != "blue" || got[1].Score >= 1 {
		t.Errorf("Rank = %v", got)
	}
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"我找章伟", "steven smyth", "new castle", "\xff張", "1 2 3", "O'Neill"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		l, err := NewList([]Item{{Name: name}, {Name: "张伟"}, {Name: "Stephen Smith"}})
		if err != nil {
			return
		}
		r := l.Find(text)
		if r.Start < 0 || r.End > len(text) || r.Start > r.End || r.Found() != (r.Value != "") {
			t.Errorf("Find(%q) = %+v", text, r)
		}
		for _, m := range l.Rank(text, 0) {
			if m.Score < 0 || m.Score > 1+1e-9 {
				t.Errorf("Rank(%q): %+v", text, m)
			}
		}
	})
}

func BenchmarkFind(b *testing.B) {
	var lines []string
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf("%c%c%c", 0x4E00+i*7, 0x5E00+i*11, 0x6E00+i*3))
	}
	l := list(b, lines...)
	for b.Loop() {
		l.Find("你好请帮我转接一下技术部的陈领通谢谢")
	}
}
