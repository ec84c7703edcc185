package fill

import (
	"maps"
	"testing"
	"time"

	"trunkline/ivr/menu"
	"trunkline/nlu/entity/reading"
)

const shop = `menu: shop
languages: [en, zh]
prompts:
  greeting: {en: x, zh: x}
  retry: {en: x, zh: x}
  silence: {en: x, zh: x}
  human: {en: x, zh: x}
  goodbye: {en: x, zh: x}
  confirm: {en: "{name}?", zh: "{name}?"}
  keys: {en: "For {name} press {key}.", zh: "{name}请按{key}。"}
nodes:
  - id: transfer
    name: {en: a transfer, zh: 转账}
    examples: {en: [send money], zh: [汇款]}
    flow: transfer
    slots:
      - {id: amount, kind: money}
      - {id: day, kind: date}
      - {id: hour, kind: time}
      - {id: pin, kind: digits, min: 4, max: 6}
      - {id: sure, kind: yesno}
      - {id: note, kind: text}
      - id: account
        kind: name
        values:
          checking: {en: [checking, current account], zh: [活期]}
          savings: {en: [savings, savings account], zh: [定期, 储蓄]}
`

func transfer(t testing.TB) *menu.Node {
	t.Helper()
	m, err := menu.Parse("shop.yaml", []byte(shop))
	if err != nil {
		t.Fatal(err)
	}
	return m.Node("transfer")
}

func at(lang string) Answer {
	return Answer{Language: lang, Now: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
}

func TestRead(t *testing.T) {
	n := transfer(t)
	f := func(slot, lang, text, want string, doubt reading.Doubt) {
		t.Helper()
		for _, s := range n.Slots {
			if s.ID != slot {
				continue
			}
			if r := Read(s, text, at(lang)); r.Value != want || r.Doubt != doubt || r.Found() != (want != "") {
				t.Errorf("%s %q: %+v; want %q", slot, text, r, want)
			}
		}
	}
	f("amount", "en", "five hundred dollars", "500.00 USD", reading.Certain)
	f("amount", "zh", "五百块", "500.00 CNY", reading.Certain)
	f("amount", "en", "good morning", "", reading.Certain)
	f("day", "en", "tomorrow", "2026-11-22", reading.Certain)
	f("day", "zh", "后天", "2026-11-23", reading.Certain)
	f("pin", "en", "one two three four", "1234", reading.Certain)
	f("sure", "zh", "是的", "yes", reading.Certain)
	f("note", "en", "for the rent", "for the rent", reading.Certain)
	f("note", "en", "...", "", reading.Certain)
	f("account", "en", "from my savings account please", "savings", reading.Certain)
	f("account", "zh", "储蓄", "savings", reading.Certain)
	f("account", "en", "the green one", "", reading.Certain)
}

func TestUnasked(t *testing.T) {
	n := transfer(t)
	f := func(lang, text string, want map[string]string) {
		t.Helper()
		if got := Unasked(n, text, at(lang)); !maps.Equal(got, want) {
			t.Errorf("%q: %v; want %v", text, got, want)
		}
	}
	f("en", "I want to send money", map[string]string{})
	f("en", "send five hundred dollars from my savings", map[string]string{"amount": "500.00 USD", "account": "savings"})
	f("en", "send it tomorrow", map[string]string{"day": "2026-11-22"})
	f("zh", "从活期转五百块", map[string]string{"amount": "500.00 CNY", "account": "checking"})
	f("en", "yes", map[string]string{})
}

func TestLengths(t *testing.T) {
	f := func(least, most, first, last, count int) {
		t.Helper()
		got := lengths(&menu.Slot{Min: least, Max: most})
		if len(got) != count || count > 0 && (got[0] != first || got[count-1] != last) {
			t.Errorf("%d to %d is %v", least, most, got)
		}
	}
	f(0, 0, 0, 0, 0)
	f(4, 6, 4, 6, 3)
	f(0, 2, 1, 2, 2)
	f(60, 0, 60, 64, 5)
}
