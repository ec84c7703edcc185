package menu

import (
	"bufio"
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"trunkline/nlu"
)

func shipped(t testing.TB) *Menu {
	t.Helper()
	m, err := Load(os.DirFS("../../scripts"), "menus/hotline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestShippedMenu(t *testing.T) {
	m := shipped(t)
	if m.ID != "hotline" || !slices.Equal(m.Languages, []string{"en", "zh"}) {
		t.Errorf("menu %q in %q", m.ID, m.Languages)
	}
	for _, n := range m.Nodes {
		for _, lang := range m.Languages {
			if got := len(n.Examples(lang)); got < 8 {
				t.Errorf("node %s has %d examples in %s; want 8 or more", n, got, lang)
			}
			if n.Answer(lang) == "" && n.Flow == "" && n.Dial == "" {
				t.Errorf("node %s does nothing in %s", n, lang)
			}
		}
	}
	f := func(digits, want string) {
		t.Helper()
		if n, _, press := m.Key(digits); press != Complete || n.String() != want {
			t.Errorf("key %s is %v, %v; want %s", digits, n, press, want)
		}
	}
	f("2", "balance")
	f("0", "agent")
	const answer = "Your balance is one thousand two hundred and thirty four dollars and fifty cents."
	if got := m.Node("balance").Answer("en"); got != answer {
		t.Errorf("balance says %q", got)
	}
	if m.Node("agent").Dial == "" || m.Human.Node != m.Node("agent") {
		t.Error("the agent is not where people are")
	}
}

// Every sentence of the file must lead where it stands, whatever the model makes of it.
func TestShippedExamplesLandAtHome(t *testing.T) {
	m := shipped(t)
	for _, lang := range m.Languages {
		_, examples := m.Lessons(lang)
		for _, e := range examples {
			if got := m.Match(lang, e.Text).Label(); got != e.Label && !(e.Label == otherLabel && got == "") {
				t.Errorf("%s: %q leads to %q; want %q", lang, e.Text, got, e.Label)
			}
		}
	}
}

// tally counts what happened to labelled sentences.
type tally struct {
	asked   int // sentences that have a home
	right   int // brought there
	offered int // asked whether they want to go there
	wrong   int // brought elsewhere
	outside int // sentences without a home
	lured   int // brought anywhere all the same
}

func (c *tally) add(t *testing.T, label, text string, r Match) {
	got := r.Label()
	if label == "oos" || label == otherLabel {
		c.outside++
		if got != "" {
			c.lured++
			t.Logf("lured: %q to %s (%.2f)", text, got, r.Score)
		}
		return
	}
	c.asked++
	switch {
	case got == label:
		c.right++
	case got != "":
		c.wrong++
		t.Logf("wrong: %q to %s (%.2f); want %s", text, got, r.Score, label)
	case r.Verdict == Confirm && r.Node.ID == label:
		c.offered++
	}
}

// atLeast fails when fewer than the given shares of sentences with a home were brought (or at
// least offered to be brought) there, or more than the given shares went astray.
func (c *tally) atLeast(t *testing.T, what string, right, reached, wrong, lured float64) {
	t.Helper()
	asked, outside := float64(c.asked), float64(max(c.outside, 1))
	t.Logf("%s: %+v", what, *c)
	if float64(c.right)/asked < right || float64(c.right+c.offered)/asked < reached ||
		float64(c.wrong)/asked > wrong || float64(c.lured)/outside > lured {
		t.Errorf("%s: %+v; want right %.2f, right or offered %.2f, wrong at most %.2f, lured at most %.2f",
			what, *c, right, reached, wrong, lured)
	}
}

// heldOut reads sentences that are in no menu: label TAB text, "oos" where no node serves.
func heldOut(t *testing.T, lang string) []nlu.Example {
	t.Helper()
	data, err := os.ReadFile("testdata/heldout_" + lang + ".tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []nlu.Example
	for sc := bufio.NewScanner(bytes.NewReader(data)); sc.Scan(); {
		label, text, ok := strings.Cut(sc.Text(), "\t")
		if !ok {
			t.Fatalf("%s: no tab in %q", lang, sc.Text())
		}
		out = append(out, nlu.Example{Label: label, Text: text})
	}
	return out
}

func TestShippedMenuOnNewSentences(t *testing.T) {
	m := shipped(t)
	for _, lang := range m.Languages {
		var c tally
		for _, e := range heldOut(t, lang) {
			c.add(t, e.Label, e.Text, m.Match(lang, e.Text))
		}
		c.atLeast(t, lang, 0.85, 0.93, 0.02, 0.10)
	}
}

// Leave one out: each example is judged by a menu that never saw it.
func TestShippedMenuLeaveOneOut(t *testing.T) {
	m := shipped(t)
	for _, lang := range m.Languages {
		opts, examples := m.Lessons(lang)
		results, err := nlu.CrossValidate(opts, examples, len(examples))
		if err != nil {
			t.Fatal(err)
		}
		var c tally
		for i, e := range examples {
			c.add(t, e.Label, e.Text, m.Weigh(results[i]))
		}
		c.atLeast(t, lang, 0.53, 0.70, 0.05, 0.20)
	}
}

// A recogniser drops words and hears others. Each sentence loses one word, or has one replaced by
// a word of another sentence.
func TestShippedMenuUnderNoise(t *testing.T) {
	m := shipped(t)
	for _, lang := range m.Languages {
		rows := heldOut(t, lang)
		rng := rand.New(rand.NewPCG(1, 1))
		var dropped, replaced tally
		for _, e := range rows {
			if e.Label == "oos" {
				continue
			}
			tokens := nlu.Tokens(e.Text)
			if len(tokens) < 4 {
				continue // nothing would be left of it
			}
			i := rng.IntN(len(tokens))
			dropped.add(t, e.Label, e.Text, m.Match(lang, strings.Join(slices.Delete(slices.Clone(tokens), i, i+1), " ")))
			foreign := nlu.Tokens(rows[rng.IntN(len(rows))].Text)
			tokens[i] = foreign[rng.IntN(len(foreign))]
			replaced.add(t, e.Label, e.Text, m.Match(lang, strings.Join(tokens, " ")))
		}
		dropped.atLeast(t, lang+" dropped", 0.65, 0.80, 0.06, 0)
		replaced.atLeast(t, lang+" replaced", 0.55, 0.70, 0.08, 0)
	}
}

// Run with -race: calls share one menu.
func TestMenuIsShared(t *testing.T) {
	m := shipped(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				if r := m.Match("en", "could you check my balance"); r.Label() != "balance" {
					t.Errorf("landed at %q", r.Label())
				}
				m.KeysPrompt("zh")
				m.Phrases("en")
			}
		})
	}
	wg.Wait()
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		shipped(b)
	}
}

func BenchmarkMatch(b *testing.B) {
	m := shipped(b)
	b.ReportAllocs()
	for b.Loop() {
		m.Match("en", "could you please tell me how much money I have")
	}
}
