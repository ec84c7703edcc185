package lib

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	lua "github.com/yuin/gopher-lua"

	"trunkline/ivr/value"
	"trunkline/ivr/verb"
)

// directives are what formats may have, as in strftime of C, and the layout of
// package time for each.
var directives = map[byte]string{
	'Y': "2006", 'y': "06", 'm': "01", 'd': "02", 'H': "15", 'I': "03", 'M': "04", 'S': "05", 'j': "002",
	'p': "PM", 'a': "Mon", 'A': "Monday", 'b': "Jan", 'B': "January", 'z': "-0700", 'Z': "MST",
	'F': "2006-01-02", 'T': "15:04:05",
}

const directivesDoc = "%Y %y %m %d %H %I %M %S %j %p %a %A %b %B %z %Z, %F for %Y-%m-%d, %T for %H:%M:%S, %% for a percent sign"

// formatMost bounds a format, bytes.
const formatMost = 1000

// pieces takes a format apart: text as it is, and layouts of package time.
func pieces(format string, each func(text, layout string) error) error {
	if len(format) > formatMost {
		return verb.Mistakef("argument format: %d bytes: at most %d", len(format), formatMost)
	}
	for format != "" {
		text, rest, found := strings.Cut(format, "%")
		layout := ""
		switch {
		case found && rest == "":
			return verb.Mistakef("argument format: it ends with %%")
		case found && rest[0] == '%':
			text, rest = text+"%", rest[1:]
		case found:
			var ok bool
			if layout, ok = directives[rest[0]]; !ok {
				return verb.Mistakef("argument format: there is no %%%.1q; there are %s", rest[:1], directivesDoc)
			}
			rest = rest[1:]
		}
		if err := each(text, layout); err != nil {
			return err
		}
		format = rest
	}
	return nil
}

func (k *kit) timeFormat() *Row {
	return &Row{Shape: verb.Shape{
		Name: "time.format",
		Doc:  "Writes a time as text; names of days and months are English.",
		Args: []verb.Arg{
			atArg("a time other than now"),
			{Name: "format", Kind: value.Text, Default: "%Y-%m-%d %H:%M:%S", Doc: directivesDoc},
			zoneArg(),
		},
		After:  true,
		Result: "the text; or nil and an error: invalid (at is no time)",
	}, Run: func(_ *Env, a verb.Args) (lua.LValue, error) {
		at, err := k.zoned("time.format", a)
		if err != nil {
			return nil, err
		}
		var b strings.Builder
		err = pieces(a.Text("format"), func(text, layout string) error {
			b.WriteString(text)
			b.WriteString(at.Format(layout))
			return nil
		})
		return lua.LString(b.String()), err
	}}
}

func (k *kit) timeParse() *Row {
	return &Row{Shape: verb.Shape{
		Name: "time.parse",
		Doc:  "Reads a time from a text.",
		Args: []verb.Arg{
			{Name: "text", Kind: value.Text, Lead: true, Required: true, Doc: "what to read"},
			{Name: "format", Kind: value.Text, Doc: "as for time.format; left out it is 2026-11-21, 2026-11-21 15:04, 2026-11-21 15:04:05, " +
				"with T or a blank between, and at the end Z or +08:00"},
			{Name: "zone", Kind: value.Text, Doc: "where the clock hangs, unless the text says so; see above"},
		},
		After:  true,
		Result: "the time; or nil and an error: invalid",
	}, Run: func(_ *Env, a verb.Args) (lua.LValue, error) {
		zone, err := k.zone(a)
		if err != nil {
			return nil, err
		}
		text, t := strings.TrimSpace(a.Text("text")), time.Time{}
		if !a.Has("format") {
			t, err = parseISO(text, zone)
		} else {
			t, err = parseAs(text, a.Text("format"), zone)
		}
		if err == nil && !within(t) {
			err = fmt.Errorf("%q is of no year from 1 to 9999", clipped(text))
		}
		var mistake verb.Mistake
		switch {
		case errors.As(err, &mistake):
			return nil, err
		case err != nil:
			return nil, refused("time.parse", codeInvalid, "%v", err)
		}
		return timeTable(t.In(zone)), nil
	}}
}

// parseISO reads a time in one of the forms of ISO 8601 that people write.
func parseISO(text string, zone *time.Location) (time.Time, error) {
	form := strings.Replace(text, " ", "T", 1)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, form, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time such as 2026-11-21 15:04:05", clipped(text))
}

// parseAs reads a time in a format of the script. Text and layouts are taken apart
// first and only what stands for layouts is given to package time: it would see
// some in the text, too.
func parseAs(text, format string, zone *time.Location) (time.Time, error) {
	var layouts, values []string
	rest := text
	err := pieces(format, func(between, layout string) error {
		var ok bool
		if rest, ok = strings.CutPrefix(rest, between); !ok {
			return fmt.Errorf("%q is not as %q wants it: %q is missing", clipped(text), clipped(format), clipped(between))
		}
		if layout == "" {
			return nil
		}
		if layout == directives['Z'] {
			return verb.Mistakef("argument format: %%Z cannot be read: names of zones are not clear; use %%z")
		}
		n := min(len(layout), len(rest))
		if layout == directives['A'] || layout == directives['B'] {
			n = len(rest) - len(strings.TrimLeftFunc(rest, unicode.IsLetter))
		}
		layouts, values = append(layouts, layout), append(values, rest[:n])
		rest = rest[n:]
		return nil
	})
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.ParseInLocation(strings.Join(layouts, "|"), strings.Join(values, "|"), zone)
	if err != nil || rest != "" {
		return time.Time{}, fmt.Errorf("%q is not as %q wants it", clipped(text), clipped(format))
	}
	return t, nil
}
