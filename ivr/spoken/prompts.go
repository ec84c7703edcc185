package spoken

import (
	"fmt"
	"io/fs"
	"strings"
)

// formats are the endings of sound files, the preferred first.
var formats = []string{".wav", ".ogg", ".mp3"}

// Missing lists the fragments of a language that have no recording in prompts,
// the prompts/ directory of a bundle: digits/1 of zh is zh/digits/1.wav there, or
// .ogg or .mp3.
func Missing(prompts fs.FS, lang string) ([]string, error) {
	l, err := For(lang)
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range l.Names() {
		if l.file(prompts, name) == "" {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// Files finds the recordings of fragments, as names below prompts/. The error
// names all that are missing.
func Files(prompts fs.FS, lang string, fragments []string) ([]string, error) {
	l, err := For(lang)
	if err != nil {
		return nil, err
	}
	var files, missing []string
	for _, name := range fragments {
		file := l.file(prompts, name)
		if file == "" {
			missing = append(missing, l.Tag+"/"+name)
		}
		files = append(files, file)
	}
	if missing != nil {
		return nil, fmt.Errorf("find recordings: no %s (as %s)", strings.Join(missing, ", "), strings.Join(formats, ", "))
	}
	return files, nil
}

// file is the recording of a fragment, or nothing.
func (l *Language) file(prompts fs.FS, name string) string {
	for _, ending := range formats {
		file := l.Tag + "/" + name + ending
		if info, err := fs.Stat(prompts, file); err == nil && info.Mode().IsRegular() {
			return file
		}
	}
	return ""
}
