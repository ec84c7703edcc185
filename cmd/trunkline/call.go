package main

import (
	"context"
	"os"

	"trunkline/cmd/trunkline/internal/phone"
	"trunkline/speech/espeak"
)

// callCmd is the phone.
type callCmd struct {
	phone.Flags
}

// Run calls, or waits for calls. It fails when a call was not answered or did
// not end normally.
func (c callCmd) Run(ctx context.Context) error {
	cfg, err := c.Config()
	if err != nil {
		return usageError{err}
	}
	cfg.Out = os.Stdout
	if c.NeedsVoice() {
		if cfg.Synthesizer, err = espeak.New(espeak.Config{}); err != nil {
			return err
		}
	}
	_, err = phone.Run(ctx, cfg)
	return err
}
