package lib

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJSONEncode(t *testing.T) {
	b := newBench(t, Deps{})
	f := func(value, want string) {
		t.Helper()
		b.is("json.encode("+value+")", want)
	}
	f(`nil`, "null")
	f(`json.null`, "null")
	f(`true`, "true")
	f(`"a\"\\\n<&>\1ü"`, `"a\"\\\n<&>\u0001ü"`)
	f(`12`, "12")
	f(`-0`, "0")
	f(`0.1`, "0.1")
	f(`1/3`, "0.3333333333333333")
	f(`2^53`, "9007199254740992")
	f(`1e21`, "1e+21")
	f(`5e-324`, "5e-324")
	f(`{}`, "{}")
	f(`json.empty`, "[]")
	f(`{1, "b", {true}}`, `[1,"b",[true]]`)
	f(`{b = 1, a = {x = json.null, e = json.empty}}`, `{"a":{"e":[],"x":null},"b":1}`)
	f(`{value = 5}`, `{"value":5}`) // the table is the value, not arguments
	f(`{["ü\n"] = 1}`, `{"ü\n":1}`)

	f(`0/0`, "invalid: NaN is no number that JSON has")
	f(`-1/0`, "invalid: -Inf is no number that JSON has")
	f(`print`, "invalid: a function is nothing that JSON has")
	f(`{f = print}`, "invalid: a function is nothing that JSON has")
	f(`"\255"`, `invalid: a text is not UTF-8: "\xff"`)
	f(`{1, 2, a = 3}`, `invalid: a table with numbers and texts ("a") as keys: want one or the other`)
	f(`{[1] = 1, [3] = 3}`, "invalid: a list of 2 with holes: its last is number 3")
	f(`{[0] = 1}`, "invalid: 0 as a key: want texts, or 1 to n")
	f(`{[1.5] = 1}`, "invalid: 1.5 as a key: want texts, or 1 to n")
	f(`{[true] = 1}`, "invalid: a boolean as a key: want texts, or 1 to n")
	b.is(`local t = {} t.a = {t} return json.encode(t)`, "invalid: a table that is within itself")
	b.is(`local s = {1} return json.encode{s, s}`, "[[1],[1]]")
	b.is(`local t = {} for i = 1, 70 do t = {t} end return json.encode(t)`, "too_large: deeper than 64")
	b.is(`local s = string.rep("x", 1000000) return json.encode{s, s, s}`, "too_large: more than 1048576 bytes")
	b.is(`local n, t = getmetatable(json.null), tostring(json.null) return n`, "nil")
}

