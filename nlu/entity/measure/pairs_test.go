package measure

import (
	"os"
	"strings"
	"testing"
)

// TestPairs goes through spoken and written forms in the styles of inverse text
// normalisers, of every type that the command takes.
func TestPairs(t *testing.T) {
	const goal = 0.97
	data, err := os.ReadFile("testdata/pairs.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows, right := 0, 0
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		r := Compare(f[0], f[1], []Pair{{f[2], f[3]}})
		rows, right = rows+r.Total, right+r.Right
		for _, m := range r.Misses {
			t.Logf("%s %s %s: %q is not %q", f[0], m.Pair.Spoken, m.Pair.Written, m.Got, m.Want)
		}
	}
	if float64(right) < goal*float64(rows) {
		t.Errorf("%d of %d pairs agree", right, rows)
	}
}
