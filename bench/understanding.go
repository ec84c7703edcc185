package main

import (
	"path/filepath"

	"trunkline/bench/words"
)

// understanding measures what menus make of sentences.
func understanding(b *bench) error {
	return words.Run(words.Bench{Report: b.report, Quick: b.quick, Data: filepath.Join("..", "shared", "data", "nlu")})
}
