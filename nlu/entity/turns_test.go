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
