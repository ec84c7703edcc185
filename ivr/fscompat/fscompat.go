// Package fscompat lets Lua scripts written for FreeSWITCH's mod_lua run as
// flows: require "fscompat" gives them session and freeswitch.
//
// It is a Lua module, written on the verbs of a call like any flow. This package
// only carries its text, which package bundle compiles and hands to scripts;
// docs/fscompat.md says what is covered. Nothing here runs.
package fscompat

import _ "embed"

// Name is what scripts require.
const Name = "fscompat"

// Source is the module.
//
//go:embed fscompat.lua
var Source string
