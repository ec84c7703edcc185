package lib

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	lua "github.com/yuin/gopher-lua"
)

// exactWhole is up to where a number of Lua holds every whole number.
const exactWhole = 1 << 53

// jsonReader makes a value for a script of a text in JSON (RFC 8259), straight:
// the decoder of encoding/json, token by token, takes ten times as long.
type jsonReader struct {
	*kit
	work   func(bytes int) // charges the script
	text   string
	at     int // byte read next
	values int
	large  bool
}

// code is that of the error which read has returned.
func (r *jsonReader) code() string {
	if r.large {
		return codeTooLarge
	}
	return codeInvalid
}

func (r *jsonReader) tooLarge(format string, args ...any) error {
	r.large = true
	return fmt.Errorf(format, args...)
}

func (r *jsonReader) read() (lua.LValue, error) {
	if !utf8.ValidString(r.text) {
		return nil, errors.New("not UTF-8")
	}
	v, err := r.value(0)
	if err == nil && r.next() != 0 {
		err = fmt.Errorf("byte %d: more than one value", r.at+1)
	}
	return v, err
}

// next returns the next byte that is no space, without taking it; 0 at the end.
func (r *jsonReader) next() byte {
	for ; r.at < len(r.text); r.at++ {
		switch c := r.text[r.at]; c {
		case ' ', '\t', '\r', '\n':
		case 0:
			return 1 // no end, and nothing that may stand anywhere
		default:
			return c
		}
	}
	return 0
}

// wrong says that something else should stand where the reader is.
func (r *jsonReader) wrong(want string) error {
	if r.next() == 0 {
		return fmt.Errorf("it ends too early: want %s", want)
	}
	c, _ := utf8.DecodeRuneInString(r.text[r.at:])
	return fmt.Errorf("byte %d: %q: want %s", r.at+1, c, want)
}

func (r *jsonReader) value(depth int) (lua.LValue, error) {
	if r.values++; r.values > jsonValues {
		return nil, r.tooLarge("more than %d values", jsonValues)
	}
	r.work(jsonValueWork)
	switch c := r.next(); {
	case (c == '[' || c == '{') && depth == jsonDepth:
		return nil, r.tooLarge("deeper than %d", jsonDepth)
	case c == '[':
		return r.list(depth)
	case c == '{':
		return r.object(depth)
	case c == '"':
		s, err := r.string()
		return lua.LString(s), err
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	return r.word()
}

func (r *jsonReader) word() (lua.LValue, error) {
	for _, w := range [...]struct {
		text  string
		value lua.LValue
	}{{"true", lua.LTrue}, {"false", lua.LFalse}, {"null", r.null}} {
		if strings.HasPrefix(r.text[r.at:], w.text) {
			r.at += len(w.text)
			return w.value, nil
		}
	}
	return nil, r.wrong("a value")
}

func (r *jsonReader) list(depth int) (lua.LValue, error) {
	t := newTable()
	r.at++
	if r.next() == ']' {
		r.at++
		return t, nil
	}
	for {
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		t.Append(v)
		if more, err := r.more(']'); !more {
			return t, err
		}
	}
}

func (r *jsonReader) object(depth int) (lua.LValue, error) {
	t := newTable()
	r.at++
	if r.next() == '}' {
		r.at++
		return t, nil
	}
	for {
		if r.next() != '"' {
			return nil, r.wrong("a text as key")
		}
		key, err := r.string()
		if err != nil {
			return nil, err
		}
		if r.next() != ':' {
			return nil, r.wrong("a colon")
		}
		r.at++
		v, err := r.value(depth + 1)
		if err != nil {
			return nil, err
		}
		t.RawSetString(key, v)
		if more, err := r.more('}'); !more {
			return t, err
		}
	}
}

// more takes what stands behind a member: a comma, or the end of them all.
func (r *jsonReader) more(end byte) (bool, error) {
	c := r.next()
	if c != ',' && c != end {
		return false, r.wrong(fmt.Sprintf("a comma or %c", end))
	}
	r.at++
	return c == ',', nil
}

// string takes a text, which begins here.
func (r *jsonReader) string() (string, error) {
	escaped := false
	for i := r.at + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c < ' ':
			r.at = i
			return "", fmt.Errorf("byte %d: a control character in a text", i+1)
		case c == '\\':
			escaped = true
			i++
		case c == '"':
			quoted := r.text[r.at : i+1]
			begin := r.at
			r.at = i + 1
			if !escaped {
				return strings.Clone(quoted[1 : len(quoted)-1]), nil // it must not keep all of the text
			}
			var s string
			if err := json.Unmarshal([]byte(quoted), &s); err != nil {
				return "", fmt.Errorf("byte %d: a text with a wrong escape", begin+1)
			}
			return s, nil
		}
	}
	return "", errors.New("it ends too early: within a text")
}

func (r *jsonReader) number() (lua.LValue, error) {
	rest := r.text[r.at:]
	text := rest[:len(rest)-len(strings.TrimLeft(rest, "+-.0123456789eE"))]
	whole := strings.TrimPrefix(text, "-")
	f, err := strconv.ParseFloat(text, 64)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return nil, fmt.Errorf("byte %d: number %.40s is too large", r.at+1, text)
	case err != nil || !json.Valid([]byte(text)):
		return nil, fmt.Errorf("byte %d: %.40q is no number", r.at+1, text)
	}
	r.at += len(text)
	if strings.Trim(whole, "0123456789") == "" && (f >= exactWhole || f <= -exactWhole) {
		return lua.LString(text), nil
	}
	return lua.LNumber(f), nil
}
