package nlu

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTokens(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		if got := strings.Join(Tokens(text), "|"); got != want {
			t.Errorf("Tokens(%q) = %s; want %s", text, got, want)
		}
	}
	f("", "")
	f(" \t\n", "")
	f("?!...", "")
	f("Check my BALANCE, please.", "check|my|balance|please")
	f("I don't", "i|do|not")
	f("I don’t", "i|do|not")
	f("I can't, won't and cannot", "i|can|not|will|not|and|can|not")
	f("I'm sure they're what we've got; I'll go", "i|am|sure|they|are|what|we|have|got|i|will|go")
	f("what's John's balance", "what|is|john|balance")
	f("that's it, it's John's", "that|is|it|it|is|john")
	f("dont wanna", "do|not|want|to")
	f("rock 'n' roll", "rock|n|roll")
	f("o'clock", "oclock")
	f("uh my um balance", "my|balance")
	f("uh", "uh")
	f("uh um", "uh|um")
	f("查一下余额。", "查|一|下|余|额")
	f("嗯那个我要转账", "我|要|转|账")
	f("我要那个转账", "我|要|那|个|转|账")
	f("嗯", "嗯")
	f("ATM机在哪", "atm|机|在|哪")
	f("ＡＴＭ　１２３", "atm|123")
	f("①②", "12")
	f("ﬁnance", "finance")
	f("café naïve", "café|naïve")
	f("straße", "straße")
	f("привет как дела", "привет|как|дела")
	f("สวัสดี", "สวัสดี")
	f("नमस्ते", "नमस्ते")
	f("a\x00b\xff c", "a|b|c")
	f("😀", "")
	f("'''", "")
	f("don''t", "dont")
}

func TestTokensAreBounded(t *testing.T) {
	f := func(what, text string) {
		t.Helper()
		tokens := Tokens(text)
		if len(tokens) > maxTokens {
			t.Errorf("%s: %d tokens; want at most %d", what, len(tokens), maxTokens)
		}
		for _, tok := range tokens {
			if n := utf8.RuneCountInString(tok); n > maxWordRunes || !utf8.ValidString(tok) {
				t.Fatalf("%s: token of %d runes, valid %v", what, n, utf8.ValidString(tok))
			}
		}
	}
	f("many words", strings.Repeat("balance ", 100_000))
	f("one endless word", strings.Repeat("a", 1_000_000))
	f("Han characters cut in the middle of one", "a"+strings.Repeat("额", 100_000))
	f("broken bytes", strings.Repeat("\xe9\xa2", 10_000))
	f("a heap of marks", "a"+strings.Repeat("\u0301", 10_000))
	f("apostrophes", "a"+strings.Repeat("'", 10_000)+"b")
}

func TestStem(t *testing.T) {
	f := func(want string, words ...string) {
		t.Helper()
		for _, w := range words {
			if got := stem(w); got != want {
				t.Errorf("stem(%q) = %q; want %q", w, got, want)
			}
		}
	}
	f("transfer", "transfer", "transfers", "transferring", "transferred")
	f("balanc", "balance", "balances", "balancing")
	f("card", "card", "cards")
	f("stop", "stop", "stopped", "stopping")
	f("compani", "company", "companies")
	f("loss", "loss")
	f("is", "is")
	f("额", "额")
	f("café", "café")
}

func TestYesNo(t *testing.T) {
	f := func(want Answer, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if got := YesNo(text); got != want {
				t.Errorf("YesNo(%q) = %v; want %v", text, got, want)
			}
		}
	}
	f(Yes, "yes", "Yes.", "yeah", "yes please", "that's right", "that is correct", "sure", "okay", "no, that's right",
		"uh yes", "yep", "mhm", "why not", "no problem")
	f(Yes, "是", "是的", "对", "对的", "没错", "可以", "行", "好的", "嗯", "嗯对", "不是不行", "没问题", "要")
	f(No, "no", "nope", "no thanks", "not really", "that's not right", "yeah no", "that's wrong", "no no no",
		"I don't", "no I want my balance")
	f(No, "不", "不是", "不对", "不是的", "不用", "没有", "不要", "不行", "错了")
	f(Unclear, "", "balance", "maybe", "I don't know", "not sure", "是不是", "余额", "uh", "?", "привет")
}

func TestDigit(t *testing.T) {
	f := func(token, want string) {
		t.Helper()
		if got, ok := Digit(token); got != want || ok != (want != "") {
			t.Errorf("Digit(%q) = %q, %v; want %q", token, got, ok, want)
		}
	}
	f("2", "2")
	f("two", "2")
	f("oh", "0")
	f("二", "2")
	f("两", "2")
	f("幺", "1")
	f("to", "")
	f("22", "")
	f("", "")
}

func FuzzTokens(f *testing.F) {
	for _, s := range []string{"", "don't", "查 balance 余额", "\xff\xfe", "a'b'c", "ﷺ", "İ'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, tok := range Tokens(text) {
			if tok == "" || !utf8.ValidString(tok) {
				t.Fatalf("token %q of %q", tok, text)
			}
		}
		again := Normal(Normal(text))
		if first := Normal(text); len(first) < maxBytes/2 && len(Tokens(text)) < maxTokens/2 && again != Normal(again) {
			t.Fatalf("%q does not settle: %q, %q", text, first, again)
		}
	})
}
