//go:build !(cgo && amr)

package codecs

var amrRows []Codec // not asked for: see docs/codecs.md
