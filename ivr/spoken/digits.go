package spoken

import (
	"fmt"
	"strings"
)

// symbols are the signs that can be spoken, with the names of their fragments.
var symbols = map[rune]string{
	'*': "symbol/star", '#': "symbol/hash", '@': "symbol/at", '.': "symbol/dot", '-': "symbol/dash",
	'_': "symbol/underscore", '/': "symbol/slash", '+': "symbol/plus", '&': "symbol/and", ' ': pause,
}

func (l *Language) spell(value string, _ Options) (names []string, err error) {
	for _, c := range value {
		switch {
		case '0' <= c && c <= '9':
			names = append(names, digit(uint64(c-'0')))
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z':
			names = append(names, "letter/"+strings.ToLower(string(c)))
		case symbols[c] != "":
			names = append(names, symbols[c])
		default:
			return nil, fmt.Errorf("%q cannot be spelt", c)
		}
	}
	return l.known(names)
}

// known refuses what a language has no words for.
func (l *Language) known(names []string) ([]string, error) {
	for _, name := range names {
		if _, ok := l.Words[name]; !ok {
			return nil, fmt.Errorf("%s has no word for %s", l.Tag, name)
		}
	}
	return names, nil
}

func (l *Language) digits(value string, o Options) ([]string, error) {
	groups := strings.FieldsFunc(value, func(c rune) bool { return c == ' ' || c == '-' })
	if len(o.Groups) > 0 {
		var err error
		if groups, err = grouped(strings.Join(groups, ""), o.Groups); err != nil {
			return nil, err
		}
	}
	return l.grouped(groups)
}

// grouped speaks groups of digits with pauses in between.
func (l *Language) grouped(groups []string) (names []string, err error) {
	for i, g := range groups {
		if i > 0 {
			names = append(names, pause)
		}
		for _, c := range g {
			switch {
			case '0' <= c && c <= '9':
				names = append(names, digit(uint64(c-'0')))
			case c == '*' || c == '#':
				names = append(names, symbols[c])
			default:
				return nil, errForm
			}
		}
	}
	if names == nil {
		return nil, errForm
	}
	return l.known(names)
}

// grouped cuts s into pieces of the sizes given, of which the last goes on.
func grouped(s string, sizes []int) (groups []string, err error) {
	for i := 0; s != ""; i++ {
		n := sizes[min(i, len(sizes)-1)]
		if n < 1 {
			return nil, fmt.Errorf("option groups: %d is no size of a group", n)
		}
		n = min(n, len(s))
		groups = append(groups, s[:n])
		s = s[n:]
	}
	return groups, nil
}

// phone speaks a number in the groups that people expect. They depend on the
// number, not on the language.
func (l *Language) phone(value string, o Options) ([]string, error) {
	value, ext, extended := strings.Cut(strings.ToLower(value), "x")
	value = strings.Map(func(c rune) rune {
		if strings.ContainsRune(" -().", c) {
			return -1
		}
		return c
	}, value)
	number, international := strings.CutPrefix(value, "+")
	ext = strings.TrimSpace(ext)
	if !allDigits(number) || extended && !allDigits(ext) {
		return nil, errForm
	}
	groups := phoneGroups(number)
	if international {
		if groups = internationalGroups(number); len(groups) < 2 {
			return nil, fmt.Errorf("there is nothing after the country code")
		}
	}
	if len(o.Groups) > 0 {
		var err error
		if groups, err = grouped(number, o.Groups); err != nil {
			return nil, err
		}
	}
	names, err := l.grouped(groups)
	if err != nil {
		return nil, err
	}
	if international {
		names = append([]string{plus}, names...)
	}
	if extended {
		names = append(names, pause, extension)
		names = append(names, digitNames(ext)...)
	}
	return l.known(replaced(names, l.PhoneDigits))
}

// phoneGroups are those of a national number.
func phoneGroups(s string) []string {
	sizes := []int{3}
	switch n := len(s); {
	case n <= 4:
		sizes = []int{4}
	case n == 5: // 95588
		sizes = []int{5}
	case n == 7:
		sizes = []int{3, 4}
	case n == 8:
		sizes = []int{4, 4}
	case n == 10 && s[0] != '0': // 400 and North American numbers
		sizes = []int{3, 3, 4}
	case n == 11 && s[:2] == "12": // 1 and a North American number
		sizes = []int{1, 3, 3, 4}
	case n == 11 && s[0] == '0' && s[1] > '2': // Chinese landlines, but for large cities
		sizes = []int{4, 3, 4}
	case n == 11: // Chinese mobiles, and landlines of large cities
		sizes = []int{3, 4, 4}
	case n == 12 && s[0] == '0':
		sizes = []int{4, 4, 4}
	case n%3 == 1: // no digit stands alone
		sizes = append(many(3, n/3-1), 2, 2)
	}
	groups, _ := grouped(s, sizes)
	return groups
}

// many returns n times size.
func many(size, n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = size
	}
	return all
}

// internationalGroups are those of a number in E.164, its country code first.
func internationalGroups(s string) []string {
	n := countryCode(s)
	if n >= len(s) {
		return []string{s}
	}
	code, rest := s[:n], s[n:]
	groups := phoneGroups(rest)
	if code == "86" && len(rest) == 10 { // a landline without its 0
		groups, _ = grouped(rest, []int{2, 4, 4})
	}
	return append([]string{code}, groups...)
}

// twoDigits are the country codes of two digits. 1 and 7 have one digit, all
// others three (ITU-T E.164, list of assigned country codes).
const twoDigits = " 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98 "

// countryCode is how many digits of s are its country code.
func countryCode(s string) int {
	switch {
	case s[0] == '1' || s[0] == '7':
		return 1
	case len(s) >= 2 && strings.Contains(twoDigits, " "+s[:2]+" "):
		return 2
	}
	return 3
}
