package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"trunkline/nlu/entity"
	"trunkline/nlu/entity/generate"
	evaluate "trunkline/nlu/entity/measure"
)

// entityCmd is about the values callers say.
type entityCmd struct {
	Eval entityEvalCmd `cmd:"" help:"Compare spoken with written values, or count values found where there are none."`
}

// entityEvalCmd measures the readers.
type entityEvalCmd struct {
	Type     string  `help:"Kind of value: number, money, phone, date, time, digits, idcard, bankcard, plate, yesno, measure, …; with --generate empty for all." placeholder:"KIND"`
	Lang     string  `help:"Language: zh or en." default:"zh" enum:"zh,en"`
	Triggers bool    `help:"FILE has sentences without such a value (the last column counts); report those where one is found."`
	Generate bool    `help:"Make callers up instead of reading a FILE."`
	Seed     uint64  `help:"Of --generate: the same seed makes the same callers." default:"1"`
	Noise    float64 `help:"Of --generate: share of digits that the recogniser gets wrong, 0 to 1."`
	Count    int     `short:"n" help:"Of --generate: callers of each kind." default:"1000"`
	Verbose  bool    `short:"v" help:"List every miss."`
	File     string  `arg:"" optional:"" type:"path" help:"spoken<TAB>written, one pair a line."`
}

// Run reads the file, or makes callers up, and prints the figures.
func (c entityEvalCmd) Run() error {
	if c.Type != "measure" && c.Type != "" {
		if _, err := entity.ParseKind(c.Type); err != nil {
			return usageError{fmt.Errorf("--type: %w", err)}
		}
	}
	if c.Generate {
		return c.made(os.Stdout)
	}
	if c.File == "" || c.Type == "" {
		return usageError{errors.New("entity eval: name a FILE and its --type, or --generate")}
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

// made prints what becomes of generated callers, a line for each kind.
func (c entityEvalCmd) made(w io.Writer) error {
	if c.Noise < 0 || c.Noise > 1 || c.Count < 1 {
		return usageError{errors.New("entity eval: --noise is a share from 0 to 1, --count at least 1")}
	}
	kinds := generate.Kinds()
	if c.Type != "" {
		k, err := entity.ParseKind(c.Type)
		if err != nil {
			return usageError{fmt.Errorf("--type: %w", err)}
		}
		kinds = []entity.Kind{k}
	}
	for _, k := range kinds {
		t, err := evaluate.Generated(generate.New(c.Seed, c.Noise), k, c.Lang, c.Count)
		if err != nil {
			return usageError{err}
		}
		if c.Verbose {
			for _, m := range t.Misses {
				fmt.Fprintf(w, "%s\t%s\t%s\twant %s, read %s %s (%s)\n", k, m.Case.Way, strings.Join(m.Case.Turns, " | "), m.Case.Want, m.Got.Doubt, m.Got.Value, m.Got.Why)
			}
		}
		share := func(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }
		fmt.Fprintf(w, "%-9s %s noise %2.0f %%: %5.1f %% right, wrong accepted %.2f %%, right refused %.2f %% (%d cases)\n",
			k, c.Lang, 100*c.Noise, share(t.Right, t.Cases), share(t.Accepted, t.Cases), share(t.Rejected, t.Valid), t.Cases)
	}
	return nil
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
	var pairs []evaluate.Pair
	for i, r := range rows {
		if len(r) != 2 {
			if len(r) == 1 && r[0] == "" {
				continue
			}
			return fmt.Errorf("read %s: line %d: %d columns, want spoken<TAB>written", c.File, i+1, len(r))
		}
		pairs = append(pairs, evaluate.Pair{Spoken: r[0], Written: r[1]})
	}
	report := evaluate.Compare(c.Type, c.Lang, pairs)
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
	hits := evaluate.Triggers(kind, c.Lang, texts)
	if c.Verbose {
		for _, h := range hits {
			fmt.Fprintf(w, "%d\t%s\t%s\t%q\t%s\n", h.Line, h.Hit.Value, h.Hit.Doubt, h.Text[h.Hit.Start:h.Hit.End], h.Text)
		}
	}
	fmt.Fprintf(w, "%s %s: found in %d of %d sentences, %.2f %%\n", c.Type, c.Lang, len(hits), len(texts), 100*float64(len(hits))/float64(max(len(texts), 1)))
	return nil
}
