package lib

import (
	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// Bounds of JSON texts that scripts read and write.
const (
	jsonMost   = 1 << 20 // bytes
	jsonValues = 1 << 16 // in one text
	jsonDepth  = 64

	// What JSON costs, in bytes of text joined: for each byte, and each value.
	jsonWork, jsonValueWork = 16, 1024
)

func (k *kit) json() Library {
	return Library{
		Name: "json",
		Doc: "Texts in JSON. `json.null` stands for null, and is neither nil nor false. A table with the keys 1 to n is a list, one " +
			"with texts as keys an object, an empty one an object; `json.empty` is an empty list. At most 1 MiB, 65,536 values and a " +
			"depth of 64.",
		Rows:   []*Row{k.jsonEncode(), k.jsonDecode()},
		Values: map[string]lua.LValue{"null": k.null, "empty": k.none},
	}
}

func (k *kit) jsonEncode() *Row {
	return &Row{Shape: verb.Shape{
		Name: "json.encode",
		Doc: "Writes a value as JSON, in one line, with the keys of objects in order. Whole numbers are written without a point, " +
			"others as short as they can be read back exactly.",
		Args: []verb.Arg{
			{Name: "value", Kind: value.Any, Lead: true, Whole: true, Required: true, Doc: "what to write"},
		},
		After:  true,
		Result: "the text; or nil and an error: invalid (a function, a loop, mixed or missing keys, bad UTF-8, not a number), too_large",
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) {
		text, err := k.encode(e, "json.encode", a.Value("value"))
		if err != nil {
			return nil, err
		}
		return lua.LString(text), nil
	}}
}

func (k *kit) jsonDecode() *Row {
	return &Row{Shape: verb.Shape{
		Name: "json.decode",
		Doc: "Reads a text in JSON. Whole numbers from 2^53 on, not all of which Lua can hold, become texts: they are ids. Of a key that " +
			"stands twice the last counts.",
		Args: []verb.Arg{
			{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "what to read"},
		},
		After:  true,
		Result: "the value; or nil and an error: invalid (the message says where), too_large",
	}, Run: func(e *Env, a verb.Args) (lua.LValue, error) {
		return k.decode(e, "json.decode", a.Text("text"))
	}}
}

// encode writes a value and charges the script for it.
func (k *kit) encode(e *Env, name string, v lua.LValue) (string, error) {
	return k.write(jsonWriter{kit: k, work: e.State.Worked}, name, v)
}

// disclose is encode for those whom scripts hand secrets to.
func (k *kit) disclose(e *Env, name string, v lua.LValue) (string, error) {
	return k.write(jsonWriter{kit: k, work: e.State.Worked, open: true}, name, v)
}

func (k *kit) write(w jsonWriter, name string, v lua.LValue) (string, error) {
	if err := w.value(v, 0); err != nil {
		return "", refused(name, w.code(), "%v", err)
	}
	return string(w.out), nil
}

// decode reads a text and charges the script for it.
func (k *kit) decode(e *Env, name, text string) (lua.LValue, error) {
	if len(text) > jsonMost {
		return nil, refused(name, codeTooLarge, "%d bytes: at most %d", len(text), jsonMost)
	}
	e.State.Worked(jsonWork * len(text))
	r := jsonReader{kit: k, work: e.State.Worked, text: text}
	v, err := r.read()
	if err != nil {
		return nil, refused(name, r.code(), "%v", err)
	}
	return v, nil
}
