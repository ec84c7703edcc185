package menu

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"trunkline/nlu"
)

// Models keeps trained models from one start of the program to the next, by a fingerprint of
// everything they were made of. Both methods may be called from any goroutine. Neither can fail a
// load: what cannot be had is trained again.
type Models interface {
	Get(fingerprint string) ([]byte, bool)
	Put(fingerprint string, model []byte)
}

// trained returns the kept model of these lessons, or trains and keeps one.
func trained(models Models, opts nlu.Options, examples []nlu.Example) (*nlu.Model, error) {
	if models == nil {
		return nlu.Train(opts, examples)
	}
	fingerprint := nlu.Fingerprint(opts, examples)
	if data, ok := models.Get(fingerprint); ok {
		if model, err := nlu.Unmarshal(data); err == nil {
			return model, nil
		}
	}
	model, err := nlu.Train(opts, examples)
	if err != nil {
		return nil, err
	}
	if data, err := model.MarshalBinary(); err == nil {
		models.Put(fingerprint, data)
	}
	return model, nil
}

// keptModels bounds the files of a ModelDir: every change of a menu makes a model for each of its
// languages, and the old ones are of use only to who goes back.
const keptModels = 128

// modelFile is what the names of model files end in; other files are left alone.
const modelFile = ".model"

// ModelDir keeps models as files in a directory, made when it is needed. A file is there whole or
// not at all; one that was damaged counts as not there. Beyond a bound the least used go.
func ModelDir(dir string) Models { return modelDir(dir) }

type modelDir string

func (d modelDir) path(fingerprint string) string {
	sum := sha256.Sum256([]byte(fingerprint))
	return filepath.Join(string(d), hex.EncodeToString(sum[:])+modelFile)
}

// Get implements Models.
func (d modelDir) Get(fingerprint string) ([]byte, bool) {
	path := d.path(fingerprint)
	data, err := os.ReadFile(path)
	if err != nil || len(data) < sha256.Size {
		return nil, false
	}
	model := data[sha256.Size:]
	if sum := sha256.Sum256(model); !bytes.Equal(sum[:], data[:sha256.Size]) {
		return nil, false
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // only makes it go sooner
	return model, true
}

// Put implements Models.
func (d modelDir) Put(fingerprint string, model []byte) {
	if err := d.put(fingerprint, model); err == nil {
		d.prune()
	}
}

func (d modelDir) put(fingerprint string, model []byte) error {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("keep model: %w", err)
	}
	f, err := os.CreateTemp(string(d), "new-*")
	if err != nil {
		return fmt.Errorf("keep model: %w", err)
	}
	sum := sha256.Sum256(model)
	_, err = f.Write(append(sum[:], model...))
	if err := cmp.Or(err, f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keep model: %w", err)
	}
	if err := os.Rename(f.Name(), d.path(fingerprint)); err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("keep model: %w", err)
	}
	return nil
}

// prune removes the models used least lately.
func (d modelDir) prune() {
	type file struct {
		path string
		used time.Time
	}
	var files []file
	entries, _ := os.ReadDir(string(d))
	for _, e := range entries {
		if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == modelFile {
			files = append(files, file{filepath.Join(string(d), e.Name()), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return b.used.Compare(a.used) })
	for _, f := range files[min(len(files), keptModels):] {
		_ = os.Remove(f.path)
	}
}
