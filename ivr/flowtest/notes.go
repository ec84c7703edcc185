package flowtest

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"trunkline/ivr/caller"
)

// notes is the log of a flow, which goes into the dialogue of its call.
type notes struct{ to *caller.Caller }

// Enabled leaves out what is for debugging.
func (notes) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelInfo }

// Handle notes a line. What the script itself says needs no other words.
func (n notes) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	if r.Message != "script says" {
		b.WriteString(r.Message)
	}
	r.Attrs(func(a slog.Attr) bool {
		fmt.Fprintf(&b, " %v", a.Value)
		return true
	})
	n.to.Note("logs: " + strings.TrimSpace(b.String()))
	return nil
}

// WithAttrs drops them: the call and the flow are known.
func (n notes) WithAttrs([]slog.Attr) slog.Handler { return n }

// WithGroup drops it.
func (n notes) WithGroup(string) slog.Handler { return n }
