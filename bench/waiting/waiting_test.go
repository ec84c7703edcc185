package waiting

import (
	"io"
	"strings"
	"testing"
	"time"

	"trunkline/bench/report"
)

// TestRun: a few flows for a moment fill the chapter.
func TestRun(t *testing.T) {
	r := report.Begin(io.Discard, "", true)
	r.Chapter("flows")
	if err := Run(Bench{Report: r, Flows: []int{1, 3}, Window: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	rows := r.Chapters[0].Rows
	if len(rows) != 3*2*2+4 {
		t.Errorf("%d rows: %v", len(rows), rows)
	}
	for _, row := range rows {
		if strings.Contains(row.Name, "verbs") && row.Value <= 0 {
			t.Errorf("%s: %v", row.Name, row.Value)
		}
	}
}
