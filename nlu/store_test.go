package nlu

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"reflect"
	"strings"
	"testing"
)

func stored(t testing.TB, m *Model) []byte {
	t.Helper()
	data, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// netted is a set of examples large enough for nets, small enough for a test.
func netted() []Example {
	var out []Example
	for _, who := range strings.Fields("i we you they somebody nobody") {
		for _, when := range strings.Fields("today tomorrow yesterday soon later never now again once twice") {
			for label, what := range map[string]string{
				"balance": "my balance", "lost": "a lost card", "hours": "opening hours", "loan": "a new loan",
			} {
				out = append(out, Example{label, who + " asked about " + what + " " + when},
					Example{label, what + " " + when + " for " + who}, Example{label, when + " please " + what + " with " + who})
			}
		}
	}
	return sortedExamples(out)
}

func TestStoredModelIsTheSame(t *testing.T) {
	f := func(what string, m *Model) {
		t.Helper()
		data := stored(t, m)
		got, err := Unmarshal(data)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if !bytes.Equal(stored(t, got), data) {
			t.Errorf("%s: stored again it differs", what)
		}
		for _, text := range []string{"what is my balance", "cash please", "我要查余额", "new loan", "", "\xff"} {
			if a, b := m.Classify(text), got.Classify(text); !reflect.DeepEqual(a, b) {
				t.Errorf("%s: Classify(%q) = %+v; want %+v", what, text, b, a)
			}
		}
	}
	f("plain", train(t, Options{}, bank()))
	f("one label", train(t, Options{}, bank()[:2]))
	f("Chinese, synonyms", train(t, Options{
		Language: "zh-CN", Synonyms: [][]string{{"余额", "还有多少钱"}}, Outside: "none",
	}, []Example{{"balance", "查余额"}, {"none", "讲个笑话"}, {"loan", "我要贷款"}}))
	big := train(t, Options{Synonyms: [][]string{{"money", "cash", "ready money"}}}, netted())
	if len(big.nets) == 0 {
		t.Error("the larger set has no net")
	}
	f("net", big)
}

func TestDamagedModelsAreRefused(t *testing.T) {
	data := stored(t, train(t, Options{Synonyms: [][]string{{"money", "cash"}}}, bank()))
	f := func(what string, damage func(b []byte) []byte, seal bool, want string) {
		t.Helper()
		b := damage(bytes.Clone(data))
		if seal {
			b = sealed(b)
		}
		m, err := Unmarshal(b)
		if err == nil || m != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v; want an error with %q", what, m, err, want)
		}
	}
	f("empty", func([]byte) []byte { return nil }, false, "not a model")
	f("text", func([]byte) []byte { return []byte(strings.Repeat("hello ", 20)) }, false, "not a model")
	f("a flipped bit", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, false, "damaged")
	f("cut", func(b []byte) []byte { return b[:len(b)-9] }, false, "damaged")
	f("cut and sealed", func(b []byte) []byte { return b[:len(b)-9] }, true, "cut short")
	f("longer", func(b []byte) []byte { return append(b[:len(b)-4], 0, 0, 0, 0, 0) }, true, "more than")
	f("another version", func(b []byte) []byte { b[len(magic)]++; return b }, true, "version")
	b := bytes.Clone(data)
	b[len(magic)]++
	if _, err := Unmarshal(sealed(b)); !errors.Is(err, ErrVersion) {
		t.Errorf("another version: %v; want ErrVersion", err)
	}
}

// sealed replaces the checksum.
func sealed(b []byte) []byte {
	if len(b) < 4 {
		return b
	}
	binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.ChecksumIEEE(b[:len(b)-4]))
	return b
}

// Whatever passes the checksum is either refused or a model that works.
func FuzzUnmarshal(f *testing.F) {
	for _, opts := range []Options{{}, {Language: "zh", Synonyms: [][]string{{"balance", "what is left"}}}} {
		f.Add(stored(f, train(f, opts, []Example{{"balance", "my balance"}, {"lost", "lost card"}})))
	}
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Unmarshal(sealed(bytes.Clone(data)))
		if err != nil {
			return
		}
		m.Classify("what is my balance")
		again, err := Unmarshal(stored(t, m))
		if err != nil || !bytes.Equal(stored(t, again), stored(t, m)) {
			t.Errorf("a model that was read cannot be stored: %v", err)
		}
	})
}

func TestFingerprint(t *testing.T) {
	base := Fingerprint(Options{}, bank())
	f := func(what string, opts Options, examples []Example) {
		t.Helper()
		if got := Fingerprint(opts, examples); got == base || len(got) != len(base) {
			t.Errorf("%s: %s; want another than %s", what, got, base)
		}
	}
	if got := Fingerprint(Options{}, bank()); got != base {
		t.Errorf("the same again is %s; want %s", got, base)
	}
	a := Options{Names: map[string]string{"a": "x", "b": "y", "c": "z"}}
	if Fingerprint(a, nil) != Fingerprint(Options{Names: map[string]string{"c": "z", "b": "y", "a": "x"}}, nil) {
		t.Error("the order of a map matters")
	}
	f("language", Options{Language: "zh"}, bank())
	f("seed", Options{Seed: 1}, bank())
	f("names", a, bank())
	f("outside", Options{Outside: "hours"}, bank())
	f("synonyms", Options{Synonyms: [][]string{{"a", "b"}}}, bank())
	f("reject share", Options{RejectShare: 0.1}, bank())
	f("fewer examples", Options{}, bank()[1:])
	f("another order", Options{}, append(bank()[1:], bank()[0]))
	if Fingerprint(Options{}, []Example{{"ab", "c"}}) == Fingerprint(Options{}, []Example{{"a", "bc"}}) {
		t.Error("label and text run together")
	}
}
