package trunk

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Quirk is a named departure from the RFCs that some peers need. It stands for
// one plain option of the trunk, so that nothing else has to know it.
type Quirk struct {
	Name   string
	Option string // the key it sets
	Value  string // to what
	Clause string // which clause the peer, or we for its sake, bend
	Why    string // what the peer does

	set func(*Trunk)
}

// Quirks returns all there are.
func Quirks() []Quirk { return slices.Clone(quirks) }

var quirks = []Quirk{
	{
		"no_100rel", "reliable", "off", "RFC 3262 §3",
		"It refuses or mishandles an INVITE that offers reliable provisional responses.",
		func(t *Trunk) { t.Reliable = "off" },
	},
	{
		"no_session_timer", "session_timer.policy", "off", "RFC 4028 §9",
		"It ends calls that were refreshed, or answers Session-Expires with a failure.",
		func(t *Trunk) { t.Timer.Policy = "off" },
	},
	{
		"no_update", "session_timer.refresh", "reinvite", "RFC 3311 §4",
		"It lists UPDATE in Allow and fails on it.",
		func(t *Trunk) { t.Timer.Refresh = "reinvite" },
	},
	{
		"hollow_early_media", "early_media", "ignore", "RFC 3960 §3.2",
		"It sends 183 with SDP and then nothing to hear: ringing is generated instead.",
		func(t *Trunk) { t.EarlyMedia = "ignore" },
	},
	{
		"private_sdp", "nat", "true", "RFC 3264 §5.1",
		"It writes addresses into SDP that nobody can reach.",
		func(t *Trunk) { t.NAT = true },
	},
	{
		"deaf_to_events", "dtmf", "inband", "RFC 4733 §2.5.2",
		"It agrees to telephone-event and then ignores the events.",
		func(t *Trunk) { t.DTMF = "inband" },
	},
	{
		"info_dtmf", "dtmf", "info", "RFC 6086",
		"It reports keys by INFO of no package.",
		func(t *Trunk) { t.DTMF = "info" },
	},
	{
		"unsteady_rtp", "media", "decode", "RFC 3550 §5.1",
		"Its timestamps or packet times jump where the sound does not: sound is decoded and sent anew.",
		func(t *Trunk) { t.Media = "decode" },
	},
	{
		"plus_refused", "numbers.called", "digits", "RFC 3966 §5.1.4",
		"It takes global numbers without their plus only.",
		func(t *Trunk) { t.Numbers.Called = "digits" },
	},
	{
		"full_is_480", "failover.statuses", "480, 500, 502, 503, 504", "RFC 3261 §21.4.18",
		"It says 480, which speaks of the person called, when its lines are taken.",
		func(t *Trunk) { t.Failover.Statuses = []int{480, 500, 502, 503, 504} },
	},
}

// Apply returns the trunk with the options that its quirks stand for, and no
// memory shared. Quirks that are not known have no effect; Check names them.
func (t *Trunk) Apply() Trunk {
	c := t.Clone()
	for _, name := range t.Quirks {
		if q, ok := quirk(name); ok {
			q.set(&c)
		}
	}
	return c
}

func quirk(name string) (Quirk, bool) {
	i := slices.IndexFunc(quirks, func(q Quirk) bool { return q.Name == name })
	if i < 0 {
		return Quirk{}, false
	}
	return quirks[i], true
}

// option returns the value of a key as people would write it, "" when it is not set.
func (t *Trunk) option(key string) string {
	var values []string
	walk(reflect.ValueOf(t).Elem(), "", "", func(path string, _ reflect.StructTag, v reflect.Value) {
		if (path == key || strings.HasPrefix(path, key+"[")) && !v.IsZero() {
			values = append(values, fmt.Sprint(v.Interface()))
		}
	})
	return strings.Join(values, ", ")
}
