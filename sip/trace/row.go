package trace

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// row is a line of a screen, cell by cell. A character that is two cells wide
// leaves the second one empty; a mark without width shares the cell before it.
type row []string

func newRow(cells int) row {
	r := make(row, cells)
	for i := range r {
		r[i] = " "
	}
	return r
}

// String returns the row with an end of line.
func (r row) String() string { return strings.TrimRight(strings.Join(r, ""), " ") + "\n" }

// put writes text into the cells from left, and clips what would reach right.
func (r row) put(left, right int, text string) {
	list := cells(text)
	if room := max(0, right-left); len(list) > room {
		list = list[:max(0, room-1)]
		if n := len(list); n > 0 && wide(list[n-1]) { // its second cell was cut off
			list[n-1] = "…"
		} else if room > 0 {
			list = append(list, "…")
		}
	}
	copy(r[left:], list)
}

// centre writes text in the middle between left and right.
func (r row) centre(left, right int, text string) {
	room, n := max(0, right-left), len(cells(text))
	r.put(left+max(0, room-n)/2, right, text)
}

// cells spreads text over cells. What does not print becomes a dot: nothing that
// came from a peer reaches a terminal as a command.
func cells(text string) []string {
	var list []string
	for _, c := range text {
		switch {
		case c == utf8.RuneError || !unicode.IsPrint(c):
			list = append(list, "·")
		case unicode.In(c, unicode.Mn, unicode.Me):
			if n := len(list); n > 0 && list[n-1] != "" {
				list[n-1] += string(c)
			}
		default:
			list = append(list, string(c))
			if wide(string(c)) {
				list = append(list, "")
			}
		}
	}
	return list
}

// wide reports whether the character in a cell needs two.
func wide(cell string) bool {
	c, _ := utf8.DecodeRuneInString(cell)
	kind := width.LookupRune(c).Kind()
	return kind == width.EastAsianWide || kind == width.EastAsianFullwidth
}
