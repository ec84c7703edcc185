package ng

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// A bencoded value is a string, an int64, a []any or a map[string]any.

// errCut says that a text ended in the middle of a value.
var errCut = errors.New("decode bencode: cut short")

// maxDepth is how deep lists and dictionaries may be nested.
const maxDepth = 32

// Append appends v to dst. Dictionaries are written in the order of their keys,
// as the format wants it. Values of other types are mistakes of the program.
func Append(dst []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(strconv.AppendInt(dst, int64(len(v)), 10), ":"+v...)
	case int:
		return Append(dst, int64(v))
	case int64:
		return append(strconv.AppendInt(append(dst, 'i'), v, 10), 'e')
	case []any:
		dst = append(dst, 'l')
		for _, x := range v {
			dst = Append(dst, x)
		}
		return append(dst, 'e')
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		dst = append(dst, 'd')
		for _, k := range keys {
			dst = Append(Append(dst, k), v[k])
		}
		return append(dst, 'e')
	}
	panic(fmt.Sprintf("bencode %T", v))
}

// Decode reads the one value that text holds.
func Decode(text []byte) (any, error) {
	v, rest, err := decode(text, 0)
	if err == nil && len(rest) > 0 {
		return nil, fmt.Errorf("decode bencode: %d bytes too many", len(rest))
	}
	return v, err
}

func decode(text []byte, depth int) (v any, rest []byte, err error) {
	switch {
	case len(text) == 0:
		return nil, nil, errCut
	case depth > maxDepth:
		return nil, nil, errors.New("decode bencode: nested too deep")
	case text[0] == 'i':
		return integer(text[1:])
	case text[0] == 'l':
		return list(text[1:], depth)
	case text[0] == 'd':
		return dictionary(text[1:], depth)
	case text[0] >= '0' && text[0] <= '9':
		return str(text)
	}
	return nil, nil, fmt.Errorf("decode bencode: nothing begins with %q", text[0])
}

func integer(text []byte) (any, []byte, error) {
	i := slices.Index(text, 'e')
	if i < 0 {
		return nil, nil, errCut
	}
	n, err := strconv.ParseInt(string(text[:i]), 10, 64)
	if err != nil {
		return nil, nil, fmt.Errorf("decode bencode: %w", err)
	}
	return n, text[i+1:], nil
}

func str(text []byte) (any, []byte, error) {
	i := slices.Index(text, ':')
	if i < 0 {
		return nil, nil, errCut
	}
	n, err := strconv.ParseUint(string(text[:i]), 10, 31)
	if err != nil {
		return nil, nil, fmt.Errorf("decode bencode: %w", err)
	}
	text = text[i+1:]
	if uint64(len(text)) < n {
		return nil, nil, errCut
	}
	return string(text[:n]), text[n:], nil
}

func list(text []byte, depth int) (any, []byte, error) {
	all := []any{}
	for len(text) > 0 && text[0] != 'e' {
		v, rest, err := decode(text, depth+1)
		if err != nil {
			return nil, nil, err
		}
		all, text = append(all, v), rest
	}
	if len(text) == 0 {
		return nil, nil, errCut
	}
	return all, text[1:], nil
}

func dictionary(text []byte, depth int) (any, []byte, error) {
	all, rest, err := list(text, depth)
	if err != nil {
		return nil, nil, err
	}
	pairs := all.([]any)
	if len(pairs)%2 != 0 {
		return nil, nil, errors.New("decode bencode: a key without a value")
	}
	d := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		k, ok := pairs[i].(string)
		if !ok {
			return nil, nil, errors.New("decode bencode: a key that is no string")
		}
		d[k] = pairs[i+1]
	}
	return d, rest, nil
}
