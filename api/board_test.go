package api

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"trunkline/api/problem"
	"trunkline/sip"
	"trunkline/sip/trace"
	"trunkline/sip/trunk"
)

// board plays the parts that cmd plays: trunks, phones and bans, traces, and who
// reloads and drains.
type board struct {
	trunks   []Trunk
	phones   []sip.Phone
	banned   []sip.Ban
	kept     []trace.Message
	asked    []string
	draining bool
	refuse   error
	canary   *Version
	share    float64
}

func newBoard() *board {
	since := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &board{trunks: []Trunk{{
		Name: "carrier", Origin: "file", Config: trunk.Trunk{Name: "carrier", Target: "sip.carrier.example"},
		Status: sip.TrunkStatus{
			Name: "carrier", State: "up", Since: since,
			Targets:       []sip.TargetStatus{{Target: "sip.carrier.example", Transport: "udp", Address: "192.0.2.7:5060", State: "up", Since: since}},
			Registrations: []sip.RegistrationStatus{{User: "4930123", State: "refused", Since: since, Status: 403}},
		},
		Outbound: TrunkUse{Calls: 2, RefusedCalls: 1},
	}}}
}

func (b *board) Trunks() []Trunk { return b.trunks }

func (b *board) SetTrunk(t trunk.Trunk, _ string) (bool, error) {
	if t.Name == "carrier" {
		return false, problem.New(problem.TrunkOfFile, "change it there")
	}
	var mistakes []problem.Mistake
	for _, p := range t.Check() {
		mistakes = append(mistakes, problem.Mistake{Location: "body." + p.Path, Message: p.Text})
	}
	if len(mistakes) > 0 {
		return false, problem.New(problem.InvalidRequest, "the trunk has mistakes", mistakes...)
	}
	at := slices.IndexFunc(b.trunks, func(o Trunk) bool { return o.Name == t.Name })
	if at >= 0 {
		b.trunks[at].Config = t
		return false, nil
	}
	b.trunks = append(b.trunks, Trunk{Name: t.Name, Origin: "api", Config: t, Status: sip.TrunkStatus{
		Name: t.Name, State: "unknown", Targets: []sip.TargetStatus{}, Registrations: []sip.RegistrationStatus{},
	}})
	return true, nil
}

func (b *board) RemoveTrunk(name, _ string) error {
	at := slices.IndexFunc(b.trunks, func(o Trunk) bool { return o.Name == name })
	if at < 0 {
		return problem.New(problem.NoSuchTrunk, "no trunk is called "+name)
	}
	b.trunks = slices.Delete(b.trunks, at, at+1)
	return nil
}

func (b *board) Phones() []sip.Phone { return b.phones }
func (b *board) Bans() []sip.Ban     { return b.banned }

func (b *board) Ban(p netip.Prefix, length time.Duration, reason string) error {
	if p.Addr().IsLoopback() {
		return errors.New("127.0.0.0/8 may never be banned")
	}
	ban := sip.Ban{Prefix: p, Reason: reason, Since: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Manual: true, Proven: true}
	if length > 0 {
		ban.Until = ban.Since.Add(length)
	}
	b.banned = append(b.banned, ban)
	return nil
}

func (b *board) Unban(p netip.Prefix) bool {
	n := len(b.banned)
	b.banned = slices.DeleteFunc(b.banned, func(o sip.Ban) bool { return o.Prefix == p })
	return len(b.banned) < n
}

func (b *board) Versions() Versions {
	return Versions{Current: Version{Version: "91be02c4d7f3", Calls: 180}, Canary: b.canary, Share: b.share, Previous: "0c44a1f7e9d2",
		Last: &VersionChange{What: "rolled_back", Version: "91be02c4d7f3", Instead: "77aa10c2b3d4", Why: "4 of 20 calls failed, of the others 0 of 380", Calls: 20, Failed: 4}}
}

func (b *board) Deploy(_ context.Context, o Deployment, _ string) (Versions, error) {
	if o.PromoteAfter == 13 {
		return Versions{}, problem.New(problem.BadScripts, "nothing was changed", problem.Mistake{Location: "flows/x.lua:2", Message: `call has no verb "foo"`})
	}
	b.canary, b.share = &Version{Version: "5f2c9d0e11aa"}, o.Canary
	return b.Versions(), nil
}

func (b *board) Promote(string) (Versions, error) {
	return Versions{Current: Version{Version: "5f2c9d0e11aa"}, Previous: "91be02c4d7f3"}, nil
}

func (b *board) Rollback(string) (Versions, error) {
	if b.canary == nil {
		return Versions{}, problem.New(problem.NoVersion, "there is no version to go back to")
	}
	b.canary, b.share = nil, 0
	return b.Versions(), nil
}

func (b *board) Flow(call string) (FlowTrace, bool) {
	return FlowTrace{Call: call, Flow: "hotline", Version: "91be02c4d7f3", Over: true, Steps: []FlowStep{
		{AtMS: 2, Where: "flows/hotline.lua:9", What: "answer{}", Result: "true"},
		{AtMS: 3, TookMS: 4100, Where: "flows/hotline.lua:12", What: `dial{trunk="agents", to="agent"}`, Result: "busy: all lines are taken", Failed: true},
	}}, call == "old-1"
}

func (b *board) Messages(ids ...string) []trace.Message {
	b.asked = ids
	return b.kept
}

func (b *board) Reload(string) (Reloaded, error) {
	return Reloaded{Applied: []string{"trunks"}, Restart: []string{"sip.listen"}}, b.refuse
}

func (b *board) Drain(string)   { b.draining = true }
func (b *board) Undrain(string) { b.draining = false }
func (b *board) Draining() bool { return b.draining }
