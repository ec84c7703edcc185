// Package body reads and writes the JSON of requests and answers, and refuses what
// could do harm before anybody looks at it. It owns nothing; only package api uses it.
package body

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"trunkline/api/problem"
)

// Most is how long a body may be, in bytes.
const Most = 1 << 20

const (
	maxDepth   = 64   // of JSON
	maxMembers = 4096 // names and values of JSON, all levels together
)

// Format is JSON as we take and give it.
func Format() huma.Format {
	return huma.Format{
		Unmarshal: func(data []byte, v any) error {
			if err := inspect(data); err != nil {
				return err
			}
			return json.Unmarshal(data, v)
		},
		Marshal: func(w io.Writer, v any) error {
			text, err := json.Marshal(v) // as a whole first: half an answer is worse than none
			if err != nil {
				return err
			}
			_, err = w.Write(append(text, '\n'))
			return err
		},
	}
}

// inspect refuses what costs more than it can be worth, and what two readers
// might understand differently: bad UTF-8, a name twice, a field in capitals.
// The last matters: encoding/json matches the names of fields in any case, so
// {"to":"100","TO":"evil"} would be validated as one and used as the other.
func inspect(data []byte) error {
	if !utf8.Valid(data) {
		return errors.New("the text is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var open []*object
	for members := 0; ; members++ {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil // whether it is complete, Unmarshal says
		}
		if err != nil {
			return fmt.Errorf("%w, near byte %d", err, d.InputOffset())
		}
		if members == maxMembers {
			return fmt.Errorf("more than %d members", maxMembers)
		}
		if t == json.Delim('}') || t == json.Delim(']') {
			open = open[:len(open)-1]
			continue
		}
		if len(open) > 0 {
			if err := open[len(open)-1].take(t, len(open)); err != nil {
				return err
			}
		}
		switch t {
		case json.Delim('{'):
			open = append(open, &object{names: map[string]bool{}})
		case json.Delim('['):
			open = append(open, &object{})
		}
		if len(open) > maxDepth {
			return fmt.Errorf("nested deeper than %d", maxDepth)
		}
	}
}

// object is an object or, without names, an array that inspect is inside of.
type object struct {
	names map[string]bool
	value bool // a value comes next, not a name
}

func (o *object) take(t json.Token, depth int) error {
	if o.names == nil {
		return nil
	}
	if o.value {
		o.value = false
		return nil
	}
	name, _ := t.(string) // the decoder lets nothing else be a name
	o.value = true
	if o.names[name] {
		return fmt.Errorf("%q is there twice", problem.Clip(name))
	}
	o.names[name] = true
	if depth == 1 && !fieldName(name) {
		return fmt.Errorf("there is no field %q", problem.Clip(name))
	}
	return nil
}

// fieldName reports whether name is written like our fields are.
func fieldName(name string) bool {
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' {
			return false
		}
	}
	return true
}
