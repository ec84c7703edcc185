package main

import (
	"context"
	"errors"
	"os"

	"trunkline/cmd/trunkline/internal/flows"
)

// flowCmd is for who writes flows.
type flowCmd struct {
	Test flowTestCmd `cmd:"" help:"Run tests of flows: scripted callers, on a clock that does not wait. See docs/flow-tests.md."`
}

type flowTestCmd struct {
	Scripts  string   `type:"path" help:"Directory of flows, menus and tests; without it the shipped ones." placeholder:"DIR"`
	Pattern  string   `name:"run" help:"Only the tests whose name, file: test, this regular expression matches." placeholder:"PATTERN"`
	Verbose  bool     `short:"v" help:"Tell what happened in every test, also when it passed."`
	Cover    bool     `help:"Tell which lines of flows and nodes of menus no test reached."`
	CoverMin float64  `help:"Fail when fewer lines were run, in percent." placeholder:"PCT"`
	Files    []string `arg:"" optional:"" name:"file" help:"Files of tests; without them tests/*_test.lua and flows/*_test.lua among the scripts."`
}

// Run fails when a test does.
func (c flowTestCmd) Run(ctx context.Context) error {
	scripts, closer, err := openScripts(c.Scripts)
	if err != nil {
		return err
	}
	if closer != nil {
		defer closer.Close()
	}
	err = flows.Test(ctx, os.Stdout, scripts, flows.Options{
		Files: c.Files, Run: c.Pattern, Verbose: c.Verbose, Cover: c.Cover, CoverMin: c.CoverMin,
	})
	if wrong := (flows.UsageError{}); errors.As(err, &wrong) {
		return usageError{err}
	}
	return err
}
