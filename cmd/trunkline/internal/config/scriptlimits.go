package config

import (
	"time"

	"trunkline/ivr/sandbox"
)

// ScriptLimits bound what the script of one call may use; docs/limits.md explains
// them.
type ScriptLimits struct {
	Instructions int      `yaml:"instructions"`
	PerSecond    int      `yaml:"per_second"`
	Compute      Duration `yaml:"compute"`
	Memory       int      `yaml:"memory"` // bytes
	String       int      `yaml:"string"` // bytes
	Depth        int      `yaml:"depth"`
}

// defaultScriptLimits are those of package sandbox.
func defaultScriptLimits() ScriptLimits {
	l := sandbox.Limits{}.WithDefaults()
	return ScriptLimits{
		Instructions: l.Instructions, PerSecond: l.PerSecond, Compute: Duration(l.Compute), Memory: l.Memory, String: l.String, Depth: l.Depth,
	}
}

// Sandbox is what package sandbox is told.
func (l ScriptLimits) Sandbox() sandbox.Limits {
	return sandbox.Limits{
		Instructions: l.Instructions, PerSecond: l.PerSecond, Compute: time.Duration(l.Compute), Memory: l.Memory, String: l.String, Depth: l.Depth,
	}
}

// checkScriptLimits keeps limits above what any flow needs to say a word, and
// below what would be none.
func (v *validation) checkScriptLimits(l *ScriptLimits) {
	f := func(key string, got, least, most int) {
		if got < least || got > most {
			v.fail("$.script_limits."+key, "%d: want %d to %d", got, least, most)
		}
	}
	f("instructions", l.Instructions, 100_000, 1_000_000_000)
	f("per_second", l.PerSecond, 10_000, 1_000_000_000)
	f("memory", l.Memory, 1<<20, 1<<30)
	f("string", l.String, 64<<10, 1<<28)
	f("depth", l.Depth, 50, 2_000)
	if c := time.Duration(l.Compute); c < 100*time.Millisecond || c > time.Minute {
		v.fail("$.script_limits.compute", "%v: want 100ms to 1m", c)
	}
}
