// Package scripts is the bundle of flows and menus that the program carries
// with it: what runs when no directory of scripts is configured. It holds Lua
// and YAML; this is its only Go file.
package scripts

import (
	"embed"
	"io/fs"
)

//go:embed flows menus tests
var bundle embed.FS

// FS returns the bundle: flows/*.lua, menus/*.yaml, and tests of them in tests/*.lua.
func FS() fs.FS { return bundle }
