// Package flows is what `trunkline flow` does: it runs tests of flows and tells
// people what came of them.
//
// It reads scripts and tests, and writes to the writer it is given; package
// flowtest does the work.
package flows

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"trunkline/ivr/flowtest"
)

// Options say which tests are run, and what is told.
type Options struct {
	Files    []string // of tests, among the scripts or anywhere; none: all among the scripts
	Run      string   // regular expression for "file: test"; "": all
	Verbose  bool     // tell what happened in every test
	Cover    bool     // tell what no test reached
	CoverMin float64  // percent of lines that must be run
}

// UsageError is a mistake of the one who asks, or of their scripts: nothing was
// run.
type UsageError struct{ error }

// Unwrap returns what is wrong.
func (e UsageError) Unwrap() error { return e.error }

// Test runs tests of the flows of scripts. The error is a UsageError, or says
// that tests fail.
func Test(ctx context.Context, w io.Writer, scripts fs.FS, o Options) error {
	which, err := regexp.Compile(o.Run)
	if err != nil {
		return UsageError{fmt.Errorf("--run: %w", err)}
	}
	if !(o.CoverMin >= 0 && o.CoverMin <= 100) {
		return UsageError{fmt.Errorf("--cover-min %v: want 0 to 100", o.CoverMin)}
	}
	files, err := find(scripts, o.Files)
	if err != nil {
		return UsageError{err}
	}
	suite, err := flowtest.Load(scripts, files)
	if err != nil {
		return UsageError{err}
	}
	report := flowtest.Report{To: w, Verbose: o.Verbose}
	suite.Run(ctx, which, report.Tell)
	if report.Tests == 0 && ctx.Err() == nil {
		all := suite.Names()
		return UsageError{fmt.Errorf("--run %q matches none of %d tests, such as %q", o.Run, len(all), all[0])}
	}
	if err := report.Sum(); err != nil {
		return err
	}
	if o.Cover {
		if err := suite.Coverage().Write(w); err != nil {
			return err
		}
	}
	switch lines := suite.Coverage().Lines(); {
	case ctx.Err() != nil:
		return errors.New("interrupted")
	case report.Failed > 0:
		return errors.New("tests of flows fail")
	case lines < o.CoverMin:
		return fmt.Errorf("%.1f %% of the lines of flows were run, fewer than %v %%", lines, o.CoverMin)
	}
	return nil
}

// find reads the tests that are named; none: all among the scripts.
func find(scripts fs.FS, named []string) (out []flowtest.File, err error) {
	if len(named) == 0 {
		if out, err = flowtest.Find(scripts); err == nil && len(out) == 0 {
			err = fmt.Errorf("there are no tests: no file %s among the scripts", flowtest.Where())
		}
		return out, err
	}
	for _, name := range named {
		if !strings.HasSuffix(name, "_test.lua") {
			return nil, fmt.Errorf("%s: the name of a file of tests ends in _test.lua", name)
		}
		text, err := fs.ReadFile(scripts, filepath.ToSlash(name))
		if err != nil {
			text, err = os.ReadFile(name)
		}
		if err != nil {
			return nil, fmt.Errorf("read tests: %w", err)
		}
		out = append(out, flowtest.File{Name: name, Text: string(text)})
	}
	return out, nil
}
