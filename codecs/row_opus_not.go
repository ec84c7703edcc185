//go:build !cgo

package codecs

var opusRows []Codec // libopus is C
