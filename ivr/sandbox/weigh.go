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
	fields
	seen  map[uintptr]struct{} // objects and long strings
	queue []reflect.Value      // of pointers to objects
	bytes int
	limit int
}

// fields are where the fields of a table are.
type fields struct{ array, keys, strdict, dict, metatable int }

func tableFields() fields {
	at := func(name string) int {
		f, ok := reflect.TypeFor[lua.LTable]().FieldByName(name)
		if !ok {
			panic("gopher-lua's tables have no field " + name)
		}
		return f.Index[0]
	}
	return fields{at("array"), at("keys"), at("strdict"), at("dict"), at("Metatable")}
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

// weigh returns about how many bytes a script holds, of which these are the threads;
// held lists what the host keeps for it. It stops counting above limit.
func weigh(threads []*lua.LState, held []lua.LValue, limit int) int {
	w := &scales{seen: map[uintptr]struct{}{}, limit: limit, fields: tableFields()}
	for _, L := range threads {
		stack := reflect.ValueOf(L).Elem().FieldByName("reg").Elem().FieldByName("array")
		w.bytes += slotSize * stack.Len()
		w.slots(stack)
	}
	L := threads[len(threads)-1]
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
		if v.Len() < longString || w.first(v) {
			w.bytes += v.Len()
		}
	case reflect.Pointer:
		if !v.IsNil() && w.first(v) {
			w.queue = append(w.queue, v)
		}
	}
}

// first reports whether what v points to was not seen before.
func (w *scales) first(v reflect.Value) bool {
	_, twice := w.seen[v.Pointer()]
	w.seen[v.Pointer()] = struct{}{}
	return !twice
}

// open counts an object and what is in it.
func (w *scales) open(p reflect.Value) {
	v := p.Elem()
	switch p.Type() {
	case reflect.TypeFor[*lua.LTable]():
		array, keys := v.Field(w.array), v.Field(w.keys)
		w.bytes += tableSize + slotSize*array.Cap() + entrySize*keys.Len()
		w.slots(array)
		w.slots(keys)
		w.values(v.Field(w.strdict))
		w.values(v.Field(w.dict))
		w.add(v.Field(w.metatable).Elem())
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
