package identity

import (
	"reflect"
	"strings"
	"testing"

	"trunkline/sip/trunk"
)

func TestTakeAndPass(t *testing.T) {
	h := head("Subject: hello", "X-Account: 4711", "X-Other: x", "Alert-Info: <urn:alert:source:internal>",
		"Authorization: Digest secret", "Diversion: <sip:1@h>", "x-account: \x01b\xff", "X-Account: "+strings.Repeat("x", maxValue+1))
	taken := Take(h, trunk.Headers{Accept: []string{"x-ACCOUNT", "Alert-Info", "s", "Authorization", "Diversion"}})
	want := []string{"Subject: hello", "X-Account: 4711", "Alert-Info: <urn:alert:source:internal>", "Diversion: <sip:1@h>", "x-account: b"}
	if !reflect.DeepEqual(taken.lines(), want) {
		t.Errorf("taken %q", taken.lines())
	}
	out := Pass(append(taken, [2]string{"i", "fake"}, [2]string{"Via", "fake"}, [2]string{"a b", "c"}), trunk.Headers{
		Pass: []string{"alert-info", "X-Account", "Diversion", "call-id", "via", "a b"},
		Add:  map[string]string{"X-Trunk": "us", "X-Area": "1", "Via": "fake", "f": "fake", "x-line": "a\r\nb"},
	})
	want = []string{"X-Account: 4711", "Alert-Info: <urn:alert:source:internal>", "x-account: b", "X-Area: 1", "X-Trunk: us", "x-line: ab"}
	if !reflect.DeepEqual(out.lines(), want) {
		t.Errorf("passed %q", out.lines())
	}
	out = Pass(head("X-A: theirs"), trunk.Headers{Pass: []string{"X-A"}, Add: map[string]string{"x-a": "ours"}})
	if !reflect.DeepEqual(out.lines(), []string{"x-a: ours"}) {
		t.Errorf("passed %q", out.lines())
	}
	if Take(h, trunk.Headers{}) != nil || Pass(taken, trunk.Headers{}) != nil {
		t.Error("without lists nothing crosses")
	}
	if n := len(Take(make(Headers, 100), trunk.Headers{Accept: []string{""}})); n != maxTaken {
		t.Errorf("%d taken", n)
	}
}

func TestCompactNames(t *testing.T) {
	for name, long := range compact {
		if longName(strings.ToUpper(name)) != long || longName(long) != long {
			t.Errorf("%s is not %s", name, long)
		}
	}
}
