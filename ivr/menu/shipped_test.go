package menu

import (
	"os"
	"testing"
)

func shipped(t testing.TB) *Menu {
	t.Helper()
	m, err := Load(os.DirFS("../../scripts"), "menus/hotline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestShippedMenuLoads(t *testing.T) {
	m := shipped(t)
	n, _, press := m.Key("2")
	if press != Complete || n.ID != "balance" {
		t.Fatalf("key 2 is %v, %v", n, press)
	}
	t.Log(m.KeysPrompt("en"))
	t.Log(m.KeysPrompt("zh"))
	for _, s := range []string{"I want to check my balance", "uh my balance", "my card has been stolen", "what's the weather like", "tell me a joke", "can you repeat that please", "two", "i don't want an agent", "this is ridiculous", "how much money have i got"} {
		r := m.Match("en", s)
		t.Logf("%-30s %v %v %.2f best %v %.2f scope %v", s, r.Verdict, r.Node, r.Score, r.Best.Node, r.Best.Score, r.InScope)
	}
}
