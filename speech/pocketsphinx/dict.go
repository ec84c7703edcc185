package pocketsphinx

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
)

// pronunciations maps a word to its ways to be said, the dictionary's first one
// first, each as phones with blanks between.
type pronunciations map[string][]string

// readDictionary finds words in a pronouncing dictionary in CMU form: one
// "word PH ON ES" per line, variants as "word(2) …". It reads the file through:
// a menu asks for its words once, and 130,000 of them kept in memory would cost
// more than a recogniser.
func readDictionary(path string, wanted map[string]bool) (pronunciations, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read dictionary: %w", err)
	}
	defer f.Close()
	asWritten := map[string][]string{} // by the dictionary's spelling, the wanted ones
	for w := range wanted {
		for _, spelling := range []string{w, american(w)} {
			if !slices.Contains(asWritten[spelling], w) {
				asWritten[spelling] = append(asWritten[spelling], w)
			}
		}
	}
	exact, respelt := pronunciations{}, pronunciations{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		name, phones, ok := bytes.Cut(lines.Bytes(), []byte(" "))
		base, _, _ := bytes.Cut(name, []byte("("))
		if !ok {
			continue
		}
		for _, w := range asWritten[string(base)] {
			found := respelt
			if w == string(base) {
				found = exact
			}
			found[w] = append(found[w], strings.TrimSpace(string(phones)))
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read dictionary %s: %w", path, err)
	}
	for w, p := range respelt {
		if exact[w] == nil {
			exact[w] = p
		}
	}
	return exact, nil
}

// write writes the dictionary of these words, sorted.
func (p pronunciations) write(w io.Writer) error {
	b := bufio.NewWriter(w)
	for _, word := range slices.Sorted(maps.Keys(p)) {
		for i, phones := range p[word] {
			if i == 0 {
				fmt.Fprintf(b, "%s %s\n", word, phones)
			} else {
				fmt.Fprintf(b, "%s(%d) %s\n", word, i+1, phones)
			}
		}
	}
	return b.Flush()
}

// american respells the British forms that menus are written in and an American
// dictionary lacks; the words sound the same.
func american(word string) string {
	for _, s := range [][2]string{
		{"ise", "ize"}, {"ised", "ized"}, {"ises", "izes"}, {"ising", "izing"}, {"isation", "ization"},
		{"our", "or"}, {"ours", "ors"}, {"tre", "ter"}, {"cheque", "check"}, {"cheques", "checks"},
		{"lled", "led"}, {"lling", "ling"}, {"ence", "ense"}, {"ogue", "og"}, {"yse", "yze"}, {"ysed", "yzed"},
	} {
		if stem, ok := strings.CutSuffix(word, s[0]); ok {
			return stem + s[1]
		}
	}
	return word
}
