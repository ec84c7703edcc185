package nlu

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"trunkline/nlu/sound"
)

// outOfScope marks the rows of an intent set that belong to no label.
const outOfScope = "oos"

// intents reads one file (label TAB text) of the public intent sets, which are too large to live
// in this repository. The test ends here, skipped, where they have not been put beside it.
func intents(t testing.TB, name string) []Example {
	t.Helper()
	var found string
	for dir := ".."; len(dir) < 12; dir += "/.." {
		for _, base := range []string{"data/nlu", "shared/data/nlu"} {
			p := filepath.Join(dir, base, name)
			if _, err := os.Stat(p); err == nil {
				found = p
			}
		}
	}
	if found == "" {
		t.Skipf("intent set %s is not beside this repository", name)
	}
	f, err := os.Open(found)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []Example
	for sc := bufio.NewScanner(f); sc.Scan(); {
		label, text, ok := strings.Cut(sc.Text(), "\t")
		if !ok {
			t.Fatalf("%s: no tab in %q", name, sc.Text())
		}
		out = append(out, Example{label, text})
	}
	return out
}

func inScope(rows []Example) []Example {
	var out []Example
	for _, e := range rows {
		if e.Label != outOfScope {
			out = append(out, e)
		}
	}
	return out
}

// only keeps the rows of the first labels, and at most so many of each.
func only(rows []Example, labels, each int) []Example {
	count := map[string]int{}
	var out []Example
	for _, e := range rows {
		if n, ok := count[e.Label]; (!ok && len(count) == labels) || n == each {
			continue
		}
		count[e.Label]++
		out = append(out, e)
	}
	return out
}

// figures are what a model did on labelled rows, as shares.
type figures struct {
	accuracy float64 // right label, in-scope rows, nothing rejected
	accepted float64 // the same, a rejection counting as wrong
	recall   float64 // out-of-scope rows rejected
	ece      float64 // expected calibration error of the in-scope rows
}

func measure(m *Model, rows []Example) figures {
	const bins = 15
	var out figures
	var inside, outside float64
	var gap [bins]float64
	for _, e := range rows {
		r := m.Classify(e.Text)
		if e.Label == outOfScope {
			outside++
			if !r.InScope {
				out.recall++
			}
			continue
		}
		inside++
		confidence := r.Best().Confidence
		bin := min(int(confidence*bins), bins-1)
		gap[bin] += confidence
		if r.Best().Label == e.Label {
			out.accuracy++
			gap[bin]--
			if r.InScope {
				out.accepted++
			}
		}
	}
	for _, g := range gap {
		out.ece += math.Abs(g) / inside
	}
	out.accuracy /= inside
	out.accepted /= inside
	out.recall /= max(outside, 1)
	return out
}

// The floors lie about two points below what was measured when they were set, which is itself
// above every published result of a classical model on the same rows.
func TestPublicIntentSets(t *testing.T) {
	f := func(language string, training, rows []Example, floor figures) {
		t.Helper()
		got := measure(train(t, Options{Language: language}, training), rows)
		t.Logf("%s, %d rows: %.4f", language, len(training), got)
		if got.accuracy < floor.accuracy || got.accepted < floor.accepted || got.recall < floor.recall || got.ece > floor.ece {
			t.Errorf("%s: %.4f; want at least %.4f, error at most", language, got, floor)
		}
	}
	zh := intents(t, "crosswoz_zh/val.tsv")
	f("zh", intents(t, "crosswoz_zh/train.tsv"), zh, figures{0.97, 0.93, 0.90, 0.06})
	f("zh", intents(t, "crosswoz_zh/train_10shot_s1.tsv"), zh, figures{0.92, 0.90, 0.25, 0.08})

	small := only(inScope(intents(t, "clinc150/train_small.tsv")), 30, 30)
	f("en", small, served(small, intents(t, "clinc150/val.tsv")), figures{0.93, 0.87, 0.88, 0.07})
}

// A recogniser hears one word in twenty wrong, another of the same sound, none at all or anything.
// Three points may be lost.
func TestPublicIntentSetsUnderNoise(t *testing.T) {
	f := func(language string, training, rows []Example, sounds func(string) string) {
		t.Helper()
		m := train(t, Options{Language: language}, training)
		n := newNoise(training, sounds)
		clean := measure(m, rows).accuracy
		for _, share := range []float64{0.05, 0.10} {
			noisy := measure(m, n.over(rows, share)).accuracy
			t.Logf("%s: %.4f, with %v noise %.4f", language, clean, share, noisy)
			if noisy < clean-0.6*share {
				t.Errorf("%s: %v noise costs %.3f", language, share, clean-noisy)
			}
		}
	}
	f("zh", intents(t, "crosswoz_zh/train_10shot_s1.tsv"), inScope(intents(t, "crosswoz_zh/val.tsv")), func(token string) string {
		return strings.Join(sounds([]string{token}), "")
	})
	rows := only(inScope(intents(t, "clinc150/train_small.tsv")), 20, 25)
	f("en", rows, inScope(served(rows, intents(t, "clinc150/val.tsv"))), sound.English)
}

// noise is a recogniser that errs.
type noise struct {
	pool   []string            // every token it knows
	alike  map[string][]string // tokens by their sound
	sounds func(string) string
}

func newNoise(known []Example, sounds func(string) string) noise {
	n := noise{alike: map[string][]string{}, sounds: sounds}
	seen := map[string]bool{}
	for _, e := range known {
		for _, t := range Tokens(e.Text) {
			if !seen[t] {
				seen[t] = true
				n.pool = append(n.pool, t)
				n.alike[sounds(t)] = append(n.alike[sounds(t)], t)
			}
		}
	}
	return n
}

// over hears a share of all tokens wrong.
func (n noise) over(rows []Example, share float64) []Example {
	rng := rand.New(rand.NewPCG(1, 1))
	out := make([]Example, len(rows))
	for i, e := range rows {
		var heard []string
		for _, t := range Tokens(e.Text) {
			alike := n.alike[n.sounds(t)]
			switch {
			case rng.Float64() >= share:
				heard = append(heard, t)
			case rng.IntN(2) == 0 && len(alike) > 1:
				heard = append(heard, alike[rng.IntN(len(alike))])
			case rng.IntN(2) == 0:
				heard = append(heard, n.pool[rng.IntN(len(n.pool))])
			}
		}
		out[i] = Example{e.Label, strings.Join(heard, " ")}
	}
	return out
}

// served keeps the rows whose label was trained, and those that are out of scope anyhow.
func served(training, rows []Example) []Example {
	known := map[string]bool{outOfScope: true}
	for _, e := range training {
		known[e.Label] = true
	}
	return slices.DeleteFunc(rows, func(e Example) bool { return !known[e.Label] })
}

func BenchmarkTrain(b *testing.B) {
	for _, size := range []struct{ labels, each int }{{10, 14}, {20, 20}, {50, 50}} {
		rows := only(inScope(intents(b, "clinc150/train_small.tsv")), size.labels, size.each)
		b.Run(fmt.Sprintf("%dx%d", size.labels, size.each), func(b *testing.B) {
			for b.Loop() {
				train(b, Options{}, rows)
			}
		})
	}
}

func BenchmarkClassify(b *testing.B) {
	rows := only(inScope(intents(b, "clinc150/train_small.tsv")), 50, 50)
	m := train(b, Options{}, rows)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Classify(rows[i%len(rows)].Text)
	}
}
