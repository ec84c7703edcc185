package value

import (
	"fmt"
	"testing"

	lua "github.com/yuin/gopher-lua"
)

// TestTables: what is plain in a table, as names and texts, and in one line.
func TestTables(t *testing.T) {
	L := lua.NewState()
	defer L.Close()
	tb := L.NewTable()
	tb.RawSetString("topic", lua.LString("refund"))
	tb.RawSetString("n", lua.LNumber(3))
	tb.RawSetString("paid", lua.LTrue)
	tb.RawSetString("inner", L.NewTable())
	if got := fmt.Sprint(Plain(tb)); got != "map[n:3 paid:true topic:refund]" {
		t.Errorf("plain: %s", got)
	}
	if got := Sketch(tb); got != "n=3 paid=true topic=refund" {
		t.Errorf("sketch: %s", got)
	}
	if Plain(nil) != nil {
		t.Error("nothing has plain values")
	}
	for i := range 100 {
		tb.RawSetString(fmt.Sprint("k", i), lua.LTrue)
	}
	if got := len(Sketch(tb)); got > 500 {
		t.Errorf("a sketch of %d bytes", got)
	}
}
