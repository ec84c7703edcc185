package house

import (
	"bytes"
	"go/format"
	"testing"
)

func TestFilesAreFormatted(t *testing.T) {
	keep(t, filesAreFormatted)
	trip(t, filesAreFormatted, "", "call/c.go", "package call\n\nvar x = 1\n")
	trip(t, filesAreFormatted, "call/c.go: not formatted", "call/c.go", "package call\nvar  x=1\n")
}

func filesAreFormatted(tr *tree) (complaints []string) {
	for _, f := range tr.files {
		text := tr.texts[f.name]
		if want, err := format.Source(text); err != nil || !bytes.Equal(text, want) {
			complaints = append(complaints, f.name+": not formatted: run gofmt -w "+f.name)
		}
	}
	return complaints
}
