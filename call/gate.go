package call

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"trunkline/call/negotiate"
	"trunkline/codecs"
	"trunkline/media/msg"
)

// gate is the check every outgoing INVITE passes, whoever asked for it: a flow,
// the API or, later, the dialer and transfers. What it refuses it names.
type gate struct {
	trunks map[string]trunk
	live   *Manager
}

// trunk is a Trunk with its names understood.
type trunk struct {
	Trunk
	codecs []codecs.ID
	secure negotiate.Policy
	keys   msg.KeyStyle
}

func newGate(trunks []Trunk, m *Manager) (gate, error) {
	g := gate{trunks: map[string]trunk{}, live: m}
	for _, t := range trunks {
		known, err := understand(t)
		if err != nil {
			return gate{}, fmt.Errorf("trunk %s: %w", t.Name, err)
		}
		g.trunks[t.Name] = known
	}
	return g, nil
}

// understand looks up what a trunk names.
func understand(t Trunk) (trunk, error) {
	known := trunk{Trunk: t}
	var err error
	if known.codecs, err = CodecIDs(t.Codecs); err != nil {
		return trunk{}, err
	}
	i, j := slices.Index(SRTPPolicies(), t.SRTP), slices.Index(KeyStyles(), t.DTMF)
	if t.SRTP != "" && i < 0 {
		return trunk{}, fmt.Errorf("no such SRTP policy: %s", t.SRTP)
	}
	if t.DTMF != "" && j < 0 {
		return trunk{}, fmt.Errorf("no such DTMF style: %s", t.DTMF)
	}
	known.secure, known.keys = negotiate.Policy(max(i, 0)), msg.KeyStyle(max(j, 0))
	return known, nil
}

// SRTPPolicies are the values of Trunk.SRTP; the first is the default.
func SRTPPolicies() []string { return []string{"off", "optional", "required"} }

// KeyStyles are the values of Trunk.DTMF; the first is the default.
func KeyStyles() []string { return []string{"rfc4733", "inband", "info"} }

// CodecIDs understands codec names as people write them: encoding names, with
// the clock rate behind a slash where there are two ("L16/16000"). None at all
// means what every far side speaks.
func CodecIDs(names []string) ([]codecs.ID, error) {
	if len(names) == 0 {
		return codecs.Default(), nil
	}
	var ids []codecs.ID
	for _, name := range names {
		encoding, rate, _ := strings.Cut(name, "/")
		clock, err := strconv.Atoi(cmp.Or(rate, "0"))
		c, ok := codecs.ByName(encoding, clock)
		if !ok || err != nil {
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
