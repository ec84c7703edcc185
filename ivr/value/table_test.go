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
	if got, err := Plain(tb); err != nil || fmt.Sprint(got) != "map[n:3 paid:true topic:refund]" {
		t.Errorf("plain: %v, %v", got, err)
	}
	tb.RawSetString("inner", L.NewTable())
	if _, err := Plain(tb); err == nil || err.Error() != "inner: want text, a number, or true or false, got table" {
		t.Errorf("a table within a plain one: %v", err)
	}
	if got := Sketch(tb); got != "n=3 paid=true topic=refund" {
		t.Errorf("sketch: %s", got)
	}
	if got, err := Plain(nil); got != nil || err != nil {
		t.Errorf("nothing has plain values: %v, %v", got, err)
	}
	for i := range 100 {
		tb.RawSetString(fmt.Sprint("k", i), lua.LTrue)
	}
	if got := len(Sketch(tb)); got > 500 {
		t.Errorf("a sketch of %d bytes", got)
	}
}
