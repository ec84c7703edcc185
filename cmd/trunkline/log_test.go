package main

import (
	"bytes"
	"strings"
	"testing"

	"trunkline/cmd/trunkline/internal/config"
)

func TestNumbersAreMasked(t *testing.T) {
	f := func(numbers, from, want string) {
		t.Helper()
		var b bytes.Buffer
		newLog(config.Log{Level: "info", Format: "text", Numbers: numbers}, &b).Info("call begins", "from", from)
		if !strings.Contains(b.String(), "from="+want+"\n") {
			t.Errorf("%s %s: got %swant from=%s", numbers, from, b.String(), want)
		}
	}
	f("masked", "13800138000", "1380013****")
	f("masked", "+8613800138000", "+861380013****")
	f("masked", "95588", "95588")     // a service, not a person
	f("masked", "hotline", "hotline") // a name
	f("masked", "1380013800a", "1380013800a")
	f("plain", "13800138000", "13800138000")
}
