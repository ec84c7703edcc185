package nlu

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
)

// version is that of the recipe and of the form models are stored in. Whatever changes the bits of
// a trained model raises it.
const version = 6

// Fingerprint names the model that Train makes of options and examples: equal fingerprints, equal
// models, as long as the recipe stays. It is short enough for a file name.
func Fingerprint(opts Options, examples []Example) string {
	var w writer
	w.number(version)
	w.text(opts.Language)
	w.text(opts.Outside)
	w.number(int(uint32(opts.Seed)))
	w.number(int(opts.Seed >> 32))
	w.floats64([]float64{opts.RejectShare, opts.OutOfScopeShare})
	w.number(len(opts.Names))
	for _, label := range slices.Sorted(maps.Keys(opts.Names)) {
		w.text(label)
		w.text(opts.Names[label])
	}
	w.number(len(opts.Synonyms))
	for _, g := range opts.Synonyms {
		w.texts(g)
	}
	for _, e := range examples {
		w.text(e.Label)
		w.text(e.Text)
	}
	sum := sha256.Sum256(w)
	return hex.EncodeToString(sum[:16])
}
