package netfilter

import (
	"encoding/hex"
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// outputChain is what a kernel says about "iptables -A OUTPUT …".
const outputChain = "0200" + "0002" +
	"0b000100" + "66696c7465720000" + // table "filter"
	"0b000300" + "4f55545055540000" + // name "OUTPUT"
	"0c000200" + "0000000000000001" +
	"14000400" + "0800010000000003" + "0800020000000000" + // hook 3, priority 0
	"0800050000000001" + // policy accept
	"0b000700" + "66696c7465720000" +
	"08000a0000000001" +
	"0800060000000001" // one rule

func TestParse(t *testing.T) {
	b, err := hex.DecodeString(outputChain)
	if err != nil {
		t.Fatal(err)
	}
	c, ok := parse(b)
	if want := (Chain{Family: "ip", Table: "filter", Name: "OUTPUT", Hook: unix.NF_INET_LOCAL_OUT, Rules: 1}); !ok || c != want {
		t.Errorf("got %+v, %v; want %+v", c, ok, want)
	}
	if got := c.String(); got != "ip filter OUTPUT" {
		t.Errorf("it is called %q", got)
	}
	b[0] = unix.NFPROTO_BRIDGE
	if c, ok := parse(b); ok {
		t.Errorf("a bridge's chain passed: %+v", c)
	}
	b[0] = unix.NFPROTO_IPV4
	if c, ok := parse(b[:28]); ok {
		t.Errorf("a chain without a hook passed: %+v", c)
	}
	if c, ok := parse(nil); ok {
		t.Errorf("nothing passed: %+v", c)
	}
}

// TestChains: who may not read the rules hears so; who may gets some answer.
func TestChains(t *testing.T) {
	chains, err := Chains(unix.NF_INET_LOCAL_OUT)
	if err != nil && !errors.Is(err, ErrUnknown) {
		t.Errorf("error of another kind: %v", err)
	}
	if err != nil && os.Getuid() == 0 && !errors.Is(err, unix.EPERM) {
		t.Errorf("root could not read the rules: %v", err)
	}
	for _, c := range chains {
		if c.Hook != unix.NF_INET_LOCAL_OUT || c.Rules == 0 && !c.Drops {
			t.Errorf("%+v was not asked for", c)
		}
	}
	if none, err := Chains(); err == nil && len(none) != 0 {
		t.Errorf("chains of no hook: %v", none)
	}
}

func FuzzParse(f *testing.F) {
	b, err := hex.DecodeString(outputChain)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		if c, ok := parse(b); ok && c.Family == "" {
			t.Fatalf("a chain of no family: %+v", c)
		}
	})
}