func TestJSONDecode(t *testing.T) {
	b := newBench(t, Deps{})
	f := func(text, want string) {
		t.Helper()
		b.is("json.decode[==["+text+"]==]", want)
	}
	f(`null`, "json.null")
	f(` true `, "true")
	f(`"aé\n😀"`, "aé\n😀")
	f(`-12.5e1`, "-125")
	f(`9007199254740991`, "9007199254740991")
	f(`9007199254740993`, "9007199254740993") // a text
	f(`-123456789012345678901234567890`, "-123456789012345678901234567890")
	f(`[]`, "{}")
	f(`[1,[2],{"a":null}]`, "{1 {2} {a=json.null}}")
	f(`{"a":{"b":"c"},"d":[],"a":1}`, "{a=1 d={}}")
	b.is(`json.decode("null") == json.null`, "true")
	b.is(`type(json.decode("9007199254740993"))`, "string")
	b.is(`#json.decode("[null,null]")`, "2")
	b.is(`json.decode{ text = 5 }`, "5")

	f(``, "invalid: it ends too early: want a value")
	f(`[1,`, "invalid: it ends too early: want a value")
	f(`[1 `, "invalid: it ends too early: want a comma or ]")
	f(`"a`, "invalid: it ends too early: within a text")
	f(`"a\"`, "invalid: it ends too early: within a text")
	f(`{"a" 1}`, "invalid: byte 6: '1': want a colon")
	f(`{1:2}`, "invalid: byte 2: '1': want a text as key")
	f(`{"a":1,}`, "invalid: byte 8: '}': want a text as key")
	f(`[1 2]`, "invalid: byte 4: '2': want a comma or ]")
	f(`[1,]`, "invalid: byte 4: ']': want a value")
	f(`1 2`, "invalid: byte 3: more than one value")
	f(`nul`, "invalid: byte 1: 'n': want a value")
	f(`01`, `invalid: byte 1: "01" is no number`)
	f(`-`, `invalid: byte 1: "-" is no number`)
	f(`1.e5`, `invalid: byte 1: "1.e5" is no number`)
	f(`1e999`, "invalid: byte 1: number 1e999 is too large")
	f(`"\x"`, "invalid: byte 1: a text with a wrong escape")
	f("\"a\tb\"", "invalid: byte 3: a control character in a text")
	f("\x00", "invalid: byte 1: '\\x00': want a value")
	b.is(`json.decode("\"\255\"")`, "invalid: not UTF-8")
	b.is(`json.decode(string.rep("[", 65))`, "too_large: deeper than 64")
	b.is(`json.decode("[" .. string.rep("1,", 70000) .. "1]")`, "too_large: more than 65536 values")
	b.is(`json.decode({})`, "raised t.lua:1: json.decode: argument text is missing: what to read")
}

// TestJSONCosts: neither side does much work for nothing.
func TestJSONCosts(t *testing.T) {
	b := newBench(t, Deps{})
	b.is(`local s = "[" .. string.rep("1,", 60000) .. "1]" for i = 1, 1000 do json.decode(s) end return 1`,
		"raised t.lua:1: the script ran too long without waiting for anything: instruction budget spent…")
	b = newBench(t, Deps{})
	b.is(`local t = {} for i = 1, 30 do t = {t, t} end return json.encode(t)`, // a thousand million tables
		"raised t.lua:1: the script ran too long without waiting for anything: instruction budget spent…")
	b = newBench(t, Deps{})
	b.is(`local t = {} for i = 1, 30000 do t[i] = i end for i = 1, 1000 do json.encode(t) end return 1`,
		"raised t.lua:1: the script ran too long without waiting for anything: instruction budget spent…")
}

// FuzzJSONDecode: what is read is what package json reads, and can be written and
// read again.
func FuzzJSONDecode(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,-3e7,null,true,"x"]}`, `[]`, `"\ud800"`, `[[[]]]`, `1e400`, `{"a":1,"a":2}`, "\xff", `{"1":2}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b := newBench(t, Deps{})
		k := &kit{null: constant("n"), none: constant("e")}
		v, err := k.decode(&b.env, "json.decode", text)
		if err == nil != json.Valid([]byte(text)) && !strings.Contains(err.Error(), "too_large") &&
			!strings.Contains(err.Error(), "not UTF-8") && !strings.Contains(err.Error(), "is too large") {
			t.Fatalf("%q: %v, valid %t", text, err, json.Valid([]byte(text)))
		}
		if err != nil {
			return
		}
		once, err := k.encode(&b.env, "json.encode", v)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := k.decode(&b.env, "json.decode", once)
		if err != nil {
			t.Fatalf("%q: %q: %v", text, once, err)
		}
		if twice, err := k.encode(&b.env, "json.encode", again); err != nil || twice != once {
			t.Fatalf("%q: %q, then %q, %v", text, once, twice, err)
		}
	})
}

func BenchmarkJSONDecode(b *testing.B) {
	text := "[" + strings.Repeat(`{"id":12345,"name":"Zhāng","open":true,"score":0.25},`, 1000) + "{}]"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		r := jsonReader{kit: &kit{null: constant("n")}, work: func(int) {}, text: text}
		if _, err := r.read(); err != nil {
			b.Fatal(err)
		}
	}
}
