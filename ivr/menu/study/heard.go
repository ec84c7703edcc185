package study

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"trunkline/call/event"
)

// maxLine bounds one line of what was heard, bytes.
const maxLine = 1 << 20

// ReadHeard reads what callers said: a sentence on every line, or events as the API's stream prints
// them, one JSON object on every line, with or without "data: " before it. Of the events it takes
// those of a menu that was not understood; the language is that of the words heard last in the same
// call. Other fields of a server-sent event are passed over.
func ReadHeard(name string, r io.Reader) ([]Heard, error) {
	var out []Heard
	languages := map[string]string{} // of calls
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxLine)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		line = strings.TrimSpace(strings.TrimPrefix(line, "data:"))
		switch {
		case line == "", line[0] == ':', strings.HasPrefix(line, "id:"), strings.HasPrefix(line, "event:"), strings.HasPrefix(line, "retry:"):
			continue
		case line[0] != '{':
			out = append(out, Heard{Text: line, Times: 1})
			continue
		}
		h, err := heardEvent([]byte(line), languages)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: not an event: %w", name, n, err)
		}
		if h.Text != "" {
			out = append(out, h)
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return out, nil
}

// heardEvent reads one event; most have nothing to tell.
func heardEvent(line []byte, languages map[string]string) (Heard, error) {
	var e event.Event
	if err := json.Unmarshal(line, &e); err != nil {
		return Heard{}, err
	}
	switch d := e.Data.(type) {
	case event.SpeechRecognized:
		languages[e.Call] = d.Language
	case event.NoMatch:
		if d.Reason == "no_match" && strings.Trim(d.Heard, "0123456789*#") != "" { // no silence, no keys
			return Heard{Text: d.Heard, Language: languages[e.Call], Times: 1}, nil
		}
	}
	return Heard{}, nil
}
