package nlu

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// bank is a menu small enough to read.
func bank() []Example {
	var out []Example
	add := func(label string, texts ...string) {
		for _, t := range texts {
			out = append(out, Example{label, t})
		}
	}
	add("balance", "what is my balance", "how much money do I have", "check my account balance", "tell me my balance")
	add("lost", "I lost my card", "my card was stolen", "block my card", "somebody took my credit card")
	add("hours", "when do you open", "what are your hours", "are you open on sunday", "what time do you close")
	return out
}

func train(t testing.TB, opts Options, examples []Example) *Model {
	t.Helper()
	m, err := Train(opts, examples)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// checked checks what holds for every result.
func checked(t testing.TB, m *Model, text string) Result {
	t.Helper()
	r := m.Classify(text)
	if len(Tokens(text)) == 0 {
		if len(r.Ranked) != 0 || r.InScope {
			t.Errorf("Classify(%q) = %+v; want nothing for no words", text, r)
		}
		return r
	}
	if len(r.Ranked) != len(m.Labels()) {
		t.Errorf("Classify(%.40q) ranks %d labels; want %d", text, len(r.Ranked), len(m.Labels()))
	}
	last := 1.0
	for _, s := range r.Ranked {
		if math.IsNaN(s.Confidence) || s.Confidence < 0 || s.Confidence > last {
			t.Errorf("Classify(%.40q): confidence %v after %v", text, s.Confidence, last)
		}
		last = s.Confidence
	}
	if math.IsNaN(r.Scope) {
		t.Errorf("Classify(%.40q): scope is not a number", text)
	}
	return r
}

func TestClassify(t *testing.T) {
	m := train(t, Options{}, bank())
	f := func(text, want string) {
		t.Helper()
		if r := checked(t, m, text); r.Best().Label != want || !r.InScope {
			t.Errorf("Classify(%q) = %v, in scope %v; want %s", text, r.Best(), r.InScope, want)
		}
	}
	f("what is my balance", "balance")
	f("What's my balance?", "balance")
	f("could you check the balance of my account", "balance")
	f("balance", "balance")
	f("my credit card is lost", "lost")
	f("are you open today", "hours")
}

func TestOutOfScope(t *testing.T) {
	m := train(t, Options{}, bank())
	known := m.Classify("what is my balance").Scope
	f := func(text string) {
		t.Helper()
		r := checked(t, m, text)
		if r.InScope || r.Scope > known {
			t.Errorf("Classify(%q): scope %v, in scope %v; threshold %v", text, r.Scope, r.InScope, m.Threshold())
		}
	}
	f("purple elephants dance quietly")
	f("привет, как дела?")
	f("สวัสดีครับ")
	f("查一下余额")
	f("مرحبا")
	f("zzzz")
}

func TestOddInput(t *testing.T) {
	for _, lang := range []string{"en", "zh"} {
		m := train(t, Options{Language: lang}, bank())
		for _, text := range []string{
			"", " ", "?", "\xff\xfe\xfd", "a", "balance", "额", "uh",
			strings.Repeat("what is my balance ", 125), // 500 tokens
			strings.Repeat("alpha beta gamma delta ", 10_000),
			strings.Repeat("余额", 5_000),
			strings.Repeat("x", 1<<20),
		} {
			checked(t, m, text)
		}
		if r := m.Classify(strings.Repeat("what is my balance ", 125)); r.Best().Label != "balance" {
			t.Errorf("%s: 500 tokens about the balance are %v", lang, r.Best())
		}
	}
}

func TestTrainRefuses(t *testing.T) {
	f := func(opts Options, examples []Example, want string) {
		t.Helper()
		_, err := Train(opts, examples)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Train(%v) = %v; want %q", examples, err, want)
		}
	}
	f(Options{}, nil, "no examples")
	f(Options{}, []Example{{"", "hello there"}}, `"hello there": no label`)
	f(Options{}, []Example{{"a", "fine"}, {"b", "..."}}, `b: "..." has no word in it`)
	f(Options{Names: map[string]string{"a": ""}}, []Example{{"a", "fine"}}, `a: "" has no word in it`)
	if _, err := Train(Options{}, nil); !errors.Is(err, ErrNoExamples) {
		t.Errorf("Train(nil) = %v; want ErrNoExamples", err)
	}
}

func TestSmallestModels(t *testing.T) {
	f := func(examples []Example, names map[string]string, text, want string) {
		t.Helper()
		m := train(t, Options{Names: names}, examples)
		if got := checked(t, m, text).Best().Label; got != want {
			t.Errorf("%q = %q; want %q", text, got, want)
		}
		checked(t, m, "something else entirely")
	}
	one := Example{"balance", "what is my balance"}
	f([]Example{one}, nil, "my balance", "balance")
	f([]Example{one, {"loan", "I need a loan"}}, nil, "get a loan", "loan")
	f([]Example{one, {"loan", "loan"}}, nil, "loan", "loan")
	f([]Example{one}, map[string]string{"loan": "a loan"}, "a loan", "loan") // a name is all it has
	f(nil, map[string]string{"loan": "a loan"}, "a loan", "loan")
	f(append(bank(), Example{"loan", "can I borrow money"}), nil, "I want to borrow some money", "loan")
}

