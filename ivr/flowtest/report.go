package flowtest

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Report tells results to people as they come.
type Report struct {
	To      io.Writer
	Verbose bool // tells also what happened in tests that passed

	Tests, Failed int
	clock, took   time.Duration
	err           error // of writing
}

// Tell tells one result.
func (r *Report) Tell(t Result) {
	r.Tests++
	r.clock += t.Clock
	r.took += t.Took
	word := "ok  "
	if t.Err != "" {
		word = "FAIL"
		r.Failed++
	}
	r.print("%s  %s: %s  (%v in %v)\n", word, t.File, t.Name, t.Clock.Round(100*time.Millisecond), t.Took.Round(time.Millisecond))
	if t.Err != "" {
		r.print("%s", indent(t.Err))
	}
	if t.Err != "" || r.Verbose {
		for _, line := range t.Printed {
			r.print("%s", indent("print: "+line))
		}
		r.print("%s", indent(strings.TrimSuffix(t.Dialogue, "\n")))
	}
}

// Sum tells the sum of all.
func (r *Report) Sum() error {
	r.print("%d tests, %d failed; %v of calls in %v\n", r.Tests, r.Failed, r.clock.Round(100*time.Millisecond), r.took.Round(time.Millisecond))
	return r.err
}

func (r *Report) print(format string, args ...any) {
	if r.err == nil {
		_, r.err = fmt.Fprintf(r.To, format, args...)
	}
}

func indent(text string) string {
	if text == "" {
		return ""
	}
	return "      " + strings.ReplaceAll(text, "\n", "\n      ") + "\n"
}
