package digest

import (
	"errors"
	"fmt"
	"strings"

	"trunkline/sip/internal/wire"
)

// Bounds on one header; real ones have a dozen parameters in a few hundred bytes.
const (
	maxValue  = 4096
	maxParams = 32
)

// errScheme says that a header speaks of another kind of authentication.
var errScheme = errors.New("scheme is not Digest")

// params are the parameters of a challenge or of credentials: names in lower
// case, values without quotes and backslashes.
type params map[string]string

// parse reads what follows "Digest" (RFC 3261 §25.1: challenge, credentials). It
// is lenient where nothing can be misunderstood: an empty list element, a value
// that should have been quoted.
func parse(value string) (params, error) {
	value = strings.Trim(value, " \t")
	if len(value) > maxValue || wire.HasControl(value) {
		return nil, fmt.Errorf("%d bytes: too long, or with control characters", len(value))
	}
	scheme, rest, _ := strings.Cut(strings.ReplaceAll(value, "\t", " "), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return nil, errScheme
	}
	p := params{}
	for {
		rest = strings.TrimLeft(rest, " ,")
		if rest == "" {
			return p, nil
		}
		name, after, ok := strings.Cut(rest, "=")
		name = strings.ToLower(strings.TrimRight(name, " "))
		if !ok || !wire.IsToken(name) {
			return nil, fmt.Errorf("%.20q: not a parameter", rest)
		}
		text, after, err := parseValue(strings.TrimLeft(after, " "))
		if err != nil {
			return nil, fmt.Errorf("parameter %s: %w", name, err)
		}
		if _, twice := p[name]; twice || len(p) == maxParams {
			return nil, fmt.Errorf("parameter %s: twice, or one too many", name)
		}
		p[name] = text
		rest = strings.TrimLeft(after, " ")
		if rest != "" && rest[0] != ',' {
			return nil, fmt.Errorf("parameter %s: no comma after it", name)
		}
	}
}

// parseValue reads a quoted string, or what stands before the next comma or space.
func parseValue(s string) (value, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ` ,"`)
		if end < 0 {
			end = len(s)
		}
		if end == 0 {
			return "", "", errors.New("no value")
		}
		return s[:end], s[end:], nil
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return wire.Unquote(s[1:i]), s[i+1:], nil
		}
	}
	return "", "", errors.New("no closing quote")
}

// need refuses parameters of which one that must be there is not.
func (p params) need(names ...string) error {
	for _, name := range names {
		if _, ok := p[name]; !ok {
			return fmt.Errorf("no %s", name)
		}
	}
	return nil
}

// writer writes the parameters of a header one after the other.
type writer struct{ b strings.Builder }

// quoted adds name="value".
func (w *writer) quoted(name, value string) { w.plain(name, `"`+wire.Quote(value)+`"`) }

// plain adds name=value.
func (w *writer) plain(name, value string) {
	if w.b.Len() == 0 {
		w.b.WriteString("Digest ")
	} else {
		w.b.WriteString(", ")
	}
	w.b.WriteString(name + "=" + value)
}

func (w *writer) String() string { return w.b.String() }
