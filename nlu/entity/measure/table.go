package measure

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"

	"trunkline/nlu/entity"
	"trunkline/nlu/entity/generate"
)

// Columns reads tab-separated lines; empty ones are left out.
func Columns(r io.Reader) ([][]string, error) {
	var rows [][]string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if line := strings.TrimRight(lines.Text(), "\r"); line != "" {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	return rows, lines.Err()
}

// ReadPairs reads lines of two columns. Errors name the file, by name, and the line.
func ReadPairs(name string, r io.Reader) ([]Pair, error) {
	var pairs []Pair
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimRight(lines.Text(), "\r")
		if line == "" {
			continue
		}
		columns := strings.Split(line, "\t")
		if len(columns) != 2 {
			return nil, fmt.Errorf("read pairs: %s:%d: there are %d columns; want spoken<TAB>written", name, n, len(columns))
		}
		pairs = append(pairs, Pair{Spoken: columns[0], Written: columns[1]})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read pairs: %s: %w", name, err)
	}
	return pairs, nil
}

// WritePairs compares pairs and writes the figure, with every miss
// before it if verbose is given.
func WritePairs(w, verbose io.Writer, kind, lang string, pairs []Pair) error {
	report := Compare(kind, lang, pairs)
	for _, m := range report.Misses {
		fmt.Fprintf(verbose, "%d\t%s\t%s\tread %s, want %s\n", m.Line, m.Pair.Spoken, m.Pair.Written,
			strings.Join(m.Got, " + "), strings.Join(m.Want, " + "))
	}
	_, err := fmt.Fprintf(w, "%s %s: %d of %d exact, %.1f %%\n", kind, lang, report.Right, report.Total, 100*report.Rate())
	return err
}

// WriteTriggers writes how many rows have a value of the kind in their last
// column, and to verbose which.
func WriteTriggers(w, verbose io.Writer, kind entity.Kind, lang string, rows [][]string) error {
	texts := make([]string, len(rows))
	for i, r := range rows {
		texts[i] = r[len(r)-1]
	}
	hits := Triggers(kind, lang, texts)
	for _, h := range hits {
		fmt.Fprintf(verbose, "%d\t%s\t%s\t%q\t%s\n", h.Line, h.Hit.Value, h.Hit.Doubt, h.Text[h.Hit.Start:h.Hit.End], h.Text)
	}
	_, err := fmt.Fprintf(w, "%s %s: found in %d of %d sentences, %.2f %%\n", kind, lang, len(hits), len(texts), percent(len(hits), len(texts)))
	return err
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// Callers says which callers are made up.
type Callers struct {
	Seed  uint64
	Noise float64 // 0 to 1
	Count int     // of each kind
}

// WriteGenerated writes a line for every kind, and to verbose the misses.
func WriteGenerated(w, verbose io.Writer, lang string, kinds []entity.Kind, c Callers) error {
	if c.Noise < 0 || c.Noise > 1 || c.Count < 1 {
		return errors.New("generate callers: the noise is a share from 0 to 1, the count at least 1")
	}
	for _, k := range kinds {
		t, err := Generated(generate.New(c.Seed, c.Noise), k, lang, c.Count)
		if err != nil {
			return err
		}
		for _, m := range t.Misses {
			fmt.Fprintf(verbose, "%s\t%s\t%s\twant %s, read %s %s (%s)\n", k, m.Case.Way, strings.Join(m.Case.Turns, " | "),
				m.Case.Want, m.Got.Doubt, m.Got.Value, m.Got.Why)
		}
		_, err = fmt.Fprintf(w, "%-9s %s noise %2.0f %%: %5.1f %% right, wrong accepted %.2f %%, right refused %.2f %% (%d cases)\n",
			k, lang, 100*c.Noise, percent(t.Right, t.Cases), percent(t.Accepted, t.Cases), percent(t.Rejected, t.Valid), t.Cases)
		if err != nil {
			return err
		}
	}
	return nil
}
