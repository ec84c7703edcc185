// Package report is what a run of the benchmarks found out: chapters of rows, the
// goals with what was measured of each, and what had to be left out. It is kept
// for people and for programs.
//
// It owns no measurement, and the files it is told to write. One goroutine uses a
// Report. Only benchmarks do: nothing here is part of the product.
package report

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

// Report is of one run.
type Report struct {
	Date     string    `json:"date"`
	Commit   string    `json:"commit"`
	Machine  Machine   `json:"machine"`
	Rights   any       `json:"rights"` // what the machine permitted; it can print itself
	Quick    bool      `json:"quick"`
	Took     string    `json:"took"`
	Chapters []Chapter `json:"chapters"`
	Missing  []string  `json:"leftOut"` // with the reason

	begun time.Time
	live  io.Writer // is told of everything at once
}

// Chapter is a table.
type Chapter struct {
	Title string `json:"title"`
	Rows  []Row  `json:"rows"`
}

// Row is one figure.
type Row struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Ratio float64 `json:"ratio,omitempty"`   // Value by that of Against
	Base  string  `json:"against,omitempty"` //
	Goal  string  `json:"goal,omitempty"`    // in words
	Met   string  `json:"met,omitempty"`     // the verdict
	Note  string  `json:"note,omitempty"`

	goal Goal
}

// Begin begins a report; live is told of every row at once.
func Begin(live io.Writer, rights any, quick bool) *Report {
	r := &Report{
		Commit: commit(), Machine: thisMachine(), Rights: rights, Quick: quick,
		begun: time.Now(), live: live,
	}
	r.Date = r.begun.Format(time.RFC3339)
	fmt.Fprintf(live, "%s\n%s\n", r.Machine, rights)
	return r
}

// Chapter begins one.
func (r *Report) Chapter(title string) {
	r.Chapters = append(r.Chapters, Chapter{Title: title})
	fmt.Fprintf(r.live, "\n%s\n", title)
}

// Figure notes a figure, with a goal for the figure itself.
func (r *Report) Figure(name string, value float64, unit string, g Goal, note string) {
	r.add(Row{Name: name, Value: value, Unit: unit, Note: note, goal: g}, math.NaN())
}

// Ratio notes a figure by another, with a goal for the ratio.
func (r *Report) Ratio(name string, value float64, unit string, base string, of float64, g Goal, note string) {
	r.add(Row{Name: name, Value: value, Unit: unit, Base: base, Ratio: value / of, Note: note, goal: g}, math.NaN())
}

// Level notes how many calls of a kind were clean. Where that is the generator's
// limit, full is how many would fill a core by their processor time; else NaN.
func (r *Report) Level(name string, calls int, full float64, g Goal, note string) {
	r.add(Row{Name: name, Value: float64(calls), Unit: "calls", Note: note, goal: g}, full)
}

func (r *Report) add(x Row, full float64) {
	x.Goal, x.Met = x.goal.words(), x.goal.judge(x.judged(), full)
	at := &r.Chapters[len(r.Chapters)-1]
	at.Rows = append(at.Rows, x)
	fmt.Fprintln(r.live, x)
}

// judged is what the goal is for.
func (x Row) judged() float64 {
	if x.Base != "" {
		return x.Ratio
	}
	return x.Value
}

// LeftOut notes what could not be measured, and why.
func (r *Report) LeftOut(what string) {
	r.Missing = append(r.Missing, what)
	fmt.Fprintln(r.live, "  left out:", what)
}

// String lays a row out under the others.
func (x Row) String() string {
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

// Store shows the goals and writes the report into dir, for people and for
// programs; nowhere when dir is empty.
func (r *Report) Store(dir string) error {
	r.Took = time.Since(r.begun).Round(time.Second).String()
	fmt.Fprintln(r.live, r.goals())
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
func (r *Report) text() string {
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
	s.WriteString(r.goals())
	if len(r.Missing) > 0 {
		s.WriteString("\nLeft out\n")
		for _, m := range r.Missing {
			fmt.Fprintln(&s, " ", m)
		}
	}
	return s.String()
}

// Median returns the middle of v; 0 when there is nothing.
func Median(v []float64) float64 {
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
