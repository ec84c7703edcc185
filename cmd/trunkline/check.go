package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"trunkline/cmd/trunkline/internal/check"
	"trunkline/cmd/trunkline/internal/config"
)

type checkCmd struct {
	Config  string `short:"c" type:"path" help:"Configuration file; without it the embedded default is checked." placeholder:"FILE"`
	Scripts string `type:"path" help:"Directory of flows, menus and tests, instead of that of the configuration; without --config only this is checked." placeholder:"DIR"`
}

// Run reports everything that is wrong at once, each with file and line. What is
// wrong with the configuration does not hide what is wrong with scripts.
func (c checkCmd) Run() error { return c.check(os.Stdout, os.Stderr) }

func (c checkCmd) check(out, warn io.Writer) error {
	var cfg *config.Config
	var wrong error
	dir, sum := c.Scripts, ""
	if c.Config != "" || c.Scripts == "" {
		cfg, wrong = config.Load(c.Config, defaultConfig)
		switch {
		case cfg != nil:
			sum = fmt.Sprintf("%d trunks, %d routes, ", len(cfg.Trunks), len(cfg.Routes))
			if dir == "" {
				dir = cfg.Script
			}
		case dir == "":
			dir = config.ScriptsOf(c.Config)
		}
	}
	scripts, closer, err := openScripts(dir)
	if err != nil {
		return usageError{errors.Join(check.Lines(wrong, err)...)}
	}
	if closer != nil {
		defer closer.Close()
	}
	found := check.Scripts(scripts, cfg)
	for _, w := range found.Warnings {
		fmt.Fprintln(warn, strings.ReplaceAll(w.Error(), "\n", " "))
	}
	if err := errors.Join(check.Lines(append(found.Problems, wrong)...)...); err != nil {
		return usageError{err}
	}
	_, err = fmt.Fprintf(out, "ok: %s%s\n", sum, found.Sum())
	return err
}
