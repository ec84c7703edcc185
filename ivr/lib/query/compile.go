package query

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// statement is a query as its database wants it.
type statement struct {
	text   string
	params []string // names of those to bind, in order
	write  bool
}

// skips are what a query may have that is no place for a parameter, and how each
// ends; a quote that stands twice is one after the other. Those with a database
// are its own.
var skips = []struct {
	begin, end *regexp.Regexp
	only       string
}{
	{regexp.MustCompile(`^[eE]'`), regexp.MustCompile(`^(?s:[^'\\]|\\.)*'`), Postgres},
	{regexp.MustCompile(`^'`), regexp.MustCompile(`^[^']*'`), ""},
	{regexp.MustCompile(`^"`), regexp.MustCompile(`^[^"]*"`), ""},
	{regexp.MustCompile("^`"), regexp.MustCompile("^[^`]*`"), SQLite},
	{regexp.MustCompile(`^--`), regexp.MustCompile(`^[^\n]*(\n|$)`), ""},
	{regexp.MustCompile(`^/\*`), regexp.MustCompile(`(?s)^.*?\*/`), ""},
	{regexp.MustCompile(`^::`), regexp.MustCompile(``), ""},
	{regexp.MustCompile(`^\w+`), regexp.MustCompile(``), ""},
}

var (
	parameter = regexp.MustCompile(`^:([A-Za-z_]\w*)`)
	dollar    = regexp.MustCompile(`^\$(?:[A-Za-z_]\w*)?\$`)
	foreign   = map[string]*regexp.Regexp{ // parameters that are not named with a colon
		SQLite:   regexp.MustCompile(`^[?@$#]\w*`),
		Postgres: regexp.MustCompile(`^\$\d+`),
	}
)

// compile finds the parameters of a query, :name, and puts what the database wants
// in place of each. What is quoted or commented out stays as it is.
func compile(driver, sql string) (statement, error) {
	var s statement
	var out strings.Builder
	if strings.TrimSpace(sql) == "" {
		return s, fmt.Errorf("it is empty")
	}
	for rest := sql; rest != ""; {
		n, err := skip(driver, rest)
		switch m := parameter.FindStringSubmatch(rest); {
		case err != nil:
			return s, err
		case n > 0:
		case m != nil && !(driver == Postgres && afterOperand(out.String())):
			if m[1] == nameArg {
				return s, fmt.Errorf("a parameter cannot be called :%s", nameArg)
			}
			out.WriteString(s.bind(driver, m[1]))
			rest = rest[len(m[0]):]
			continue
		case foreign[driver].MatchString(rest):
			return s, fmt.Errorf("%s: parameters are written :name", foreign[driver].FindString(rest))
		case rest[0] == ';' && strings.Trim(rest, "; \t\r\n") != "":
			return s, fmt.Errorf("more than one statement")
		case rest[0] == 0:
			return s, fmt.Errorf("it has a NUL")
		default:
			n = 1
		}
		out.WriteString(rest[:n])
		rest = rest[n:]
	}
	s.text = out.String()
	return s, nil
}

// skip returns how long that is which begins here and is no place for parameters.
func skip(driver, rest string) (int, error) {
	for _, k := range skips {
		begin := k.begin.FindString(rest)
		if begin == "" || k.only != "" && k.only != driver {
			continue
		}
		end := k.end.FindStringIndex(rest[len(begin):])
		if end == nil {
			return 0, fmt.Errorf("%s begins and does not end", begin)
		}
		return len(begin) + end[1], nil
	}
	if tag := dollar.FindString(rest); tag != "" && driver == Postgres {
		_, after, ok := strings.Cut(rest[len(tag):], tag)
		if !ok {
			return 0, fmt.Errorf("%s begins and does not end", tag)
		}
		return len(rest) - len(after), nil
	}
	return 0, nil
}

// afterOperand reports that a colon is that of a slice, a[1:n], behind its lower end.
func afterOperand(before string) bool {
	return before != "" && (strings.ContainsRune(")]_", rune(before[len(before)-1])) || isAlnum(before[len(before)-1]))
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// bind returns what stands for a parameter.
func (s *statement) bind(driver, name string) string {
	n := slices.Index(s.params, name)
	if n < 0 {
		n = len(s.params)
		s.params = append(s.params, name)
	}
	if driver == Postgres {
		return fmt.Sprintf("$%d", n+1)
	}
	return fmt.Sprintf("?%d", n+1)
}
