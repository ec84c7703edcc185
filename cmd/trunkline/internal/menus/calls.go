package menus

import (
	"context"
	"fmt"
	"os"

	"trunkline/ivr/menu"
	"trunkline/ivr/menu/study"
	"trunkline/store"
)

// mostCalls bounds the records that are read, the latest first.
const mostCalls = 20_000

// FromCalls reads from the call records what callers said that a menu was not sure of: what led
// nowhere, what brought a person, and sentences they said yes to the node of.
func FromCalls(ctx context.Context, database string, m *menu.Menu) ([]study.Heard, error) {
	if _, err := os.Stat(database); err != nil { // Open would make one
		return nil, fmt.Errorf("read calls: %w", err)
	}
	s, err := store.Open(ctx, database)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var out []study.Heard
	before := ""
	for read := 0; read < mostCalls; {
		calls, err := s.CDRs(ctx, store.CDRQuery{Before: before, Limit: 500})
		if err != nil || len(calls) == 0 {
			return out, err
		}
		for _, c := range calls {
			for _, x := range c.Misses {
				if x.Menu == m.ID {
					out = append(out, study.Heard{Text: x.Heard, Language: x.Language, Times: 1})
				}
			}
			for _, n := range c.Nodes {
				if h, ok := doubtful(m, n); ok {
					out = append(out, h)
				}
			}
		}
		read += len(calls)
		before = calls[len(calls)-1].ID
	}
	return out, nil
}

// doubtful reads one visit.
func doubtful(m *menu.Menu, n store.NodeVisit) (study.Heard, bool) {
	node := m.Node(n.Node)
	if n.Menu != m.ID || n.Heard == "" || node == nil {
		return study.Heard{}, false
	}
	switch {
	case n.By == "rule": // at the people, for whatever reason
		return study.Heard{Text: n.Heard, Times: 1}, true
	case n.By == "speech" && n.Score > 0 && n.Score < node.Accept:
		return study.Heard{Text: n.Heard, Times: 1, Node: n.Node}, true
	}
	return study.Heard{}, false
}
