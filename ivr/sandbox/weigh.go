package sandbox

import (
	"reflect"

	lua "github.com/yuin/gopher-lua"
)

// scales add up what a script holds: everything that can be reached from its
// globals, its stack and what the host keeps for it.
//
// They read the fields of gopher-lua's own objects, for much of what a script can
// hold is not to be seen from outside: arguments beyond a function's parameters,
// the room in arrays, and keys, which a table keeps for ever once they were used.
type scales struct {
	seen  map[uintptr]struct{} // objects
	texts map[string]struct{}  // long ones
	queue []reflect.Value      // of pointers to objects
	bytes int
	read  int // bytes of long strings looked at; looking is not free
	limit int
}

// Rough sizes of gopher-lua's objects on a 64-bit machine, bytes.
const (
	tableSize    = 144
	slotSize     = 16
	entrySize    = 112 // key list, index and map, with their slack
	functionSize = 80
	upvalueSize  = 72
	longString   = 128 // shared ones of this length are counted once
)

// weigh returns about how many bytes the script of L holds; held lists what the
// host keeps for it. It stops counting above limit.
func weigh(L *lua.LState, held []lua.LValue, limit int) int {
	w := &scales{seen: map[uintptr]struct{}{}, texts: map[string]struct{}{}, limit: limit}
	state := reflect.ValueOf(L).Elem()
	w.slots(state.FieldByName("reg").Elem().FieldByName("array"))
	w.slots(reflect.ValueOf(append(held, L.G.Global, L.G.Registry, L.GetMetatable(lua.LString("")))))
	for len(w.queue) > 0 && w.bytes <= limit {
		last := len(w.queue) - 1
		v := w.queue[last]
		w.queue = w.queue[:last]
		w.open(v)
	}
	return w.bytes
}

// slots counts the values in a list of LValue.
func (w *scales) slots(list reflect.Value) {
	for i := range list.Len() {
		w.add(list.Index(i).Elem())
	}
}

// add counts v; what it leads to is looked at later.
func (w *scales) add(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		w.text(v.String())
	case reflect.Pointer:
		if _, twice := w.seen[v.Pointer()]; !twice {
			w.seen[v.Pointer()] = struct{}{}
			w.queue = append(w.queue, v)
		}
	}
}

func (w *scales) text(s string) {
	if len(s) < longString {
		w.bytes += len(s)
		return
	}
	if w.read += len(s); w.read > 4*w.limit {
		w.bytes += w.limit // too much to look at is too much
		return
	}
	if _, twice := w.texts[s]; !twice {
		w.texts[s] = struct{}{}
		w.bytes += len(s)
	}
}

// open counts an object and what is in it.
func (w *scales) open(p reflect.Value) {
	v := p.Elem()
	switch p.Type() {
	case reflect.TypeFor[*lua.LTable]():
		array, keys := v.FieldByName("array"), v.FieldByName("keys")
		w.bytes += tableSize + slotSize*array.Cap() + entrySize*keys.Len()
		w.slots(array)
		w.slots(keys)
		w.values(v.FieldByName("strdict"))
		w.values(v.FieldByName("dict"))
		w.add(v.FieldByName("Metatable").Elem())
	case reflect.TypeFor[*lua.LFunction]():
		upvalues := v.FieldByName("Upvalues")
		w.bytes += functionSize + slotSize/2*upvalues.Len()
		for i := range upvalues.Len() {
			w.add(upvalues.Index(i))
		}
	case reflect.TypeFor[*lua.Upvalue]():
		w.bytes += upvalueSize
		w.add(v.FieldByName("value").Elem())
	case reflect.TypeFor[*lua.LUserData]():
		w.bytes += functionSize
		w.add(v.FieldByName("Metatable").Elem())
	}
}

// values counts the values of a map.
func (w *scales) values(m reflect.Value) {
	for at := m.MapRange(); at.Next(); {
		w.add(at.Value().Elem())
	}
}
