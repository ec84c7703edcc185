package secret

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// TestScrub: what is kept is seen nowhere, in text, attributes, groups or errors.
func TestScrub(t *testing.T) {
	var k Keeper
	var out bytes.Buffer
	log := slog.New(Handler{slog.NewTextHandler(&out, nil), &k}).With("call", "c1").WithGroup("g")
	log.Info("before 123456")
	k.Keep("123456")
	k.Keep("98765")
	k.Keep("1") // too short to be told from anything else
	log.Info("it is 123456", "text", "x98765x", "error", errors.New("no 123456"), "n", 1)
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "before 123456") {
		t.Fatalf("got %q", lines)
	}
	for _, bad := range []string{"123456", "98765"} {
		if strings.Contains(lines[1], bad) {
			t.Errorf("%s is seen: %s", bad, lines[1])
		}
	}
	for _, want := range []string{"it is " + Hidden, "x" + Hidden + "x", "g.n=1", "call=c1"} {
		if !strings.Contains(lines[1], want) {
			t.Errorf("%s, want %s in it", lines[1], want)
		}
	}
}

// TestScrubParts: a secret is hidden however it is set apart, and so is a long part
// of it; what is not one is left alone.
func TestScrubParts(t *testing.T) {
	f := func(kept, text, want string) {
		t.Helper()
		var k Keeper
		k.Keep(kept)
		if got := k.Scrub(text); got != want {
			t.Errorf("%q with %q kept: got %q, want %q", text, kept, got, want)
		}
		if k.Holds(text) != (text != want) {
			t.Errorf("%q with %q kept: holds %v", text, kept, k.Holds(text))
		}
	}
	const card = "5105105105105100"
	f(card, "no "+card+".", "no •••.")
	f(card, "no 5105 1051 0510 5100, thanks", "no •••, thanks")
	f(card, "5105-1051-0510-5100", "•••")
	f(card, "5, 1, 0, 5, 1, 0. 5.1.05", "•••")
	f(card, `["5105","1051","0510","5100"]`, `["•••"]`)
	f(card, "51051051 05105100", "•••")
	f(card, "begins with 510510 and ends with 5100", "begins with ••• and ends with 5100")
	f(card, "ends with 5100", "ends with 5100")
	f(card, card+" "+card+" x "+card, "••• x •••")
	f(card, "call 510 then 510", "call 510 then 510")
	f(card, "at 12:53:05, 105 of 1051", "at 12:53:05, 105 of 1051")
	f(card, "510    510", "510    510")
	f(card, "", "")
	f(card, "\xff"+card+"\xff", "\xff•••\xff")
	f("1234", "pin 12-34 or 123", "pin ••• or 123")
	f("1234", "x1234567x", "x•••567x")
	f("five one zero five one zero five one", "You said: Five one zero five one zero fi…", "You said: ••• fi…")
	f("five one zero five one zero five one", "one zero five", "one zero five")
	f("one two three", "one, two, three!", "•••!")
	f("五一零五一零五一", "卡号是五一零五一零五一。", "卡号是•••。")
	f("12", "12 is too short", "12 is too short")
	f("", "nothing", "nothing")
}

// FuzzScrub: of a secret in a text nothing is left, and the rest of the text is.
func FuzzScrub(f *testing.F) {
	f.Add("5105105105105100", "a ", " b")
	f.Add("one two three", "one", "two")
	f.Add("五一零五", "\xff", "1")
	f.Fuzz(func(t *testing.T, kept, before, after string) {
		var k Keeper
		k.Keep(kept)
		got := k.Scrub(before + ", " + kept + ", " + after)
		if n := len(tokens(kept)); n >= leastSize && near(tokens(kept)[1:]) && !strings.Contains(got, Hidden) {
			t.Errorf("%q is seen in %q", kept, got)
		}
		if again := k.Scrub(got); len(again) > len(got)+len(Hidden) {
			t.Errorf("%q becomes %q", got, again)
		}
		if k.Keep(""); k.Scrub("") != "" {
			t.Error("nothing holds a secret")
		}
	})
}
