package main

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestDefaultConfigIsComplete holds default.yaml to its promise: it is valid,
// every key is in it, and each scalar has the value it has when left out.
func TestDefaultConfigIsComplete(t *testing.T) {
	got, err := parseConfig("default.yaml", defaultConfig)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys(reflect.TypeFor[config]()) {
		if !strings.Contains(string(defaultConfig), key+":") {
			t.Errorf("default.yaml does not mention %q", key)
		}
	}
	bare, err := parseConfig("bare.yaml", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	got.source, bare.source = source{}, source{}
	got.Trunks, got.Routes, got.Speech.Recognizers = nil, nil, nil
	if !reflect.DeepEqual(got, bare) {
		t.Errorf("default.yaml says\n%+v\nleft out means\n%+v", got, bare)
	}
}

// keys lists the yaml names of all fields below t.
func keys(t reflect.Type) []string {
	switch t.Kind() {
	case reflect.Slice:
		return keys(t.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	var list []string
	for i := range t.NumField() {
		f := t.Field(i)
		if name := f.Tag.Get("yaml"); name != "" {
			list = append(append(list, name), keys(f.Type)...)
		}
	}
	return list
}

// TestConfigErrors: whatever is wrong is named with file, line and value.
func TestConfigErrors(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := parseConfig("my.yaml", []byte(text))
		if err == nil {
			t.Errorf("%q: no error", text)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q:\n got %v\nwant %s", text, err, w)
			}
		}
	}
	f("sip:\n  listn: []\n", "my.yaml:2:3", `"listn"`)
	f("trunks:\n  - name: a\n    networks: [127.0.0.1/32]\n    codec: [PCMU]\n", "my.yaml:4:5", `"codec"`)
	f("sip: [\n", "my.yaml:1")
	f("sip:\n  listen: [\"udp:localhost\"]\n", "my.yaml:2:", "udp:localhost", "want transport:address:port")
	f("sip:\n  unknown: maybe\n", "my.yaml:2:", `"maybe" is not one of drop, 403`)
	f("sip:\n  listen: []\n", "sip.listen")
	f("media:\n  bind: here\n", "my.yaml:2:", `"here" is not an IP address`)
	f("media:\n  bind: 0.0.0.0\n", "media.advertise: needed")
	f("media:\n  ports: 20001-20999\n", "my.yaml:2:", "20001-20999")
	f("media:\n  ports: 20000\n", "20000")
	f("media:\n  port_rest: soon\n", "my.yaml:2:14", `"soon" is not a duration`)
	f("media:\n  timeout: -1s\n", "my.yaml:2:")
	f("api:\n  listen: 0.0.0.0:8080\n", "my.yaml:2:", "beyond loopback")
	f("api:\n  listen: 8080\n", "want address:port")
	f("api:\n  token_file: /nonexistent/token\n", "my.yaml:2:", "/nonexistent/token")
	f("api:\n  token_file: /dev/null\n", "my.yaml:2:", "/dev/null holds no token")
	f("log:\n  level: loud\n", `"loud"`)
	f("log:\n  numbers: some\n", `"some"`)
	f("recordings:\n  split: 1h30\n", "my.yaml:2:10", `"1h30" is not a duration`)
	f("recordings:\n  split: 10ms\n", "my.yaml:2:", "recordings.split: 10ms: 0s, or at least 1s")
	f("recordings:\n  splits: 1h\n", "my.yaml:2:3", `"splits"`)
	f("limits:\n  calls: 0\n", "limits.calls: 0: at least 1")
	f("trunks:\n  - networks: [127.0.0.1/32]\n", "my.yaml:2:", "a name is needed")
	f("trunks:\n  - name: a\n", "my.yaml:2:", "neither networks nor target")
	f("trunks:\n  - name: a\n    networks: [0.0.0.0/0]\n", "my.yaml:3:", "the whole world")
	f("trunks:\n  - name: a\n    networks: [127.0.0.1]\n", "is not a network")
	f("trunks:\n  - name: a\n    target: nowhere\n", "want host:port")
	f("trunks:\n  - name: a\n    target: a b:1\n", "my.yaml:3:", "want host:port")
	f("trunks:\n  - name: \"a\\nb\"\n    target: a:1\n", "my.yaml:2:", "control character")
	f("trunks:\n  - name: a\n    target: a:1\n    from: \"a\\nb\"\n", "my.yaml:4:", "control character")
	f("sip:\n  user_agent: \"a\\nb\"\n", "my.yaml:2:", "control character")
	f("trunks:\n  - name: a\n    target: a:1\n    transport: tls\n", `"tls"`)
	f("trunks:\n  - name: a\n    target: a:1\n  - name: a\n    target: b:1\n", "my.yaml:4:", "another trunk")
	f("trunks:\n  - name: a\n    target: a:1\n    codecs: [G729]\n", "my.yaml:4:", `"G729"`)
	f("routes:\n  - to: x\n", "my.yaml:2:", "a flow is needed")
	f("routes:\n  - flow: x\n    trunk: y\n", `there is no trunk "y"`)
	f("speech:\n  recognizers:\n    - provider: whisper\n", "my.yaml:3:", "whisper", "a language is needed")
	f("speech:\n  recognizers:\n    - {language: en, provider: process}\n", "needs a command")
	f("speech:\n  recognizers:\n    - {language: en, provider: pocketsphinx, workers: 99}\n", "99: 1 to 64")
	f("sip:\n  unknown: x\nlog:\n  level: y\n", `"x"`, `"y"`) // all at once
}

// TestTokenFromEnvironment: a secret may come from the environment, and lets the
// API listen beyond loopback.
func TestTokenFromEnvironment(t *testing.T) {
	t.Setenv("TRUNKLINE_API_TOKEN", "s3cret")
	c, err := parseConfig("my.yaml", []byte("api:\n  listen: 0.0.0.0:8080\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.API.token != "s3cret" {
		t.Errorf("token %q", c.API.token)
	}
	if c.Limits.Drain != duration(30*time.Second) {
		t.Errorf("drain %v, want the default", c.Limits.Drain)
	}
}
