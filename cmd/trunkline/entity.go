package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"trunkline/nlu/entity"
	entitymeasure "trunkline/nlu/entity/measure"
)

// entityCmd is about the values callers say.
type entityCmd struct {
	Eval entityEvalCmd `cmd:"" help:"Compare spoken with written values, or count values found where there are none."`
}

// entityEvalCmd measures the readers.
type entityEvalCmd struct {
	Type     string `help:"Kind of value: number, money, phone, date, time, digits, idcard, bankcard, plate, yesno, measure, …" default:"number"`
	Lang     string `help:"Language: zh or en." default:"zh" enum:"zh,en"`
	Triggers bool   `help:"FILE has sentences without such a value (the last column counts); report those where one is found."`
	Verbose  bool   `short:"v" help:"List every miss."`
	File     string `arg:"" optional:"" type:"path" help:"spoken<TAB>written, one pair a line."`
}

// Run reads the file and prints the figures.
func (c entityEvalCmd) Run() error {
	if c.Type != "measure" {
		if _, err := entity.ParseKind(c.Type); err != nil {
			return usageError{fmt.Errorf("--type: %w", err)}
		}
	}
	if c.File == "" {
		return usageError{errors.New("entity eval: name a FILE")}
	}
	f, err := os.Open(c.File)
	if err != nil {
		return usageError{err}
	}
	defer f.Close()
	rows, err := columns(f)
	if err != nil {
		return fmt.Errorf("read %s: %w", c.File, err)
	}
	if c.Triggers {
		return c.triggers(os.Stdout, rows)
	}
	return c.compare(os.Stdout, rows)
}

// columns reads tab-separated lines.
func columns(r io.Reader) ([][]string, error) {
	var rows [][]string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		rows = append(rows, strings.Split(strings.TrimRight(lines.Text(), "\r"), "\t"))
	}
	return rows, lines.Err()
}

func (c entityEvalCmd) compare(w io.Writer, rows [][]string) error {
	var pairs []entitymeasure.Pair
	for i, r := range rows {
		if len(r) != 2 {
			if len(r) == 1 && r[0] == "" {
				continue
			}
			return fmt.Errorf("read %s: line %d: %d columns, want spoken<TAB>written", c.File, i+1, len(r))
		}
		pairs = append(pairs, entitymeasure.Pair{Spoken: r[0], Written: r[1]})
	}
	report := entitymeasure.Compare(c.Type, c.Lang, pairs)
	if c.Verbose {
		for _, m := range report.Misses {
			fmt.Fprintf(w, "%d\t%s\t%s\tread %s, want %s\n", m.Line, m.Pair.Spoken, m.Pair.Written, strings.Join(m.Got, " + "), strings.Join(m.Want, " + "))
		}
	}
	fmt.Fprintf(w, "%s %s: %d of %d exact, %.1f %%\n", c.Type, c.Lang, report.Right, report.Total, 100*report.Rate())
	return nil
}

func (c entityEvalCmd) triggers(w io.Writer, rows [][]string) error {
	kind, err := entity.ParseKind(c.Type)
	if err != nil {
		return usageError{fmt.Errorf("--type: %w", err)}
	}
	var texts []string
	for _, r := range rows {
		texts = append(texts, r[len(r)-1])
	}
	hits := entitymeasure.Triggers(kind, c.Lang, texts)
	if c.Verbose {
		for _, h := range hits {
			fmt.Fprintf(w, "%d\t%s\t%s\t%q\t%s\n", h.Line, h.Hit.Value, h.Hit.Doubt, h.Text[h.Hit.Start:h.Hit.End], h.Text)
		}
	}
	fmt.Fprintf(w, "%s %s: found in %d of %d sentences, %.2f %%\n", c.Type, c.Lang, len(hits), len(texts), 100*float64(len(hits))/float64(max(len(texts), 1)))
	return nil
}