// The same sentence under two labels must not break training, and must be reported.
func TestConflicts(t *testing.T) {
	examples := append(bank(), Example{"hours", "What's my balance?"}, Example{"lost", "lost card"}, Example{"lost", "lost card"})
	want := []Conflict{{"what is my balance", []string{"balance", "hours"}}}
	if got := Conflicts(examples); !reflect.DeepEqual(got, want) {
		t.Errorf("Conflicts = %v; want %v", got, want)
	}
	if got := Conflicts(bank()); got != nil {
		t.Errorf("Conflicts = %v; want none", got)
	}
	r := checked(t, train(t, Options{}, examples), "what is my balance")
	if two := []string{r.Best().Label, r.Runner().Label}; !slices.Contains(two, "balance") || !slices.Contains(two, "hours") {
		t.Errorf("a sentence of two labels is ranked %v", r.Ranked)
	}
}

func TestNamesAreLearnt(t *testing.T) {
	m := train(t, Options{Names: map[string]string{"lost": "report theft"}}, bank())
	if got := m.Classify("theft").Best().Label; got != "lost" {
		t.Errorf("the name's word is %q; want lost", got)
	}
}

func TestOutsideLabel(t *testing.T) {
	examples := append(bank(), Example{"none", "tell me a joke"}, Example{"none", "do you know a joke"}, Example{"none", "sing a song"})
	m := train(t, Options{Outside: "none"}, examples)
	if r := checked(t, m, "a joke please"); r.InScope || r.Best().Label != "none" {
		t.Errorf("a joke is %v, in scope %v", r.Best(), r.InScope)
	}
	if r := checked(t, m, "what is my balance"); !r.InScope {
		t.Error("the balance is out of scope")
	}
}

func TestTrainingIsDeterministic(t *testing.T) {
	a := train(t, Options{Names: map[string]string{"lost": "theft", "hours": "opening times"}}, bank())
	b := train(t, Options{Names: map[string]string{"hours": "opening times", "lost": "theft"}}, bank())
	if !bytes.Equal(stored(t, a), stored(t, b)) {
		t.Error("two trainings on the same examples differ")
	}
	c := train(t, Options{Seed: 7}, bank())
	if got, want := c.Classify("my balance").Best().Label, "balance"; got != want {
		t.Errorf("another seed answers %q; want %q", got, want)
	}
}

// Run with -race: many calls share a model while the next one is being trained.
func TestServeWhileTraining(t *testing.T) {
	m := train(t, Options{}, bank())
	want := m.Classify("check the balance")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got := m.Classify("check the balance"); !reflect.DeepEqual(got, want) {
					t.Errorf("got %+v; want %+v", got, want)
					return
				}
			}
		})
	}
	next := train(t, Options{}, bank())
	wg.Wait()
	if got := next.Classify("check the balance"); !reflect.DeepEqual(got, want) {
		t.Errorf("the retrained model says %+v; want %+v", got, want)
	}
}

func FuzzClassify(f *testing.F) {
	en, zh := train(f, Options{}, bank()), train(f, Options{Language: "zh-CN"}, bank())
	for _, s := range []string{"", "balance", "余额", "\xf0\x28", "what's", "a b c d e f g"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checked(t, en, text)
		checked(t, zh, text)
	})
}

func TestCrossValidate(t *testing.T) {
	f := func(folds int) {
		t.Helper()
		examples := bank()
		results, err := CrossValidate(Options{}, examples, folds)
		if err != nil {
			t.Fatal(err)
		}
		right := 0
		for i, r := range results {
			if len(r.Ranked) != 3 {
				t.Fatalf("%d folds: example %d was never asked", folds, i)
			}
			if r.Best().Label == examples[i].Label {
				right++
			}
		}
		if right < 8 || right == len(examples) && folds == 2 {
			t.Errorf("%d folds: %d of %d right", folds, right, len(examples))
		}
	}
	f(0)
	f(2)
	f(4)
	f(len(bank()))
	f(1000)
	if _, err := CrossValidate(Options{}, nil, 5); !errors.Is(err, ErrNoExamples) {
		t.Errorf("of nothing: %v; want ErrNoExamples", err)
	}
	if r, err := CrossValidate(Options{}, bank()[:1], 5); err != nil || len(r) != 1 || len(r[0].Ranked) != 0 {
		t.Errorf("of one example: %v, %v; want one empty result", r, err)
	}
}
