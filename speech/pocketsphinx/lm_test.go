package pocketsphinx

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	f := func(phrase, want string) {
		t.Helper()
		if got := strings.Join(words(phrase), " "); got != want {
			t.Fatalf("%q: got %q; want %q", phrase, got, want)
		}
	}
	f("I want to check my balance.", "i want to check my balance")
	f("What’s my balance?", "what's my balance")
	f("  don't  'quote' me -- please! ", "don't quote me please")
	f("press 24/7", "press two four seven")
	f("e-mail <b>me</b>\n\\data\\", "e mail b me b data")
	f("B2B", "b2b")
	f("café", "café")
	f("", "")
	f("...", "")
}

func TestAmerican(t *testing.T) {
	f := func(word, want string) {
		t.Helper()
		if got := american(word); got != want {
			t.Fatalf("%s: got %s; want %s", word, got, want)
		}
	}
	f("recognise", "recognize")
	f("colour", "color")
	f("cheque", "check")
	f("cancelled", "canceled")
	f("balance", "balance")
}

// TestModelSumsToOne: whatever was said so far, the probabilities of all words
// that may follow sum to one.
func TestModelSumsToOne(t *testing.T) {
	m := newModel([][]string{
		words("I want to check my balance"), words("I want to pay"), words("my balance"), {"pay", "", "bill"},
	}, map[string]float64{"the": 0.7, "weather": 0.2, "i": 0.1})
	for _, h := range []string{"", begin, "i", begin + " i", "i want", "want to", "weather", "the weather", "to check"} {
		sum := 0.0
		for w := range m.one {
			sum += m.p(h, w)
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Errorf("after %q: sum %v", h, sum)
		}
	}
	if a, b := m.p("my", "balance"), m.p("my", "weather"); a < 10*b {
		t.Errorf("after my: balance %v, weather %v", a, b)
	}
	if got := m.seen["pay"]["bill"]; got != 0 {
		t.Errorf("counted %v pairs across a missing word", got)
	}
}

func TestARPA(t *testing.T) {
	var b bytes.Buffer
	bg := map[string]float64{"the": 0.5, "of": 0.5}
	if err := newModel([][]string{words("pay bill"), words("pay")}, bg).writeARPA(&b); err != nil {
		t.Fatal(err)
	}
	const want = `\data\
ngram 1=6
ngram 2=4
ngram 3=3

\1-grams:
-99 <s> -1.3010
-0.4577 </s> 0.0000
-0.7959 bill -1.0000
-1.0669 of 0.0000
-0.4949 pay -1.0000
-1.0669 the 0.0000

\2-grams:
-0.0150 <s> pay -1.0000
-0.0293 bill </s> 0.0000
-0.3144 pay </s> 0.0000
-0.3316 pay bill -1.0000

\3-grams:
-0.3023 <s> pay </s>
-0.3040 <s> pay bill
-0.0028 pay bill </s>

\end\
`
	if got := b.String(); got != want {
		t.Fatalf("got\n%s\nwant\n%s", got, want)
	}
}
