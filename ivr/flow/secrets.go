package flow

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// secrets are texts of this call that must not be seen: what secure_collect
// collected and a script has revealed to itself. The flow's goroutine keeps, and
// others that log for the call scrub.
type secrets struct{ known atomic.Pointer[[]string] }

// hidden stands for a secret wherever it would have been seen.
const hidden = "•••"

// keep remembers a secret. Short ones would take half of any text with them: a
// script that reveals a digit or two must look after them itself.
func (s *secrets) keep(text string) {
	const least = 3
	if len(text) < least {
		return
	}
	var all []string
	if known := s.known.Load(); known != nil {
		all = append(all, *known...)
	}
	all = append(all, text)
	s.known.Store(&all)
}

// scrub takes the secrets out of a text.
func (s *secrets) scrub(text string) string {
	known := s.known.Load()
	if known == nil {
		return text
	}
	for _, k := range *known {
		text = strings.ReplaceAll(text, k, hidden)
	}
	return text
}

// scrubber takes secrets out of what is logged.
type scrubber struct {
	slog.Handler
	*secrets
}

// Handle scrubs the message and all attributes, once there are secrets.
func (h scrubber) Handle(ctx context.Context, r slog.Record) error {
	if h.known.Load() == nil {
		return h.Handler.Handle(ctx, r)
	}
	clean := slog.NewRecord(r.Time, r.Level, h.scrub(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if v := a.Value.Resolve(); v.Kind() == slog.KindString || v.Kind() == slog.KindAny {
			a.Value = slog.StringValue(h.scrub(fmt.Sprint(v.Any())))
		}
		clean.AddAttrs(a)
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs keeps scrubbing.
func (h scrubber) WithAttrs(attrs []slog.Attr) slog.Handler {
	return scrubber{h.Handler.WithAttrs(attrs), h.secrets}
}

// WithGroup keeps scrubbing.
func (h scrubber) WithGroup(name string) slog.Handler {
	return scrubber{h.Handler.WithGroup(name), h.secrets}
}
