// Package secret keeps texts of a call out of everything that people look at: logs,
// events, traces. A flow that has collected a card number and revealed it to itself
// keeps it here; whoever writes something down scrubs it first.
package secret

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Keeper knows the secrets of one call. One goroutine keeps, any may scrub.
//
// A text is taken as its tokens: digits, characters of Chinese, and words of other
// letters. A secret is hidden however its tokens are set apart by a few characters, and so is a long part
// of it: whoever has most of a card number has the card.
type Keeper struct {
	mu    sync.RWMutex
	parts map[string]bool    // what is hidden: tokens of secrets, each after a space
	sizes [partSize + 2]bool // how many tokens such parts have
}

// Hidden stands for a secret wherever it would have been seen.
const Hidden = "•••"

const (
	leastSize = 3 // tokens of a secret
	partSize  = 6 // tokens of a part that is hidden by itself
	mostGap   = 3 // characters between two tokens of a secret
)

// Keep remembers a secret. Short ones would take half of any text with them: a
// script that reveals a digit or two must look after them itself. Of those with 8
// tokens or more 6 in a row are hidden, too; shorter ones are only as a whole.
func (s *Keeper) Keep(text string) {
	all := tokens(text)
	size := partSize
	if len(all) < partSize+2 {
		size = len(all)
	}
	if size < leastSize {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.parts == nil {
		s.parts = map[string]bool{}
	}
	s.sizes[size] = true
	for i := range len(all) - size + 1 {
		s.parts[part(all[i:i+size])] = true
	}
}

// Holds reports whether a secret, or a long part of one, is in a text.
func (s *Keeper) Holds(text string) bool { return s.Scrub(text) != text }

// Scrub takes the secrets out of a text.
func (s *Keeper) Scrub(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.parts == nil {
		return text
	}
	all := tokens(text)
	var out strings.Builder
	end, hidden := 0, 0 // bytes written, tokens seen to be secret
	for i, t := range all {
		n := s.secretAt(all[i:])
		if i+n <= hidden || n == 0 {
			continue
		}
		if goesOn := i < hidden || i > 0 && i == hidden && t.near; !goesOn {
			out.WriteString(text[end:t.from])
			out.WriteString(Hidden)
		}
		hidden = i + n
		end = all[hidden-1].to
	}
	return out.String() + text[end:]
}

// secretAt returns how many tokens at the beginning of all are a secret; 0: none.
func (s *Keeper) secretAt(all []token) int {
	for n := min(len(s.sizes)-1, len(all)); n >= leastSize; n-- {
		if s.sizes[n] && near(all[1:n]) && s.parts[part(all[:n])] {
			return n
		}
	}
	return 0
}

// token is a piece of a text.
type token struct {
	text     string // in lower case
	from, to int    // bytes of the text
	near     bool   // to the token before
}

// tokens takes a text apart.
func tokens(text string) []token {
	var all []token
	gap, word := 0, false // word: the last token is one, and goes on
	for i, c := range text {
		to := i + utf8.RuneLen(c)
		letter := unicode.IsLetter(c) && !unicode.Is(unicode.Han, c)
		switch {
		case c == utf8.RuneError, !letter && !unicode.IsDigit(c) && !unicode.IsLetter(c):
			gap++
			word = false
			continue
		case letter && word:
			all[len(all)-1].to = to
		default:
			all = append(all, token{from: i, to: to, near: gap <= mostGap})
		}
		gap, word = 0, letter
	}
	for i := range all {
		all[i].text = strings.ToLower(text[all[i].from:all[i].to])
	}
	return all
}

// near reports whether tokens follow what is before them.
func near(all []token) bool {
	for _, t := range all {
		if !t.near {
			return false
		}
	}
	return true
}

// part is what tokens are known by.
func part(all []token) string {
	var b strings.Builder
	for _, t := range all {
		b.WriteByte(' ')
		b.WriteString(t.text)
	}
	return b.String()
}

// Handler takes secrets out of what is logged.
type Handler struct {
	slog.Handler
	*Keeper
}

// Handle scrubs the message and all attributes, once there are secrets.
func (h Handler) Handle(ctx context.Context, r slog.Record) error {
	if h.empty() {
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

// empty reports whether there are no secrets.
func (s *Keeper) empty() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.parts == nil
}

// WithAttrs keeps scrubbing.
func (h Handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return Handler{h.Handler.WithAttrs(attrs), h.Keeper}
}

// WithGroup keeps scrubbing.
func (h Handler) WithGroup(name string) slog.Handler {
	return Handler{h.Handler.WithGroup(name), h.Keeper}
}
