// Package scripts is the bundle of flows and menus that the program carries
// with it: what runs when no directory of scripts is configured. It holds Lua
// and YAML; this is its only Go file.
package scripts

import (
	"embed"
	"io/fs"
)

//go:embed flows menus
var bundle embed.FS

// FS returns the bundle: flows/*.lua and menus/*.yaml.
func FS() fs.FS { return bundle }
