// Package route decides what happens to a call that comes in: which flow takes it,
// or which trunks it goes on to, or how it is refused. Rules are plain data as
// people write them; the first that fits wins.
//
// A Plan is the data. Check says what is wrong with it and where; Compile makes the
// Table that call asks once for every inbound call, and that is replaced as a whole
// when the configuration is. Decide answers; Trace answers with the reasons, for
// `trunkline route-test`, and Explain prints them. Everything is a function of its
// arguments, the time among them: nothing here keeps state, waits, or knows whether
// a trunk lives. Group.Order asks its caller for that.
package route

import "trunkline/sip/trunk"

// Plan is everything there is to say about where calls go.
type Plan struct {
	Routes   []Rule              `json:"routes,omitempty" doc:"In order; the first that fits wins"`
	Groups   []Group             `json:"groups,omitempty" doc:"Trunks that serve the same numbers"`
	Holidays map[string][]string `json:"holidays,omitempty" doc:"Lists of dates that rules name"`
}

// Rule is conditions, all of which must hold, and what follows: a flow, a bridge
// or a refusal.
type Rule struct {
	Name  string `json:"name,omitempty" doc:"For people, in explanations"`
	Match `json:",inline"`
	Not   *Match `json:"not,omitempty" doc:"Conditions that must not all hold"`

	Flow   string            `json:"flow,omitempty"`
	Vars   map[string]string `json:"vars,omitempty" doc:"Handed to the flow; templates"`
	Bridge *Bridge           `json:"bridge,omitempty" doc:"Whom to connect the caller with"`
	Reject string            `json:"reject,omitempty" doc:"Code that the call is refused with, such as busy or not_found"`
}

// Match is conditions. What is left out holds always.
//
// A pattern is a number or user as it stands; or the beginning of one followed by
// *; or a regular expression (RE2) between slashes that must fit all of it.
type Match struct {
	Trunk   string            `json:"trunk,omitempty" doc:"Whence the call comes"`
	Trunks  []string          `json:"trunks,omitempty" doc:"One of them, in place of trunk"`
	To      string            `json:"to,omitempty" doc:"Pattern for the number called"`
	From    string            `json:"from,omitempty" doc:"Pattern for the caller's number"`
	Headers map[string]string `json:"headers,omitempty" doc:"Patterns for headers that the trunk may bring"`
	When    *When             `json:"when,omitempty"`
}

// When is a time that comes again. What is left out holds always.
type When struct {
	Zone   string   `json:"zone,omitempty" doc:"Such as Europe/Berlin; default: the machine's"`
	Days   []string `json:"days,omitempty" doc:"mon … sun, or a range such as mon-fri"`
	Hours  []string `json:"hours,omitempty" doc:"Such as 09:00-17:30; 22:00-06:00 belongs to the day on which it begins"`
	Dates  []string `json:"dates,omitempty" doc:"2026-12-24, each year's 12-24, ranges such as 12-24..01-06, or the name of holidays"`
	Except []string `json:"except,omitempty" doc:"Dates on which it does not hold"`
}

// Bridge connects the caller with somebody behind one of some trunks.
type Bridge struct {
	Trunk   string         `json:"trunk,omitempty"`
	Trunks  []string       `json:"trunks,omitempty" doc:"One after the other, in place of trunk"`
	Group   string         `json:"group,omitempty" doc:"In place of trunk"`
	To      string         `json:"to,omitempty" doc:"Template; default: the number called"`
	From    string         `json:"from,omitempty" doc:"Template; default: the caller's number"`
	Timeout trunk.Duration `json:"timeout,omitempty" doc:"How long one trunk may ring"`
}

// Group is trunks that serve the same numbers.
type Group struct {
	Name   string   `json:"name"`
	Trunks []Member `json:"trunks"`
	Pick   string   `json:"pick,omitempty" enum:"priority,weight,least_used" doc:"Among those of the same priority: the first, by weight, or the one with the fewest calls for its weight; default priority"`
}

// Member is a trunk in a group. The lowest priority is tried first.
type Member struct {
	Name     string `json:"name"`
	Priority int    `json:"priority,omitempty" minimum:"0" maximum:"65535"`
	Weight   int    `json:"weight,omitempty" minimum:"0" maximum:"65535" doc:"Default 1"`
}

// Ways to pick among trunks of the same priority.
const (
	pickPriority  = "priority"
	pickWeight    = "weight"
	pickLeastUsed = "least_used"
)
