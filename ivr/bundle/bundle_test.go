package bundle

import (
	"slices"
	"testing"
	"testing/fstest"
)

// TestTestsAreNoFlows: tests may lie beside the flows that they are about.
func TestTestsAreNoFlows(t *testing.T) {
	b, problems := Load(fstest.MapFS{
		"flows/a.lua": {Data: []byte("local call = ...")}, "flows/a_test.lua": {Data: []byte("test(")}, "flows/test.lua": {Data: []byte("return 1")},
	}, Known{})
	if len(problems) != 0 || !slices.Equal(b.FlowNames(), []string{"a", "test"}) {
		t.Errorf("flows %q, problems %v", b.FlowNames(), problems)
	}
}
