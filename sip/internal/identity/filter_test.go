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

func TestCheckLists(t *testing.T) {
	f := func(want string, lists trunk.Headers) {
		t.Helper()
		err := CheckLists(lists)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%+v: %v", lists, err)
		}
	}
	add := func(name, value string) trunk.Headers { return trunk.Headers{Add: map[string]string{name: value}} }
	f("", trunk.Headers{})
	f("", trunk.Headers{Accept: []string{"Subject", "Via"}, Pass: []string{"Subject", "Diversion", "History-Info", "User-to-User", "Alert-Info"}})
	f("", add("X-A", "b"))
	f("headers.accept", trunk.Headers{Accept: []string{"Proxy-Authorization"}})
	f("headers.accept", trunk.Headers{Accept: []string{"a b"}})
	f("headers.pass", trunk.Headers{Pass: []string{"P-Asserted-Identity"}})
	f("headers.pass", trunk.Headers{Pass: []string{"v"}})
	f("headers.pass", trunk.Headers{Pass: []string{"Authorization"}})
	f("headers.pass", trunk.Headers{Pass: []string{""}})
	f("headers.add", add("Call-ID", "x"))
	f("headers.add", add("Diversion", "x"))
	f("headers.add", add("X A", "x"))
	f("value", add("X-A", "a\r\nEvil: b"))
	f("value", add("X-A", ""))
	f("value", add("X-A", strings.Repeat("x", maxValue+1)))
	for name, long := range compact {
		if longName(strings.ToUpper(name)) != long || longName(long) != long {
			t.Errorf("%s is not %s", name, long)
		}
	}
}
