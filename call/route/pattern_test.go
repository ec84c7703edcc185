package route

import (
	"strings"
	"testing"
)

func TestPattern(t *testing.T) {
	f := func(pattern, text string, fits bool, captured string) {
		t.Helper()
		p, err := parsePattern(pattern, "rest")
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		var c captures
		if got := p.fits(text, &c); got != fits {
			t.Errorf("%s fits %q: %v", pattern, text, got)
		}
		var names []string
		for _, v := range c {
			names = append(names, v.name+"="+v.value)
		}
		if got := strings.Join(names, " "); got != captured {
			t.Errorf("%s of %q gives %q; want %q", pattern, text, got, captured)
		}
	}
	f("", "", true, "")
	f("", "anything", true, "")
	f("*", "", true, "rest=")
	f("*", "12", true, "rest=12")
	f("12*", "12", true, "rest=")
	f("12*", "1234", true, "rest=34")
	f("12*", "1", false, "")
	f("12*", "012", false, "")
	f("*21*", "*2145", true, "rest=45")
	f("*21*", "*21", true, "rest=")
	f("12", "12", true, "")
	f("12", "123", false, "")
	f("+49", "+49", true, "")
	f("1.2", "1x2", false, "")
	f("/1.2/", "1x2", true, "")
	f("/12/", "123", false, "")
	f("/12/", "0123", false, "")
	f("/a|b/", "b", true, "")
	f("/a|b/", "ab", false, "")
	f("//", "", true, "")
	f("//", "a", false, "")
	f(`/(?P<area>\d{2})(?<line>\d+)/`, "12345", true, "area=12 line=345")
	f(`/(?P<area>\d{2})(?P<line>\d+)?/`, "12", true, "area=12 line=")
	f(`/(?i)anna/`, "ANNA", true, "")
	f("*", strings.Repeat("1", maxValue), true, "rest="+strings.Repeat("1", maxValue))
	f("*", strings.Repeat("1", maxValue+1), false, "")
	f("", strings.Repeat("1", maxValue+1), false, "")

	bad := func(pattern, want string) {
		t.Helper()
		if _, err := parsePattern(pattern, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", pattern, err, want)
		}
	}
	bad("/abc", "between slashes")
	bad("/", "between slashes")
	bad("/(/", "no regular expression")
	bad(`/(?=a)/`, "no regular expression")
	bad("/a{1001}/", "no regular expression")
	bad("/(a{100}b{100}c{100}d{100}e{100}){5}/", "repeats too much")
	bad("/"+strings.Repeat("a", 257)+"/", "longer than")
	bad(strings.Repeat("a", 257), "up to 256")
	bad("a\n", "control character")
}

func TestTemplate(t *testing.T) {
	c := captures{{"to", "4930"}, {"rest", "30"}, {"odd", "{to}"}}
	f := func(text, want string) {
		t.Helper()
		parsed, err := parseTemplate(text, []string{"to", "rest", "odd", "none"})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := parsed.expand(c); got != want {
			t.Errorf("%q is %q; want %q", text, got, want)
		}
	}
	f("", "")
	f("en", "en")
	f("{to}", "4930")
	f("0{rest}-{to}.", "030-4930.")
	f("{odd}", "{to}") // what is filled in is not read again
	f("{none}", "")
	f("{{to}", "{to}")
	f("{{", "{")
	f("{{{to}}", "{4930}")
	f("}", "}")
	f(`{{"a": "{rest}"}`, `{"a": "30"}`)

	bad := func(text, want string) {
		t.Helper()
		if _, err := parseTemplate(text, []string{"to", "from"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
	bad("{", "not closed")
	bad("a{to", "not closed")
	bad("{rest}", "{rest} is not one of {to}, {from}")
	bad("{}", "{} is not one of")
	bad("{ to }", "is not one of")
	bad(strings.Repeat("a", 1025), "longer than")
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"", "*", "12*", "/(?P<a>1+)2/", "/(a*)*b/", "/"} {
		f.Add(s, "1112")
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		p, err := parsePattern(pattern, "rest")
		if err != nil {
			return
		}
		var c captures
		if !p.fits(text, &c) {
			if len(c) != 0 {
				t.Errorf("%q does not fit %q and gives %v", pattern, text, c)
			}
			return
		}
		if names := p.names(); len(names) != len(c) {
			t.Errorf("%q promises %v and gives %v", pattern, names, c)
		}
		for _, v := range c {
			if !strings.Contains(text, v.value) {
				t.Errorf("%q gives %q, which %q does not have", pattern, v.value, text)
			}
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"", "{to}", "{{", "{", "a{{b}{to}c", "}"} {
		f.Add(s, "{{to}}")
	}
	f.Fuzz(func(t *testing.T, text, to string) {
		parsed, err := parseTemplate(text, []string{"to"})
		if err != nil {
			return
		}
		want := strings.ReplaceAll(text, "{{", "\x00")
		if !strings.Contains(text, "\x00") && !strings.Contains(to, "\x00") && !strings.Contains(text, "{{{") {
			want = strings.ReplaceAll(strings.ReplaceAll(want, "{to}", to), "\x00", "{")
			if got := parsed.expand(captures{{"to", to}}); got != want {
				t.Errorf("%q is %q; want %q", text, got, want)
			}
		}
	})
}
