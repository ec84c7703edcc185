package main

import (
	"io"
	"log/slog"
	"strings"

	"trunkline/cmd/trunkline/internal/config"
)

// newLog is the program's log: facts in lower case, data as attributes.
func newLog(c config.Log, w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(c.Level)) // checked when the configuration was read
	o := &slog.HandlerOptions{Level: level}
	if c.Numbers == "masked" {
		o.ReplaceAttr = maskNumbers
	}
	if c.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// maskNumbers hides whose numbers took part in a call. One place for every
// package: a log line names parties "from" and "to" and nothing else.
func maskNumbers(_ []string, a slog.Attr) slog.Attr {
	if (a.Key == "from" || a.Key == "to") && a.Value.Kind() == slog.KindString {
		a.Value = slog.StringValue(masked(a.Value.String()))
	}
	return a
}

// masked is text without its last four digits, when it is somebody's number and
// not the short number of a service or a name.
func masked(text string) string {
	const hidden, shortest = 4, 7
	digits := strings.Trim(text, "+0123456789") == "" && len(strings.TrimPrefix(text, "+")) >= shortest
	if !digits {
		return text
	}
	return text[:len(text)-hidden] + strings.Repeat("*", hidden)
}
