package sandbox

import lua "github.com/yuin/gopher-lua"

// scales adds up what a script holds: everything that can be reached from its
// globals and from the local variables of the functions that are running.
type scales struct {
	seen  map[any]struct{}
	queue []lua.LValue
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
	longString   = 128 // shared ones of this length are counted once
)

// weigh returns about how many bytes the script of L holds. It stops counting
// above limit.
func weigh(L *lua.LState, limit int) int {
	w := &scales{seen: map[any]struct{}{}, limit: limit}
	w.add(L.G.Global)
	w.add(L.G.Registry)
	w.add(L.GetMetatable(lua.LString("")))
	for level := 0; ; level++ {
		frame, ok := L.GetStack(level)
		if !ok {
			break
		}
		if f, err := L.GetInfo("f", frame, nil); err == nil {
			w.add(f)
		}
		for i := 1; ; i++ {
			name, v := L.GetLocal(frame, i)
			if name == "" {
				break
			}
			w.add(v)
		}
	}
	for len(w.queue) > 0 && w.bytes <= limit {
		last := len(w.queue) - 1
		v := w.queue[last]
		w.queue = w.queue[:last]
		w.open(v)
	}
	return w.bytes
}

// add counts v; what it leads to is looked at later.
func (w *scales) add(v lua.LValue) {
	switch v := v.(type) {
	case lua.LString:
		w.text(string(v))
	case *lua.LTable, *lua.LFunction, *lua.LUserData:
		if _, twice := w.seen[v]; !twice {
			w.seen[v] = struct{}{}
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
	if _, twice := w.seen[s]; !twice {
		w.seen[s] = struct{}{}
		w.bytes += len(s)
	}
}

func (w *scales) open(v lua.LValue) {
	switch v := v.(type) {
	case *lua.LTable:
		array := v.MaxN()
		w.bytes += tableSize + slotSize*array
		v.ForEach(func(k, v lua.LValue) {
			if n, ok := k.(lua.LNumber); !ok || n < 1 || int(n) > array {
				w.bytes += entrySize
				w.add(k)
			}
			w.add(v)
		})
		if v.Metatable != nil {
			w.add(v.Metatable)
		}
	case *lua.LFunction:
		w.bytes += functionSize
		for _, u := range v.Upvalues {
			w.add(u.Value())
		}
	case *lua.LUserData:
		w.bytes += functionSize
	}
}
