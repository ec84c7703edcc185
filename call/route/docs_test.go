package route

import (
	"os"
	"regexp"
	"testing"

	"trunkline/sip/trunk"
)

// TestPageIsRight reads the examples of docs/routing.md.
func TestPageIsRight(t *testing.T) {
	page, err := os.ReadFile("../../docs/routing.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(page, -1)
	if len(examples) != 2 {
		t.Fatalf("%d examples; want routes and dialing", len(examples))
	}
	named := []trunk.Trunk{{Name: "carrier-a", Target: "a"}, {Name: "carrier-b", Target: "a"}, {Name: "spare", Target: "a"}, {Name: "pbx", Target: "a"}}
	if found := read(t, string(examples[0][1])).Check(named); len(found) > 0 {
		t.Error(found)
	}
}
