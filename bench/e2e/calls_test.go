//go:build e2e

package e2e

import (
	"testing"
	"time"
)

// cdr is what these tests read of a call detail record.
type cdr struct {
	ID         string     `json:"id"`
	Direction  string     `json:"direction"`
	From       string     `json:"from"`
	To         string     `json:"to"`
	StartedAt  time.Time  `json:"started_at"`
	AnsweredAt *time.Time `json:"answered_at"`
	EndedAt    time.Time  `json:"ended_at"`
	Cause      cause      `json:"cause"`
	Legs       []struct {
		ID         string `json:"id"`
		Cause      cause  `json:"cause"`
		Codec      string `json:"codec"`
		Refused    uint64 `json:"refused"`
		Relayed    uint64 `json:"relayed"`
		PacketsIn  uint64 `json:"packets_in"`
		PacketsOut uint64 `json:"packets_out"`
	} `json:"legs"`
	Nodes []struct {
		Menu  string `json:"menu"`
		Node  string `json:"node"`
		By    string `json:"by"`
		Heard string `json:"heard"`
	} `json:"nodes"`
	Recording *struct {
		Path    string  `json:"path"`
		Seconds float64 `json:"seconds"`
		Lost    uint64  `json:"lost_samples"`
		Paused  float64 `json:"paused_seconds"`
		Key     string  `json:"key"`
	} `json:"recording"`
}

type cause struct {
	Code string `json:"code"`
	SIP  int    `json:"sip"`
	Q850 int    `json:"q850"`
	By   string `json:"by"`
}

// cdrs waits for the records of n calls, the latest first, and sees that there
// are exactly so many.
func (s *server) cdrs(n int) []cdr {
	s.t.Helper()
	var list struct {
		CDRs []cdr `json:"cdrs"`
	}
	s.await("every call has left its record", func() bool {
		list.CDRs = nil
		s.get("/v1/cdrs", &list)
		return len(list.CDRs) >= n && s.node().Calls == 0
	})
	if len(list.CDRs) != n {
		s.t.Fatalf("%d records of %d calls", len(list.CDRs), n)
	}
	return list.CDRs
}

// nodes are the ids a call reached, with what took it there.
func (c cdr) nodes() (path []string) {
	for _, n := range c.Nodes {
		path = append(path, n.Node+" by "+n.By)
	}
	return path
}

// reached asserts that the call came to node by the given means.
func (c cdr) reached(t *testing.T, node, by string) {
	t.Helper()
	for _, n := range c.Nodes {
		if n.Node == node && n.By == by {
			return
		}
	}
	t.Errorf("nodes reached: %q, want %s by %s", c.nodes(), node, by)
}

// answers holds what the shipped menu says at its nodes; the tests listen for it.
func answers(t *testing.T, language, node string) []int16 {
	t.Helper()
	text := answerText(t, language, node)
	if text == "" {
		t.Fatalf("menu hotline has no answer at %s in %s", node, language)
	}
	return spoken(t, language, text)
}

// enough is how much of a sentence must be found: of another one, at most 0.3 is.
const enough = 0.85

// hears asserts that sound contains what was said, sample by sample but for the
// telephone line's companding and what a jitter buffer does on a busy machine.
func hears(t *testing.T, who string, sound, said []int16) {
	t.Helper()
	if r := contains(sound, said); r < enough {
		t.Errorf("%s heard %.0f %% of the expected sentence in %.1f s of sound, want %.0f %%", who, 100*r, float64(len(sound))/8000, 100*enough)
	}
}
