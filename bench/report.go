package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// report is what a run found out.
type report struct {
	Date     string    `json:"date"`
	Commit   string    `json:"commit"`
	Machine  machine   `json:"machine"`
	Rights   rights    `json:"rights"`
	Quick    bool      `json:"quick"`
	Took     string    `json:"took"`
	Chapters []chapter `json:"chapters"`
	Missing  []string  `json:"leftOut"` // with the reason

	begun time.Time
	live  io.Writer // is told of everything at once
}

// chapter is a table.
type chapter struct {
	Title string `json:"title"`
	Rows  []row  `json:"rows"`
}

// row is one figure.
type row struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Ratio float64 `json:"ratio,omitempty"`   // Value by that of Against
	Base  string  `json:"against,omitempty"` //
	Goal  string  `json:"goal,omitempty"`    // in words
	Met   string  `json:"met,omitempty"`     // "met" or "missed"
	Note  string  `json:"note,omitempty"`
}

// goal is a bound for a figure.
type goal struct {
	bound float64
	least bool // the figure must be at least bound, not at most
}

func atMost(x float64) *goal  { return &goal{bound: x} }
func atLeast(x float64) *goal { return &goal{bound: x, least: true} }

// judge returns the goal in words and whether x meets it.
func (g *goal) judge(x float64) (words, met string) {
	if g == nil {
		return "", ""
	}
	ok, sign := x <= g.bound, "<="
	if g.least {
		ok, sign = x >= g.bound, ">="
	}
	met = "missed"
	if ok && !math.IsNaN(x) {
		met = "met"
	}
	return fmt.Sprintf("%s %v", sign, g.bound), met
}

// chapter begins one.
func (r *report) chapter(title string) {
	r.Chapters = append(r.Chapters, chapter{Title: title})
	fmt.Fprintf(r.live, "\n%s\n", title)
}

// figure notes a figure, with a goal for the figure itself.
func (r *report) figure(name string, value float64, unit string, g *goal, note string) {
	x := row{Name: name, Value: value, Unit: unit, Note: note}
	x.Goal, x.Met = g.judge(value)
	r.add(x)
}

// ratio notes a figure by another, with a goal for the ratio.
func (r *report) ratio(name string, value float64, unit string, base string, of float64, g *goal, note string) {
	x := row{Name: name, Value: value, Unit: unit, Base: base, Ratio: value / of, Note: note}
	x.Goal, x.Met = g.judge(x.Ratio)
	r.add(x)
}

func (r *report) add(x row) {
	at := &r.Chapters[len(r.Chapters)-1]
	at.Rows = append(at.Rows, x)
	fmt.Fprintln(r.live, x)
}

// leftOut notes what could not be measured, and why.
func (r *report) leftOut(what string) {
	r.Missing = append(r.Missing, what)
	fmt.Fprintln(r.live, "  left out:", what)
}

// String lays a row out under the others.
func (x row) String() string {
	s := fmt.Sprintf("  %-46s %9s %-10s", x.Name, number(x.Value), x.Unit)
	if x.Base != "" {
		s += fmt.Sprintf(" %5.2f x %-12s", x.Ratio, x.Base)
	}
	if x.Goal != "" {
		s += fmt.Sprintf(" [%s: %s]", x.Goal, x.Met)
	}
	if x.Note != "" {
		s += " " + x.Note
	}
	return strings.TrimRight(s, " ")
}

// number writes x with three digits that count.
func number(x float64) string {
	switch a := math.Abs(x); {
	case a >= 100 || x == math.Trunc(x):
		return fmt.Sprintf("%.0f", x)
	case a >= 10:
		return fmt.Sprintf("%.1f", x)
	default:
		return fmt.Sprintf("%.2f", x)
	}
}

// store writes the report into dir, for people and for programs.
func (r *report) store(dir string) error {
	r.Took = time.Since(r.begun).Round(time.Second).String()
	if dir == "" {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	name := filepath.Join(dir, r.begun.Format("2006-01-02-1504")+"-"+r.Commit)
	js, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+".json", append(js, '\n'), 0o644); err != nil {
		return err
	}
	fmt.Fprintln(r.live, "\nwritten to", name+".txt and .json")
	return os.WriteFile(name+".txt", []byte(r.text()), 0o644)
}

// text is the report for people.
func (r *report) text() string {
	var s strings.Builder
	fmt.Fprintf(&s, "Trunkline %s, %s, %s", r.Commit, r.Date, r.Took)
	if r.Quick {
		s.WriteString(", quick: expect ratios to be off by a tenth")
	}
	fmt.Fprintf(&s, "\n%s\n%s\n", r.Machine, r.Rights)
	for _, c := range r.Chapters {
		fmt.Fprintf(&s, "\n%s\n", c.Title)
		for _, x := range c.Rows {
			fmt.Fprintln(&s, x)
		}
	}
	if len(r.Missing) > 0 {
		s.WriteString("\nLeft out\n")
		for _, m := range r.Missing {
			fmt.Fprintln(&s, " ", m)
		}
	}
	return s.String()
}

// median returns the middle of v; 0 when there is nothing.
func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	switch n := len(v); {
	case n == 0:
		return 0
	case n%2 == 0:
		return (v[n/2-1] + v[n/2]) / 2
	default:
		return v[n/2]
	}
}
