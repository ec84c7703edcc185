package ng

import (
	"reflect"
	"strings"
	"testing"
)

func TestBencode(t *testing.T) {
	f := func(v any, want string) {
		t.Helper()
		if got := string(Append(nil, v)); got != want {
			t.Errorf("%v is written as %q, want %q", v, got, want)
		}
		if got, err := Decode([]byte(want)); err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%q is read as %v, %v, want %v", want, got, err, v)
		}
	}
	f("", "0:")
	f("spam", "4:spam")
	f("a\r\n:", "4:a\r\n:")
	f(int64(0), "i0e")
	f(int64(-42), "i-42e")
	f([]any{}, "le")
	f([]any{"a", int64(1), []any{"b"}}, "l1:ai1el1:bee")
	f(map[string]any{}, "de")
	f(map[string]any{"z": "1", "a": map[string]any{"k": int64(2)}}, "d1:ad1:ki2ee1:z1:1e")
}

func TestBencodeRefuses(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if v, err := Decode([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is read as %v, %v, want an error with %q", text, v, err, want)
		}
	}
	f("", "cut short")
	f("4:abc", "cut short")
	f("4", "cut short")
	f("i12", "cut short")
	f("l1:a", "cut short")
	f("d1:a", "cut short")
	f("x", "nothing begins with")
	f("ixe", "invalid syntax")
	f("99999999999:a", "out of range")
	f("d1:ae", "key without a value")
	f("di1e1:ae", "key that is no string")
	f("1:ab", "1 bytes too many")
	f(strings.Repeat("l", 100), "nested too deep")
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"d1:ad1:ki2ee1:z1:1e", "l1:ai1el1:bee", "i-0e", "5:hello", "d6:result4:ponge", "lllll"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Decode(text)
		if err != nil {
			return
		}
		again, err := Decode(Append(nil, v))
		if err != nil || !reflect.DeepEqual(again, v) {
			t.Fatalf("%q is %v, and written and read again %v, %v", text, v, again, err)
		}
	})
}
