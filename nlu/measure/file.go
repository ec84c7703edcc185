package measure

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"trunkline/nlu"
)

// Read reads labelled sentences: one a line, label TAB text, UTF-8, no header. An error names the
// file and the line.
func Read(path string) ([]nlu.Example, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read sentences: %w", err)
	}
	return parse(path, data)
}

func parse(path string, data []byte) ([]nlu.Example, error) {
	var out []nlu.Example
	n := 0
	for line := range bytes.Lines(data) {
		n++
		label, text, ok := strings.Cut(strings.TrimRight(string(line), "\r\n"), "\t")
		switch {
		case !ok:
			return nil, fmt.Errorf("%s:%d: no tab between label and text", path, n)
		case label == "":
			return nil, fmt.Errorf("%s:%d: no label", path, n)
		case len(nlu.Tokens(text)) == 0:
			return nil, fmt.Errorf("%s:%d: no word in %q", path, n, text)
		}
		out = append(out, nlu.Example{Label: label, Text: text})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s: no sentence", path)
	}
	return out, nil
}

// WritePredictions writes one prediction a line: index from 0, label, confidence, scope, with tabs between.
func WritePredictions(path string, predictions []Prediction) error {
	var b []byte
	for i, p := range predictions {
		b = strconv.AppendInt(b, int64(i), 10)
		b = append(b, '\t')
		b = append(b, p.Label...)
		for _, x := range []float64{p.Confidence, p.Scope} {
			b = append(b, '\t')
			b = strconv.AppendFloat(b, x, 'g', -1, 64)
		}
		b = append(b, '\n')
	}
	if err := os.WriteFile(path, b, 0o644); err != nil {
		return fmt.Errorf("write predictions: %w", err)
	}
	return nil
}
