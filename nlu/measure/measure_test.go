package measure

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/nlu"
)

func rows(labels string) []nlu.Example {
	var out []nlu.Example
	for _, l := range strings.Fields(labels) {
		out = append(out, nlu.Example{Label: l, Text: "x"})
	}
	return out
}

// The figures of a set small enough to be worked out by hand.
func TestScore(t *testing.T) {
	predictions := []Prediction{
		{"a", "a", .9, 3}, {"b", "b", .4, 2}, {"b", "b", .8, 3}, {OOS, "a", .7, 0}, {"a", "a", .5, 1}, {OOS, "b", .6, .5},
	}
	r := Score(rows("a a b oos oos b"), predictions)
	f := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12 {
			t.Errorf("%s %v; want %v", what, got, want)
		}
	}
	f("accuracy", r.Accuracy, 3.0/6)
	f("answered", r.InScopeAnswered, 3.0/4)
	f("in scope", r.InScopeAccuracy, 2.0/4)
	f("rejected", r.InScopeReject, 1.0/4)
	f("recall", r.OOSRecall, 1.0/2)
	f("precision", r.OOSPrecision, 1.0/2)
	f("AUROC", r.AUROC, 7.0/8)
	f("FPR", r.FPR95, 1.0/2)
	f("cov@95", r.Cov95, 2.0/6)
	f("cov@98", r.Cov98, 2.0/6)
	f("ECE", r.ECE, (.1+.4+.2+.3+.5+.6)/6)
	f("ECE accepted", r.ECEAccepted, (.1+.4+.2+.5)/4)
	f("Brier", r.Brier, (.01+.16+.04+.09+.25+.36)/6)
	f("macro F1", r.MacroF1, (1.0/2+1.0/2+1.0/2)/3)

	r = Score(rows("a b"), []Prediction{{"a", "a", 1, 0}, {"b", "b", 1, 0}})
	f("all right", r.Accuracy, 1)
	f("its error", r.ECE, 0)
	f("its coverage", r.Cov98, 1)
	if !math.IsNaN(r.OOSRecall) || !math.IsNaN(r.AUROC) || !strings.Contains(r.String(), "AUROC                             -") {
		t.Errorf("what cannot be told is told:\n%s", r)
	}
	f("equal confidences, half right", coverage([]judged{{.5, true}, {.5, false}}, 2, .95), 0)
	auroc, fpr := separation([]float64{1, 1}, []float64{1, 1})
	f("a score that tells nothing", auroc, 0.5)
	f("its false acceptance", fpr, 1)
}

func TestParse(t *testing.T) {
	got, err := parse("f", []byte("a\tone two\r\nb\tthree\tfour\n"))
	if err != nil || len(got) != 2 || got[1] != (nlu.Example{Label: "b", Text: "three\tfour"}) || got[0].Text != "one two" {
		t.Errorf("parse = %q, %v", got, err)
	}
	f := func(text, want string) {
		t.Helper()
		if _, err := parse("f.tsv", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("parse(%q): %v; want %s", text, err, want)
		}
	}
	f("", "f.tsv: no sentence")
	f("a\tb\nc d\n", "f.tsv:2: no tab between label and text")
	f("\tb\n", "f.tsv:1: no label")
	f("a\tb\na\t?!\n", `f.tsv:2: no word in "?!"`)
	if _, err := Read(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "read sentences") {
		t.Errorf("a missing file: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("a\tb c\noos\td\n"))
	f.Add([]byte("a\t\xff\r\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		rows, err := parse("f", data)
		if (err == nil) != (len(rows) > 0) {
			t.Errorf("%d rows, %v", len(rows), err)
		}
		for _, e := range rows {
			if e.Label == "" || strings.Contains(e.Label, "\t") {
				t.Errorf("row %q", e)
			}
		}
	})
}

func TestEval(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	opts := EvalOptions{
		Train: file("train", "my_balance\twhat is my balance\nmy_balance\thow much money do I have\n"+
			"card\tI lost my card\ncard\tmy card was stolen\noos\ttell me a joke\noos\tanother joke\n"),
		Val:  file("val", "my_balance\tmy balance please\ncard\tthe card is lost\noos\ta joke\n"),
		Test: file("test", "my_balance\tbalance\ncard\tstolen card\noos\tpurple elephants\n"),
		Out:  filepath.Join(dir, "out"), Language: "en",
	}
	var b strings.Builder
	if err := Eval(opts, &b); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "right, nothing rejected      100.00 %") {
		t.Errorf("report:\n%s", b.String())
	}
	out, err := os.ReadFile(opts.Out)
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if err != nil || len(lines) != 3 || !strings.HasPrefix(lines[0], "0\tmy_balance\t0.") || strings.Count(lines[2], "\t") != 3 || !strings.HasPrefix(lines[2], "2\toos\t") {
		t.Errorf("predictions %q, %v", lines, err)
	}
	learn, lessons := Lessons(opts, rows("a_b oos a_b"))
	if len(lessons) != 2 || learn.Outside != "" || learn.Names["a_b"] != "a b" || len(learn.Names) != 1 {
		t.Errorf("lessons %v, %+v", lessons, learn)
	}
	opts.UseOOS = true
	if learn, lessons := Lessons(opts, rows("a oos")); len(lessons) != 2 || learn.Outside != OOS || len(learn.Names) != 1 {
		t.Errorf("with oos rows: %v, %+v", lessons, learn)
	}
	f := func(o EvalOptions) {
		t.Helper()
		if err := Eval(o, &b); err == nil {
			t.Errorf("%+v is no error", o)
		}
	}
	missing := filepath.Join(dir, "missing", "file")
	f(EvalOptions{Train: missing, Val: opts.Val, Test: opts.Test})
	f(EvalOptions{Train: opts.Train, Val: missing, Test: opts.Test})
	f(EvalOptions{Train: opts.Train, Val: opts.Val, Test: missing})
	f(EvalOptions{Train: opts.Train, Val: opts.Val, Test: opts.Test, Out: missing})
}
