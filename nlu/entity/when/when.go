// Package when reads dates, times of day, moments and spans of time from what a caller said, in
// Chinese and English, spoken ("下周三下午两点半", "quarter to six") or as a recogniser writes it
// ("7:30 p.m.", "2008/08/08").
//
// Everything is relative to Options.Now, in whose zone the answers are; the package never reads a
// clock. It computes and nothing else, keeps no state, and may be called from any goroutine.
//
// Conventions, where speech allows more than one:
//
//   - Weeks run from Monday to Sunday. 这周三 and "Wednesday this week" are in the current one, 下周三 and
//     "Wednesday next week" in the one after. A bare weekday is the first one after today; on that very weekday
//     today is an alternative. "this Friday" is the first from today on. "next Friday" is the one in next
//     week; when the coming one is another, that is an alternative.
//   - A day without its month, or a month without its year, is the first from today on (Options.Past:
//     the last until today). Without Now it stays open: "---03", "--08-08".
//   - An hour of a twelve-hour clock with no morning or evening near it is ambiguous: Value has it as
//     it was said, Others the other half of the day, unless Options.Hours tell them apart.
//   - 月初 月中 月底, "end of the month" and parts of the day are Vague; Value is the range they span.
//   - "3/4" is ambiguous in English, unless the language is en-US (month first) or en-GB (day first).
//   - The lunar calendar is refused: Vague, with the reason.
//
// Values are ISO 8601: "2026-11-28", "2008-08", "2008", "--08-08", "15:30", "13:10:36",
// "2026-11-28T15:30", "P3D", "PT1H30M", ranges "17:00/18:00"; a zone said is appended ("08:00Z",
// "07:00-05:00"). Besides: decades "198X", centuries "19XX", quarters "2022-Q2", 750 BC "-0749".
package when

import (
	"strings"
	"time"

	"trunkline/nlu/entity/reading"
)

// Kind says which of the things a caller may have named is wanted.
type Kind uint8

const (
	// Any is a date, a time of day or both together.
	Any Kind = iota
	// Date is a day, month or year, or a range of days; a time said with it is left out.
	Date
	// Time is a time of day or a range; a date said with it is left out.
	Time
	// Duration is a length of time ("two weeks").
	Duration
)

// String returns the kind as the entity tool spells it.
func (k Kind) String() string {
	return [...]string{"any", "date", "time", "duration"}[k&3]
}

// Options say how words are to be taken.
type Options struct {
	// Language is a BCP 47 tag: Chinese ("zh", "zh-CN", "cmn") or, anything else, English.
	Language string
	// Now is the moment of speaking, in the caller's zone. Zero: nothing can be relative.
	Now time.Time
	// Expect is what was asked for. Having been asked, a caller may leave out what makes a word a date
	// or time elsewhere: "the third", "seven", "two thirty", "nineteen ninety".
	Expect Kind
	// Past takes what is not said for the past, as in a date of birth; otherwise for the future.
	Past bool
	// Hours are the first and the last full hour at which a time makes sense (9, 18), to tell morning
	// from evening; zero for any.
	Hours [2]int
}

// Found is one reading and what kind it is of. Any stands for a date with a time.
type Found struct {
	reading.Reading
	Kind Kind
}

// Read returns the first date or time in the text of the kind expected; not Found when there is none.
func Read(text string, opts Options) reading.Reading {
	for _, f := range All(text, opts) {
		return f.Reading
	}
	return reading.Reading{}
}

// All returns every date and time in the text of the kind expected, in the order said; of one that the
// caller corrects at once ("the third, sorry, the fourth"), the last.
func All(text string, opts Options) []Found {
	p := newParser(text, opts)
	var out []Found
	last := 0 // the token after what was found last
	for _, c := range p.chains() {
		found := p.finish(c)
		if len(found) > 0 && len(out) > 0 && p.corrects(last, c[0].from) {
			out = out[:len(out)-1]
		}
		if len(found) > 0 {
			last = c[len(c)-1].to
		}
		out = append(out, found...)
	}
	return out
}

// Written reads a whole text in one of the written styles of inverse text normalisers ("july 25
// 2012", "2008/08/08", "85/02/27", "1:02:36a.m.", "08:00 gmt", "Q2 2022", "750BC") to the value that
// Read gives for the same thing spoken. It reports whether all of the text was understood.
func Written(text string, opts Options) (string, bool) {
	found := All(text, opts)
	if len(found) != 1 {
		return "", false
	}
	rest := strings.TrimPrefix(text[:found[0].Start], "the ") + text[found[0].End:]
	if strings.Trim(rest, " .,。，") != "" || found[0].Doubt == reading.Failed {
		return "", false
	}
	return found[0].Value, true
}

func chinese(language string) bool {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	return primary == "zh" || primary == "cmn" || primary == "yue"
}
