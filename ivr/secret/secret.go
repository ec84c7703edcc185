// Package secret keeps texts of a call out of everything that people look at: logs,
// events, traces. A flow that has collected a card number and revealed it to itself
// keeps it here; whoever writes something down scrubs it first.
package secret

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
)

// Keeper knows the secrets of one call. One goroutine keeps, any may scrub.
type Keeper struct{ known atomic.Pointer[[]string] }

// Hidden stands for a secret wherever it would have been seen.
const Hidden = "•••"

// Keep remembers a secret. Short ones would take half of any text with them: a
// script that reveals a digit or two must look after them itself.
func (s *Keeper) Keep(text string) {
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

// Scrub takes the secrets out of a text.
func (s *Keeper) Scrub(text string) string {
	known := s.known.Load()
	if known == nil {
		return text
	}
	for _, k := range *known {
		text = strings.ReplaceAll(text, k, Hidden)
	}
	return text
}

// Handler takes secrets out of what is logged.
type Handler struct {
	slog.Handler
	*Keeper
}

// Handle scrubs the message and all attributes, once there are secrets.
func (h Handler) Handle(ctx context.Context, r slog.Record) error {
	if h.known.Load() == nil {
		return h.Handler.Handle(ctx, r)
	}
	clean := slog.NewRecord(r.Time, r.Level, h.Scrub(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if v := a.Value.Resolve(); v.Kind() == slog.KindString || v.Kind() == slog.KindAny {
			a.Value = slog.StringValue(h.Scrub(fmt.Sprint(v.Any())))
		}
		clean.AddAttrs(a)
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs keeps scrubbing.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{h.Handler.WithAttrs(attrs), h.Keeper}
}

// WithGroup keeps scrubbing.
func (h Handler) WithGroup(name string) slog.Handler {
	return Handler{h.Handler.WithGroup(name), h.Keeper}
}

// Luhn reports whether digits pass the check of payment cards (ISO/IEC 7812-1,
// annex B).
func Luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i]) - '0'
		if d < 0 || d > 9 {
			return false
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return digits != "" && sum%10 == 0
}
