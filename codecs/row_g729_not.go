//go:build !(cgo && g729)

package codecs

var g729Rows []Codec // not asked for: see docs/codecs.md
