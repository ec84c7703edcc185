package secret

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestLuhn(t *testing.T) {
	f := func(digits string, want bool) {
		t.Helper()
		if Luhn(digits) != want {
			t.Errorf("%q: want %v", digits, want)
		}
	}
	f("4111111111111111", true)
	f("4111111111111112", false)
	f("79927398713", true)
	f("79927398710", false)
	f("0", true)
	f("", false)
	f("4*1", false)
}

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
