package cause

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/causes.md")

const (
	docs = "../../../docs/causes.md"
	mark = "<!-- The rest is written by: go test ./sip/internal/cause -update -->\n"
)

// TestDocs holds that the tables in the documentation are the tables here.
func TestDocs(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(text), mark)
	if !ok {
		t.Fatalf("%s: no line %q", docs, mark)
	}
	want := tables()
	if *update {
		if err := os.WriteFile(docs, []byte(head+mark+want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if rest != want {
		t.Errorf("%s is not what the tables say: run go test ./sip/internal/cause -update", docs)
	}
}

func tables() string {
	var b strings.Builder
	b.WriteString("\n## What we send\n\n| cause | status | Q.850 | when |\n|---|---|---|---|\n")
	for _, r := range causes {
		fmt.Fprintf(&b, "| `%s` | %d | %d | %s |\n", r.code, r.status, r.q850, r.means)
	}
	yes := func(is bool) string {
		if is {
			return "yes"
		}
		return ""
	}
	b.WriteString("\n## What a status means\n\n| status | cause | Q.850 | another trunk? | the caller gets |\n|---|---|---|---|---|\n")
	for _, s := range slices.Sorted(maps.Keys(statuses)) {
		c := FromStatus(s, "")
		name := fmt.Sprint(s)
		if s == 300 {
			name = "3xx"
		}
		to := "–"
		if f := c.Forward(); f.Status != 0 {
			to = fmt.Sprint(f.Status)
		}
		fmt.Fprintf(&b, "| %s | `%s` | %d | %s | %s |\n", name, c.Code, c.Q850, yes(c.Retry()), to)
	}
	b.WriteString("\n## What a Q.850 value means\n\n| Q.850 | | cause | status |\n|---|---|---|---|\n")
	for _, q := range slices.Sorted(maps.Keys(values)) {
		v := values[q]
		fmt.Fprintf(&b, "| %d | %s | `%s` | %d |\n", q, v.name, v.code, v.status)
	}
	return b.String()
}
