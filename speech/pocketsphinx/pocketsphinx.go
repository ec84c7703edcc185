// Package pocketsphinx understands English with CMU pocketsphinx: small,
// offline and without an account, for menus rather than dictation.
//
// It is two halves. This one turns the phrases a menu expects into a language
// model and a dictionary, written to a directory of its own; the other is the C
// program in the directory worker, which package speech/worker runs and feeds
// and which does the hearing. The program has to bring telephone sound to a
// model that was trained on wide-band speech; its band.h says how.
//
// What callers may say is judged against common English, so that a sentence
// that is not on the menu seldom comes out as one that is, and comes with a low
// confidence.
package pocketsphinx

import (
	"errors"
	"fmt"
	"hash/fnv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"trunkline/speech"
	"trunkline/speech/worker"
)

// Config says which program to run. Zero values mean the defaults given.
type Config struct {
	Command    []string // the worker; "trunkline-pocketsphinx", found in PATH
	Model      string   // directory of the acoustic model; Debian's en-us
	Dictionary string   // in CMU form; Debian's cmudict-en-us
	MaxWorkers int      // processes at most, hence callers speaking at once; 4 per core
	// QueueWait is how long an utterance waits for a free worker; 2 s.
	QueueWait time.Duration
}

// Where the Debian package pocketsphinx-en-us puts things.
const debian = "/usr/share/pocketsphinx/model/en-us"

// Recognizer is a pool of pocketsphinx workers. It is safe for concurrent use.
type Recognizer struct {
	*worker.Recognizer
	dictionary string
	dir        string // of language models, ours

	mu     sync.Mutex
	models map[string]files // by the phrases' hash
	made   []string         // those hashes, oldest first
}

// maxModels bounds the language models kept: menus are few, but they get edited.
const maxModels = 64

// files are a language model made of phrases, and the phrases' missing words.
type files struct {
	lm, dict string
	missing  []string
}

var _ speech.Recognizer = (*Recognizer)(nil)

// New checks that everything needed is there; the error says how to get it when
// it is not. No process is started before Warm or Start.
func New(cfg Config) (*Recognizer, error) {
	if len(cfg.Command) == 0 {
		cfg.Command = []string{"trunkline-pocketsphinx"}
	}
	if cfg.Model == "" {
		cfg.Model = filepath.Join(debian, "en-us")
	}
	if cfg.Dictionary == "" {
		cfg.Dictionary = filepath.Join(debian, "cmudict-en-us.dict")
	}
	path, err := exec.LookPath(cfg.Command[0])
	if err != nil {
		return nil, fmt.Errorf(`find recogniser: %w (run "make build")`, err)
	}
	for _, file := range []string{filepath.Join(cfg.Model, "means"), cfg.Dictionary} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf(`find model: %w (install the package pocketsphinx-en-us, or run "make tools")`, err)
		}
	}
	dir, err := os.MkdirTemp("", "trunkline-lm-")
	if err != nil {
		return nil, fmt.Errorf("make directory for language models: %w", err)
	}
	r := &Recognizer{dictionary: cfg.Dictionary, dir: dir, models: map[string]files{}}
	r.Recognizer, err = worker.New(worker.Config{
		Name:       "pocketsphinx",
		Command:    append([]string{path}, append(slices.Clone(cfg.Command[1:]), cfg.Model)...),
		Prepare:    r.prepare,
		MaxWorkers: cfg.MaxWorkers,
		QueueWait:  cfg.QueueWait,
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return r, nil
}

// Close ends all workers and removes the language models.
func (r *Recognizer) Close() error {
	return errors.Join(r.Recognizer.Close(), os.RemoveAll(r.dir))
}

// Missing returns the words of phrases that the dictionary lacks, sorted. They
// cannot be recognised; the rest of their phrases can.
func (r *Recognizer) Missing(phrases []string) ([]string, error) {
	f, err := r.model(phrases)
	return f.missing, err
}

// prepare is what a worker has to know of an utterance.
func (r *Recognizer) prepare(o speech.RecognitionOptions) (map[string]any, error) {
	if lang, _, _ := strings.Cut(strings.ToLower(o.Language), "-"); lang != "en" {
		return nil, fmt.Errorf("%w: %q", speech.ErrLanguage, o.Language)
	}
	f, err := r.model(o.Phrases)
	if err != nil {
		return nil, err
	}
	return map[string]any{"lm": f.lm, "dict": f.dict}, nil
}

// model returns the language model of phrases, making it the first time.
func (r *Recognizer) model(phrases []string) (files, error) {
	h := fnv.New64a()
	for _, p := range phrases {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	name := strconv.FormatUint(h.Sum64(), 36)
	r.mu.Lock()
	defer r.mu.Unlock()
	if f, ok := r.models[name]; ok {
		return f, nil
	}
	f := files{lm: filepath.Join(r.dir, name+".arpa"), dict: filepath.Join(r.dir, name+".dict")}
	if err := r.build(&f, phrases); err != nil {
		return files{}, fmt.Errorf("build language model: %w", err)
	}
	r.models[name] = f
	if r.made = append(r.made, name); len(r.made) > maxModels {
		r.drop(r.made[0])
		r.made = r.made[1:]
	}
	return f, nil
}

// drop removes a language model. That it cannot is no harm: Close tries again.
func (r *Recognizer) drop(name string) {
	os.Remove(r.models[name].lm)
	os.Remove(r.models[name].dict)
	delete(r.models, name)
}

// build writes the files of phrases and notes which words are missing.
func (r *Recognizer) build(f *files, phrases []string) error {
	wanted := map[string]bool{}
	common := background()
	for w := range common {
		wanted[w] = true
	}
	sentences := make([][]string, len(phrases))
	for i, p := range phrases {
		sentences[i] = words(p)
		for _, w := range sentences[i] {
			wanted[w] = true
		}
	}
	said, err := readDictionary(r.dictionary, wanted)
	if err != nil {
		return err
	}
	for w := range wanted {
		if said[w] == nil {
			delete(common, w)
			f.missing = append(f.missing, w)
		}
	}
	slices.Sort(f.missing)
	for _, s := range sentences {
		for i, w := range s {
			if said[w] == nil {
				s[i] = ""
			}
		}
	}
	dict, err := os.Create(f.dict)
	if err != nil {
		return err
	}
	lm, err := os.Create(f.lm)
	if err != nil {
		return errors.Join(err, dict.Close())
	}
	return errors.Join(said.write(dict), dict.Close(), newModel(sentences, common).writeARPA(lm), lm.Close())
}
