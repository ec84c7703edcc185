package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"

	"trunkline/cmd/trunkline/internal/config"
	"trunkline/speech"
	"trunkline/speech/espeak"
	"trunkline/speech/pocketsphinx"
	"trunkline/speech/worker"
)

// voices are the speech providers of the configuration.
type voices struct {
	synth       speech.Synthesizer
	recognizers map[string]speech.Recognizer // by language
	workers     []recognizer
}

// recognizer is what every process-backed recogniser can do beside recognising.
type recognizer interface {
	speech.Recognizer
	// Warm loads n processes, so that the first callers need not wait.
	Warm(ctx context.Context, n int) error
	Close() error
}

// provider makes a recogniser from its row of the configuration.
type provider func(config.Recognizer) (recognizer, error)

// providers is the table of recognisers: adding one is adding a row.
func providers() map[string]provider {
	return map[string]provider{
		"pocketsphinx": func(c config.Recognizer) (recognizer, error) {
			command := c.Command
			if len(command) == 0 {
				path, err := besideOrInPath("trunkline-pocketsphinx")
				if err != nil {
					return nil, err
				}
				command = []string{path}
			}
			return pocketsphinx.New(pocketsphinx.Config{Command: command, MaxWorkers: c.Workers})
		},
		"process": func(c config.Recognizer) (recognizer, error) {
			return worker.New(worker.Config{Name: c.Language, Command: c.Command, MaxWorkers: c.Workers})
		},
	}
}

func newVoices(cfg config.Speech) (*voices, error) {
	synth, err := espeak.New(espeak.Config{Program: cfg.Synthesizer.Command})
	if err != nil {
		return nil, err
	}
	v := &voices{synth: synth, recognizers: map[string]speech.Recognizer{}}
	for _, c := range cfg.Recognizers {
		r, err := providers()[c.Provider](c)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("recognizer for %s: %w", c.Language, err), v.close())
		}
		v.workers = append(v.workers, r)
		v.recognizers[c.Language] = r
	}
	return v, nil
}

// warm loads the models, so that the first caller need not wait. A recogniser
// that cannot be loaded is no reason not to serve: keys work without it.
func (v *voices) warm(ctx context.Context, log *slog.Logger) {
	for _, r := range v.workers {
		if err := r.Warm(ctx, 1); err != nil && ctx.Err() == nil {
			log.Error("recognizer is not ready; callers can use keys", "error", err)
		}
	}
}

func (v *voices) close() error {
	var errs []error
	for _, r := range v.workers {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// besideOrInPath finds a program of ours: next to this one, or installed.
func besideOrInPath(name string) (string, error) {
	self, err := os.Executable()
	if err == nil {
		path := filepath.Join(filepath.Dir(self), name)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside trunkline nor in PATH: run make build", name)
	}
	return path, nil
}
