package lexicon

import (
	"strings"
	"testing"
)

func TestTokens(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		var got []string
		for _, tok := range Tokens(text) {
			if tok.Start < 0 || tok.End > len(text) || tok.Start >= tok.End {
				t.Errorf("Tokens(%q): %q spans %d to %d", text, tok.Text, tok.Start, tok.End)
			}
			got = append(got, tok.Text)
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("Tokens(%q) = %q; want %q", text, got, want)
		}
	}
	f("7:30pm", "7", ":", "30", "pm")
	f("Three O’clock", "three", "o'clock")
	f("the 'third'", "the", "'", "third", "'")
	f("下午３点半", "下", "午", "3", "点", "半")
	f("2008/08/08", "2008", "/", "08", "/", "08")
	f("5–6", "5", "-", "6")
	f(" \n")
}

func TestNumberOfDigits(t *testing.T) {
	tokens := Tokens("12 1234567890 x")
	for i, want := range []int{12, -1, -1} {
		if tokens[i].Number != want {
			t.Errorf("%q counts %d; want %d", tokens[i].Text, tokens[i].Number, want)
		}
	}
	if tokens[1].Glued || !Tokens("7pm")[1].Glued {
		t.Error("only what no blank parts is glued")
	}
}
