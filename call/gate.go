package call

import (
	"fmt"
	"strings"

	"trunkline/codecs"
)

// gate is the check every outgoing INVITE passes, whoever asked for it: a flow,
// the API or, later, the dialer and transfers. What it refuses it names.
type gate struct {
	trunks map[string]trunk
	live   *Manager
}

// trunk is a Trunk with its codec names understood.
type trunk struct {
	Trunk
	codecs []codecs.ID
}

func newGate(trunks []Trunk, m *Manager) (gate, error) {
	g := gate{trunks: map[string]trunk{}, live: m}
	for _, t := range trunks {
		ids, err := codecIDs(t.Codecs)
		if err != nil {
			return gate{}, fmt.Errorf("trunk %s: %w", t.Name, err)
		}
		g.trunks[t.Name] = trunk{t, ids}
	}
	return g, nil
}

// codecIDs understands encoding names; none at all means every codec we have.
func codecIDs(names []string) ([]codecs.ID, error) {
	var ids []codecs.ID
	if len(names) == 0 {
		for _, c := range codecs.All() {
			ids = append(ids, c.ID)
		}
		return ids, nil
	}
	for _, name := range names {
		c, ok := codecs.ByName(name, 8000)
		if !ok {
			return nil, fmt.Errorf("no such codec: %s", name)
		}
		ids = append(ids, c.ID)
	}
	return ids, nil
}

// maxUser is the longest number or user part that is dialled.
const maxUser = 64

// allow checks r and returns the trunk to use.
func (g gate) allow(r DialRequest) (trunk, error) {
	t, ok := g.trunks[r.Trunk]
	switch {
	case g.live.isDraining():
		return trunk{}, failed("dial", CodeRefused, errDraining.Error())
	case !ok:
		return trunk{}, failed("dial", CodeInvalid, "no such trunk: "+r.Trunk)
	case t.Target == "":
		return trunk{}, failed("dial", CodeRefused, "trunk "+r.Trunk+" has no target: it may only call us")
	}
	for _, user := range []string{r.To, r.From} {
		if err := dialable(user); err != nil {
			return trunk{}, err
		}
	}
	if r.To == "" {
		return trunk{}, failed("dial", CodeInvalid, "no number to dial")
	}
	return t, nil
}

// dialable refuses what cannot be the user part of a SIP URI without escaping
// (RFC 3261 §25.1): nothing that anybody typed may change the request around it.
func dialable(user string) error {
	if len(user) > maxUser {
		return failed("dial", CodeInvalid, fmt.Sprintf("number longer than %d characters", maxUser))
	}
	for _, r := range user {
		alnum := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !alnum && !strings.ContainsRune("+-_.!~*'()&=$,#", r) {
			return failed("dial", CodeInvalid, fmt.Sprintf("number %q: character %q cannot be dialled", user, r))
		}
	}
	return nil
}

func (m *Manager) isDraining() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.draining
}
