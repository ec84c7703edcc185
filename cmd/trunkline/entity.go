package main

import (
	"errors"
	"fmt"
	"io"
	"os"

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
	kind, err := entity.ParseKind(c.Type)
	if err != nil && (c.Type != "" || !c.Generate) && (c.Type != "measure" || c.Generate || c.Triggers) {
		return usageError{fmt.Errorf("--type: %w", err)}
	}
	verbose := io.Discard
	if c.Verbose {
		verbose = os.Stdout
	}
	if c.Generate {
		kinds := generate.Kinds()
		if c.Type != "" {
			kinds = []entity.Kind{kind}
		}
		return evaluate.WriteGenerated(os.Stdout, verbose, c.Lang, kinds, evaluate.Callers{Seed: c.Seed, Noise: c.Noise, Count: c.Count})
	}
	if c.File == "" {
		return usageError{errors.New("entity eval: name a FILE, or --generate")}
	}
	f, err := os.Open(c.File)
	if err != nil {
		return usageError{err}
	}
	defer f.Close()
	if c.Triggers {
		rows, err := evaluate.Columns(f)
		if err != nil {
			return fmt.Errorf("read %s: %w", c.File, err)
		}
		return evaluate.WriteTriggers(os.Stdout, verbose, kind, c.Lang, rows)
	}
	pairs, err := evaluate.ReadPairs(c.File, f)
	if err != nil {
		return usageError{err}
	}
	return evaluate.WritePairs(os.Stdout, verbose, c.Type, c.Lang, pairs)
}
