package sound

import (
	"strings"
	"testing"
	"unicode"
)

func TestPinyin(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		var got []string
		for _, r := range text {
			got = append(got, Pinyin(r))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("Pinyin of %s = %s; want %s", text, s, want)
		}
	}
	f("灵通领通", "ling tong ling tong")
	f("张章长沙", "zhang zhang chang sha")
	f("女旅略〇", "nv lv lve ling")
	f("上海浦东分公司", "shang hai pu dong fen gong si")
	f("aβ3。", "   ")
}

// TestPinyinIsWhole: every common character has a reading, and each one only once.
func TestPinyinIsWhole(t *testing.T) {
	seen := map[rune]string{}
	for line := range strings.Lines(readings) {
		syllable, chars, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.Trim(syllable, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("odd line %q", line)
		}
		for _, r := range chars {
			if !unicode.Is(unicode.Han, r) || seen[r] != "" {
				t.Errorf("%c of %s: not Han, or read %q already", r, syllable, seen[r])
			}
			seen[r] = syllable
			if got := Pinyin(r); got != syllable {
				t.Errorf("Pinyin(%c) = %q; want %q", r, got, syllable)
			}
		}
	}
	if len(seen) < 20_000 {
		t.Errorf("%d characters; the block has 20,900 with readings", len(seen))
	}
}

func TestFuzzy(t *testing.T) {
	same := func(a, b string) {
		t.Helper()
		if x, y := Fuzzy(a), Fuzzy(b); x != y {
			t.Errorf("Fuzzy(%s) = %s, Fuzzy(%s) = %s; want the same", a, x, b, y)
		}
	}
	same("zhang", "zan")
	same("si", "shi")
	same("chen", "ceng")
	same("lin", "ling")
	same("niu", "liu")
	same("ren", "len")
	same("hu", "fu")
	same("huang", "fang")
	same("hui", "fei")
	same("huan", "fan")

	differ := func(a, b string) {
		t.Helper()
		if x, y := Fuzzy(a), Fuzzy(b); x == y {
			t.Errorf("Fuzzy(%s) = Fuzzy(%s) = %s; want two", a, b, x)
		}
	}
	differ("ba", "pa")
	differ("shi", "qi")
	differ("hong", "feng")
	differ("an", "en")
	differ("", "a")
}

func TestEnglish(t *testing.T) {
	f := func(want string, words ...string) {
		t.Helper()
		for _, w := range words {
			if got := English(w); got != want {
				t.Errorf("English(%q) = %q; want %q", w, got, want)
			}
		}
	}
	f("SM0", "Smith", "Smyth", "SMITHE")
	f("FLP", "Philip", "Filip", "Phillip")
	f("KNTR", "Kander", "Candor", "gonder")
	f("NT", "night", "knight", "neat")
	f("RT", "write", "right", "rite")
	f("JK", "Jack")
	f("XN", "Shawn", "Chin")
	f("STFN", "Stephen", "Steven")
	f("KRS", "Chris", "Kris")
	f("MKTNLT", "McDonald", "MacDonald")
	f("HRT", "Howard", "heart")
	f("ANRK", "Enrique")
	f("KF", "Cough", "cove")
	f("", "", "张", "42")
	f("PRN", "Bryan", "Brian", "Brien")
}

func TestPhones(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		if got := Phones(text); strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("Phones(%q) = %q; want %q", text, got, want)
		}
	}
	f("张三 Smith", "zhang", "san", "SM0")
	f("A座12楼", "A", "zuo", "1", "2", "lou")
	f("O'Brien, b.", "APRN", "P")
	f("  ")
}

func TestDistance(t *testing.T) {
	f := func(a, b string, want float64) {
		t.Helper()
		x, y := Phones(a), Phones(b)
		if got := Distance(x, y); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("Distance(%v, %v) = %v; want %v", x, y, got, want)
		}
		if got := Distance(y, x); got < want-1e-9 || got > want+1e-9 {
			t.Errorf("Distance(%v, %v) = %v; want %v", y, x, got, want)
		}
	}
	f("", "", 0)
	f("张", "", 1)
	f("张三", "章散", 0)
	f("张三", "赞三", 0.2)
	f("李四", "李十", 0.2)
	f("宝山", "保安", 0.6)
	f("张", "Smith", 1)
	f("Smith", "Smyth", 0)
	f("Martin", "Marin", 0.25)
	f("Lee", "Ray", 1)
}

func TestAlike(t *testing.T) {
	f := func(a, b string, want float64) {
		t.Helper()
		if got := Alike(Phones(a), Phones(b)); got != want {
			t.Errorf("Alike(%s, %s) = %v; want %v", a, b, got, want)
		}
	}
	f("", "", 1)
	f("灵通", "领通", 1)
	f("上海", "", 0)
	f("上海", "北京", 0)
}

func FuzzPhones(f *testing.F) {
	for _, s := range []string{"张三 Smith", "O'Brien", "Müller 42", "\xff\xfe", "zhang"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		phones := Phones(text)
		for _, p := range phones {
			if p == "" || len(Fuzzy(p)) > len(p) {
				t.Errorf("Phones(%q) has %q, folded to %q", text, p, Fuzzy(p))
			}
		}
		if d := Distance(phones, phones); d != 0 {
			t.Errorf("Distance of %q to itself = %v", text, d)
		}
		if a := Alike(phones, []string{"a"}); a < 0 || a > 1 {
			t.Errorf("Alike(%q, a) = %v; want 0 to 1", text, a)
		}
	})
}

func BenchmarkPhones(b *testing.B) {
	for b.Loop() {
		Phones("帮我转到上海浦东分公司 Stephen Smith")
	}
}
