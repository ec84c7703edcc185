package config

import "testing"

// TestWrongTypes: values of a wrong type are told by key and line, those of one
// section beside those of another.
func TestWrongTypes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if _, err := Parse("f.yaml", []byte(text)); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
	f("limits:\n  calls: many\nmedia: {threads: x}\n",
		"f.yaml:2:10: limits.calls: \"many\" is not a whole number\nf.yaml:3:18: media.threads: \"x\" is not a whole number")
	f("unknown: 1\nlimits: 5", "f.yaml:1:1: unknown field \"unknown\"\nf.yaml:2:9: limits: want a mapping, not a number")
	f("databases: [a]", "f.yaml:1:12: databases: want a mapping, not a list")
	f("trunks: [5]", "f.yaml:1:10: trunks[0]: want a mapping, not a number")
	f("trunks: [{limits: {inbound: {calls: x}}}]", `f.yaml:1:37: trunks[0].limits.inbound.calls: "x" is not a whole number`)
	f("trunks:\n  - name: [a]\n", "f.yaml:2:11: trunks[0].name: a list is not a text")
	f("sip: {guard: {bans: 7}}", `f.yaml:1:21: sip.guard.bans: "7" is not true or false`)
	f("log: {level: {a: b}}", "f.yaml:1:14: log.level: a mapping is not a text")
	f("limits: {calls: 99999999999999999999}", "f.yaml:1:17: limits.calls: 99999999999999999999 is too large")
	f("limits: {drain: [x]}", `f.yaml:1:17: "[" is not a duration such as 300ms or 5s`)
	f("a: &x 5\nlimits: {calls: *y}", "f.yaml:1:1: unknown field \"a\"\nf.yaml:2:18: could not find alias \"y\"")
}
