// Package sound tells how words sound: the pinyin of Chinese characters, a phonetic key of English
// words, and how far apart two such sequences are for an ear on a telephone line.
//
// The classifier, the menus and the entity readers use it to find what a recogniser misheard: a
// homophone (章 for 张), a syllable that dialects do not keep apart (z and zh), a word spelled another
// way. It owns one table of readings, built once and never changed, so anything here may be called
// from any goroutine. It computes and nothing else; it does not know what any word means.
package sound

import (
	_ "embed" // the readings
	"strings"
	"sync"
	"unicode"
)

// readings has a line per syllable: the syllable, a blank, the characters read so. From the data of
// github.com/mozillazg/go-pinyin v0.21.0 (MIT), which has it from the Unihan database: first
// reading of U+4E00 to U+9FFF, tones dropped, ü written v. 长 is read chang here, as in most names.
//
//go:embed pinyin.txt
var readings string

const (
	firstHan = 0x4E00
	lastHan  = 0x9FFF
)

// table is 42 KB: the number of the syllable of each character, 0 for none.
var table = sync.OnceValue(func() (t struct {
	syllables []string
	of        [lastHan - firstHan + 1]uint16
}) {
	t.syllables = []string{""}
	for line := range strings.Lines(readings) {
		syllable, chars, _ := strings.Cut(strings.TrimSpace(line), " ")
		for _, r := range chars {
			if r >= firstHan && r <= lastHan {
				t.of[r-firstHan] = uint16(len(t.syllables))
			}
		}
		t.syllables = append(t.syllables, syllable)
	}
	return t
})

// Pinyin returns the syllable, without tone, of the most common reading of a Han character ("zhang",
// "lv"), and "" for anything else.
func Pinyin(r rune) string {
	switch {
	case r == '〇':
		return "ling"
	case r < firstHan || r > lastHan:
		return ""
	}
	t := table()
	return t.syllables[t.of[r-firstHan]]
}

// Fuzzy folds together the syllables that recognisers, dialects and telephone lines confuse: zh ch
// sh with z c s, n and r with l, h with f before u, and the endings ang eng ing with an en in
// ("zhang" and "zan" are both "zan", "hu" and "fu" both "fu"). What is no syllable comes back as it is.
func Fuzzy(syllable string) string {
	initial, final := Split(syllable)
	switch initial {
	case "zh", "ch", "sh":
		initial = initial[:1]
	case "n", "r":
		initial = "l"
	case "h":
		if final == "u" {
			initial = "f"
		} else if initial == "h" && strings.HasPrefix(final, "ua") {
			initial, final = "f", final[1:] // 黄 for 房
		} else if final == "ui" {
			initial, final = "f", "ei" // 会 for 费
		}
	}
	for _, ending := range [...]string{"ang", "eng", "ing"} {
		if strings.HasSuffix(final, ending) {
			return initial + final[:len(final)-1]
		}
	}
	return initial + final
}

// Split cuts a syllable into initial and final ("zh", "ang"); y and w count as initials.
func Split(syllable string) (initial, final string) {
	if len(syllable) > 1 && syllable[1] == 'h' && strings.ContainsRune("zcs", rune(syllable[0])) {
		return syllable[:2], syllable[2:]
	}
	if syllable != "" && strings.IndexByte("bpmfdtnlgkhjqxrzcsyw", syllable[0]) >= 0 {
		return syllable[:1], syllable[1:]
	}
	return "", syllable
}

// Phones returns how a text sounds: the pinyin of each Han character, the key (English) of each run
// of other letters, each decimal digit by itself. Everything else only separates.
func Phones(text string) []string {
	var (
		out  []string
		word strings.Builder
	)
	flush := func() {
		if key := English(word.String()); key != "" {
			out = append(out, key)
		}
		word.Reset()
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			if s := Pinyin(r); s != "" {
				out = append(out, s)
			} else {
				out = append(out, string(r))
			}
		case unicode.IsDigit(r):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r):
			word.WriteRune(r)
		case r == '\'' || r == '’': // O'Brien is one word
		default:
			flush()
		}
	}
	flush()
	return out
}
