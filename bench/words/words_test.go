package words

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trunkline/bench/report"
	"trunkline/nlu"
)

// A run on sets of a few sentences must fill the chapter; without any it must say what is missing.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"clinc150/train_full.tsv":         "a\tmy balance\nb\tlost card\nc\topening hours\noos\ta joke\n",
		"clinc150/train_small.tsv":        "a\tmy balance\nb\tlost card\nc\topening hours\n",
		"clinc150/val.tsv":                "a\tbalance\nb\tcard\nunknown\twhatever\noos\tjoke\n",
		"crosswoz_zh/train.tsv":           "a\t查余额\nb\t挂失\n",
		"crosswoz_zh/train_10shot_s1.tsv": "a\t查余额\nb\t挂失\n",
		"crosswoz_zh/val.tsv":             "a\t余额\noos\t你好\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := report.Begin(io.Discard, "", true)
	r.Chapter("words")
	if err := Run(Bench{Report: r, Data: dir}); err != nil {
		t.Fatal(err)
	}
	if rows := r.Chapters[0].Rows; len(rows) != 7*8 || !strings.HasPrefix(rows[0].Name, "CLINC150") {
		t.Errorf("%d rows: %v", len(rows), rows)
	}
	if err := Run(Bench{Report: r, Data: filepath.Join(dir, "none")}); err == nil || !strings.Contains(err.Error(), "not here") {
		t.Errorf("without sentences: %v", err)
	}
}

func TestSome(t *testing.T) {
	rows := []nlu.Example{{Label: "a"}, {Label: "oos"}, {Label: "a"}, {Label: "b"}, {Label: "c"}}
	f := func(labels, each, want int) {
		t.Helper()
		if got := some(rows, labels, each); len(got) != want {
			t.Errorf("some(%d, %d) = %v; want %d", labels, each, got, want)
		}
	}
	f(0, 0, 4)
	f(0, 1, 3)
	f(2, 0, 3)
	f(1, 1, 1)
}
