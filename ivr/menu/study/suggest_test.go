package study

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestReadHeard(t *testing.T) {
	f := func(text string, want ...Heard) {
		t.Helper()
		got, err := ReadHeard("x", strings.NewReader(text))
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("ReadHeard(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	f("")
	f("a sentence\n\n  another \n", Heard{Text: "a sentence", Times: 1}, Heard{Text: "another", Times: 1})
	f(`{"seq": 1, "type": "speech.recognized", "call": "c", "data": {"text": "买票", "language": "zh"}}
{"seq": 2, "type": "menu.no_match", "call": "c", "data": {"menu": "hotline", "heard": "买票", "reason": "no_match"}}
{"seq": 3, "type": "menu.no_match", "call": "c", "data": {"menu": "hotline", "heard": "", "reason": "silence"}}
{"seq": 4, "type": "menu.no_match", "call": "c", "data": {"menu": "hotline", "heard": "77", "reason": "no_match"}}
{"seq": 5, "type": "something.new", "call": "c", "data": {"a": 1}}
`, Heard{Text: "买票", Language: "zh", Times: 1})
	f("id: 7\nevent: menu.no_match\ndata: "+`{"seq": 7, "type": "menu.no_match", "call": "d", "data": {"heard": "tickets", "reason": "no_match"}}`+"\n\n: keep-alive\n",
		Heard{Text: "tickets", Times: 1})

	if _, err := ReadHeard("x", strings.NewReader("fine\n{broken\n")); err == nil || !strings.Contains(err.Error(), "x:2: not an event") {
		t.Errorf("a broken event: %v", err)
	}
	if _, err := ReadHeard("x", strings.NewReader(strings.Repeat("x", maxLine+1))); err == nil {
		t.Error("an endless line is read")
	}
}

// What callers of a bank said that its menu has nothing for.
func unmatched() []Heard {
	var out []Heard
	for _, t := range []string{
		"I want to insure my car", "car insurance please", "what does car insurance cost", "do you sell car insurance", "insurance for my new car",
		"I forgot my pin number", "forgot my pin", "my pin number does not work", "can I have a new pin number", "I forgot my PIN number!",
		"我想买保险", "买一份车险保险", "你们卖保险吗", "保险怎么买",
		"sing me a song about the sea",
		"I want to check my balance",
	} {
		out = append(out, Heard{Text: t})
	}
	return out
}

func TestSuggest(t *testing.T) {
	m := shipped(t)
	got := Suggest(m, unmatched())
	cluster := func(word string) *NewNode {
		for i, n := range got.New {
			if slices.Contains(n.Words, word) {
				return &got.New[i]
			}
		}
		t.Fatalf("no new node about %q: %+v", word, got.New)
		return nil
	}
	if n := cluster("insurance"); n.Language != "en" || len(n.Examples) < 3 || !strings.Contains(n.ID, "insurance") {
		t.Errorf("insurance: %+v", n)
	}
	if n := cluster("pin"); len(n.Examples) < 3 || n.Times != len(n.Examples)+1 {
		t.Errorf("pin: %+v", n)
	}
	if n := cluster("保险"); n.Language != "zh" || len(n.Examples) < 3 || !strings.HasPrefix(n.ID, "new_") {
		t.Errorf("保险: %+v", n)
	}
	if got.Understood == 0 || got.Single == 0 {
		t.Errorf("%d understood, %d single", got.Understood, got.Single)
	}
	ids := map[string]bool{}
	for _, n := range got.New {
		if ids[n.ID] || m.Node(n.ID) != nil {
			t.Errorf("id %s is not new", n.ID)
		}
		ids[n.ID] = true
	}
	if again := Suggest(m, unmatched()); !reflect.DeepEqual(got, again) {
		t.Error("the second time it is something else")
	}
}

// A sentence near an example is proposed for its node, not as a new one.
func TestSuggestExamples(t *testing.T) {
	m := parsed(t, `  - {id: shoes, accept: 1, confirm: 0.9, name: {en: some shoes}, say: {en: x}, examples: {en: [I want to buy running shoes, shoes for running, black leather shoes, have you got shoes, shoes in my size]}}
`)
	got := Suggest(m, []Heard{{Text: "I would like to buy running shoes", Times: 3}})
	if len(got.Examples) != 1 || got.Examples[0].Node.ID != "shoes" || got.Examples[0].Like != "I want to buy running shoes" || got.Examples[0].Times != 3 {
		t.Errorf("proposal %+v", got)
	}
}

// Where a caller has said yes, the sentence belongs.
func TestSuggestConfirmed(t *testing.T) {
	m := shipped(t)
	got := Suggest(m, []Heard{{Text: "the plastic thing is away"}, {Text: "The plastic thing is away!", Node: "lost_card"}})
	if len(got.Examples) != 1 || got.Examples[0].Node.ID != "lost_card" || got.Examples[0].Like != "" || got.Examples[0].Times != 2 {
		t.Errorf("proposal %+v", got)
	}
}

func TestAgglomerate(t *testing.T) {
	f := func(want [][]int, texts ...string) {
		t.Helper()
		s := newSpace(texts)
		var vectors []vector
		for _, t := range texts {
			vectors = append(vectors, s.vector(t))
		}
		if got := agglomerate(vectors); !reflect.DeepEqual(got, want) {
			t.Errorf("%q are %v; want %v", texts, got, want)
		}
	}
	f([][]int{})
	f([][]int{{0}}, "a")
	f([][]int{{0, 2}, {1, 3}}, "red wine", "green tea", "red wine", "green tea")
	f([][]int{{0}, {1}, {2}}, "one", "two", "three")
}

func FuzzReadHeard(f *testing.F) {
	f.Add("a\ndata: {\"type\": \"menu.no_match\"}\n")
	f.Add(`{"type": "menu.no_match", "data": {"heard": "x", "reason": "no_match"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		heard, err := ReadHeard("x", strings.NewReader(text))
		if err == nil && slices.ContainsFunc(heard, func(h Heard) bool { return h.Text == "" }) {
			t.Errorf("an empty sentence in %v", heard)
		}
	})
}

func FuzzReadSentences(f *testing.F) {
	f.Add("loan\tI need a loan\n#\n")
	f.Fuzz(func(t *testing.T, text string) {
		sentences, err := ReadSentences(shipped(t), "x", strings.NewReader(text))
		for _, s := range sentences {
			if err != nil || s.Label == "" {
				t.Errorf("%v with %v", s, err)
			}
		}
	})
}

func BenchmarkSuggest(b *testing.B) {
	m := shipped(b)
	var heard []Heard
	for i := range 500 {
		for _, h := range unmatched() {
			heard = append(heard, Heard{Text: h.Text + " " + strings.Repeat("x", i%9) + string(rune('a'+i%26)), Times: 1})
		}
	}
	for b.Loop() {
		Suggest(m, heard)
	}
}
