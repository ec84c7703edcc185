package lib

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
)

// jsonWriter writes a value of a script as JSON.
type jsonWriter struct {
	*kit
	work  func(bytes int) // charges the script
	out   []byte
	above []*lua.LTable // that the one being written is in
	open  bool          // secrets are written, too
	large bool
}

// code is that of the error which value has returned.
func (w *jsonWriter) code() string {
	if w.large {
		return codeTooLarge
	}
	return codeInvalid
}

func (w *jsonWriter) tooLarge(format string, args ...any) error {
	w.large = true
	return fmt.Errorf(format, args...)
}

func (w *jsonWriter) value(v lua.LValue, depth int) error {
	if len(w.out) > jsonMost {
		return w.tooLarge("more than %d bytes", jsonMost)
	}
	w.work(jsonValueWork)
	switch v := v.(type) {
	case *lua.LNilType:
		w.add("null")
		return nil
	case lua.LBool:
		w.add(v.String())
		return nil
	case lua.LNumber:
		return w.number(float64(v))
	case lua.LString:
		return w.text(string(v))
	case *lua.LTable:
		return w.table(v, depth)
	case *lua.LUserData:
		switch v {
		case w.null:
			w.add("null")
			return nil
		case w.none:
			w.add("[]")
			return nil
		}
		if s := value.SecretOf(v); s != nil && w.open {
			return w.text(s.Reveal())
		}
	}
	return fmt.Errorf("a %s is nothing that JSON has", v.Type())
}

func (w *jsonWriter) add(s string) {
	w.out = append(w.out, s...)
	w.work(jsonWork * len(s))
}

// number writes one as ECMAScript does.
func (w *jsonWriter) number(f float64) error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("%v is no number that JSON has", f)
	}
	form := byte('f')
	if size := math.Abs(f); size != 0 && (size < 1e-6 || size >= 1e21) {
		form = 'e'
	}
	w.add(strconv.FormatFloat(f+0, form, -1, 64)) // -0 becomes 0
	return nil
}

func (w *jsonWriter) text(s string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("a text is not UTF-8: %.40q", s)
	}
	if len(s) > jsonMost {
		return w.tooLarge("more than %d bytes", jsonMost)
	}
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return err
	}
	w.add(strings.TrimSuffix(b.String(), "\n"))
	return nil
}

func (w *jsonWriter) table(t *lua.LTable, depth int) error {
	if slices.Contains(w.above, t) {
		return fmt.Errorf("a table that is within itself")
	}
	if depth == jsonDepth {
		return w.tooLarge("deeper than %d", jsonDepth)
	}
	w.above = append(w.above, t)
	defer func() { w.above = w.above[:len(w.above)-1] }()
	keys, n, err := w.keys(t)
	switch {
	case err != nil:
		return err
	case n > 0:
		return w.list(t, n, depth)
	}
	return w.object(t, keys, depth)
}

// keys returns the keys of an object in order, or how long a list is.
func (w *jsonWriter) keys(t *lua.LTable) (names []string, n int, err error) {
	top := 0
	t.ForEach(func(k, _ lua.LValue) {
		switch k := k.(type) {
		case lua.LString:
			names = append(names, string(k))
		case lua.LNumber:
			if f := float64(k); f == math.Trunc(f) && f >= 1 && f <= jsonValues {
				n, top = n+1, max(top, int(f))
				return
			}
			err = fmt.Errorf("%s as a key: want texts, or 1 to n", k)
		default:
			err = fmt.Errorf("a %s as a key: want texts, or 1 to n", k.Type())
		}
	})
	w.work(jsonWork * (len(names) + n))
	switch {
	case err != nil:
	case n > 0 && len(names) > 0:
		err = fmt.Errorf("a table with numbers and texts (%.40q) as keys: want one or the other", names[0])
	case top != n:
		err = fmt.Errorf("a list of %d with holes: its last is number %d", n, top)
	}
	slices.Sort(names)
	return names, n, err
}

func (w *jsonWriter) list(t *lua.LTable, n, depth int) error {
	w.add("[")
	for i := 1; i <= n; i++ {
		if i > 1 {
			w.add(",")
		}
		if err := w.value(t.RawGetInt(i), depth+1); err != nil {
			return err
		}
	}
	w.add("]")
	return nil
}

func (w *jsonWriter) object(t *lua.LTable, names []string, depth int) error {
	w.add("{")
	for i, name := range names {
		if i > 0 {
			w.add(",")
		}
		if err := w.text(name); err != nil {
			return err
		}
		w.add(":")
		if err := w.value(t.RawGetString(name), depth+1); err != nil {
			return err
		}
	}
	w.add("}")
	return nil
}
