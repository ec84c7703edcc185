package main

import (
	"errors"
	"fmt"

	"trunkline/cmd/trunkline/internal/config"
	"trunkline/ivr"
)

type checkCmd struct {
	Config string `short:"c" type:"path" help:"Configuration file; without it the embedded default is checked." placeholder:"FILE"`
}

// Run reports everything that is wrong at once, each with file and line.
func (c checkCmd) Run() error {
	cfg, err := config.Load(c.Config, defaultConfig)
	if cfg == nil {
		return usageError{err}
	}
	errs := []error{err}
	bundle, closer, err := openScripts(cfg.Script)
	if err != nil {
		return usageError{errors.Join(append(errs, err)...)}
	}
	if closer != nil {
		defer closer.Close()
	}
	errs = append(errs, ivr.Check(bundle)...)
	if errors.Join(errs...) == nil {
		flows, err := ivr.New(ivr.Config{Open: ivr.Frozen(bundle)})
		if err != nil {
			return usageError{err}
		}
		errs = append(errs, checkRoutes(cfg, flows))
	}
	if err := errors.Join(errs...); err != nil {
		return usageError{err}
	}
	fmt.Printf("ok: %d trunks, %d routes\n", len(cfg.Trunks), len(cfg.Routes))
	return nil
}
