package sandbox

import (
	"context"
	"slices"

	lua "github.com/yuin/gopher-lua"
)

// Globals lists the names that every script finds, sorted.
func Globals() []string {
	s := New(context.Background(), Limits{}, func(string) {})
	defer s.Close()
	var names []string
	s.G.Global.ForEach(func(k, _ lua.LValue) { names = append(names, k.String()) })
	slices.Sort(names)
	return names
}
