package config

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/ivr/lib/web"
	"trunkline/sip/trunk"
)

// sample is the file that documents every key.
func sample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestDefaultConfigIsComplete holds default.yaml to its promise: it is valid,
// every key is in it, and each scalar has the value it has when left out.
func TestDefaultConfigIsComplete(t *testing.T) {
	text := sample(t)
	got, err := Parse("default.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys(reflect.TypeFor[Config]()) {
		if !regexp.MustCompile(`\b` + key + `\b`).MatchString(text) {
			t.Errorf("default.yaml does not mention %q", key)
		}
	}
	bare, err := Parse("bare.yaml", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	got.source, bare.source = source{}, source{}
	got.Trunks, got.Routes, got.Speech.Recognizers = nil, nil, nil
	// A list that is written as empty is empty, not absent.
	text1, text2 := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", bare)
	if text1 != text2 {
		t.Errorf("default.yaml says\n%s\nleft out means\n%s", text1, text2)
	}
}

// keys lists the names of all fields below t.
func keys(t reflect.Type) []string {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer, reflect.Map:
		return keys(t.Elem())
	case reflect.Struct:
	default:
		return nil
	}
	var list []string
	for f := range t.Fields() {
		tag := cmp.Or(f.Tag.Get("yaml"), f.Tag.Get("json"))
		name, _, _ := strings.Cut(tag, ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if name != "" {
			list = append(list, name)
		}
		list = append(list, keys(f.Type)...)
	}
	return list
}

// TestSampleTrunkIsComplete: the trunk in the comments has every key, and is one.
func TestSampleTrunkIsComplete(t *testing.T) {
	_, text, _ := strings.Cut(sample(t), "# Every key that a trunk may have")
	_, text, _ = strings.Cut(text, "\n#\n")
	text, _, _ = strings.Cut(text, "\n\n")
	text = regexp.MustCompile(`(?m)^#`).ReplaceAllString(text, "")
	c, err := Parse("sample.yaml", []byte("trunks:\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys(reflect.TypeFor[trunk.Trunk]()) {
		// target and transport are the short form of targets
		if key != "target" && !regexp.MustCompile(`\b`+key+`:`).MatchString(text) {
			t.Errorf("the sample trunk lacks %q", key)
		}
	}
	if got := c.Trunks[0]; got.Limits.Outbound.Calls != 30 || got.Register[0].User != "4930123" {
		t.Errorf("read %+v", got)
	}
}

// TestConfigErrors: whatever is wrong is named with file, line and value.
func TestConfigErrors(t *testing.T) {
	f := func(text string, want ...string) {
		t.Helper()
		_, err := Parse("my.yaml", []byte(text))
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
	f("sip:\n  digest: {algorithms: [md4]}\n", "my.yaml:2:", `"md4" is not one of SHA-256, SHA-512-256, MD5`)
	f("sip:\n  listen: []\n", "sip.listen")
	f("script_limits:\n  depth: 9999\n", "my.yaml:2:", "9999: want 50 to 2000")
	f("script_limits: {instructions: 1, per_second: 1, compute: 1h, memory: 0, string: 1}", "instructions", "per_second", "1h0m0s: want 100ms to 1m", "memory", "string")
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
	f("trunks:\n  - name: a\n", "my.yaml:2:", "no way in")
	f("trunks:\n  - name: a\n    networks: [0.0.0.0/0]\n", "my.yaml:3:", "the whole world")
	f("trunks:\n  - name: a\n    networks: [127.0.0.1]\n", "is not a network")
	f("trunks:\n  - name: a\n    target: \"a:\"\n", "is not 1 to 65535")
	f("trunks:\n  - name: a\n    target: a b:1\n", "my.yaml:3:", "is not host or host:port")
	f("trunks:\n  - name: \"a\\nb\"\n    target: a:1\n", "my.yaml:2:", "control character")
	f("trunks:\n  - name: a\n    target: a:1\n    from: \"a\\nb\"\n", "my.yaml:4:", "control character")
	f("sip:\n  user_agent: \"a\\nb\"\n", "my.yaml:2:", "control character")
	f("trunks:\n  - name: a\n    target: a:1\n    transport: sctp\n", `"sctp"`)
	f("trunks:\n  - name: a\n    target: a:1\n  - name: a\n    target: b:1\n", "my.yaml:4:", "is the name of trunk 0 too")
	f("trunks:\n  - name: a\n    target: a:1\n    codecs: [G729]\n", "my.yaml:4:", `"G729"`)
	f("routes:\n  - to: x\n", "my.yaml:2:", "a flow is needed")
	f("routes:\n  - flow: x\n    trunk: y\n", `there is no trunk "y"`)
	f("speech:\n  recognizers:\n    - provider: whisper\n", "my.yaml:3:", "whisper", "a language is needed")
	f("speech:\n  recognizers:\n    - {language: en, provider: process}\n", "needs a command")
	f("speech:\n  recognizers:\n    - {language: en, provider: pocketsphinx, workers: 99}\n", "99: 1 to 64")
	f("trunks:\n  - name: a\n    target: a\n    failover: {timeout: soon}\n", "my.yaml:4:25", `"soon" is not a duration`)
	f("trunks:\n  - name: a\n    target: a\n    quirks: [odd]\n", "my.yaml:4:14", `"odd" is no quirk`)
	f("trunks:\n  - name: a\n    target: a\n    limits: {inbound: {cals: 1}}\n", "my.yaml:4:", `"cals"`)
	f("trunks:\n  - name: a\n    target: a\n    stir: both\n", "my.yaml:4:11", "needs stir.key_file", "needs stir.roots_file")
	f("groups:\n  - {name: g, trunks: [{name: x}]}\n", "my.yaml:2:", `there is no trunk "x"`)
	f("routes:\n  - {flow: x, when: {days: [moon]}}\n", "my.yaml:2:", "moon")
	f("dialing: {deny: [\"+49*\"]}\n", "my.yaml:1:", "dialing.deny[0]", "write it without")
	f("dialing: {trunks: {x: {deny: [\"+49\"]}}}\n", "my.yaml:1:", `there is no trunk "x"`)
	f("sip:\n  listen: [{transport: tls, address: \"127.0.0.1:5061\"}]\n", "my.yaml:2:", "needs a certificate and a key")
	f("sip:\n  listen: [{transport: udp, addr: x}]\n", "my.yaml:2:", `"addr"`)
	f("sip:\n  listen: [{transport: udp, address: \"127.0.0.1:1\", origins: [a]}]\n", "are for ws and wss")
	f("sip:\n  registrar: {trunk: phones}\n", "my.yaml:2:", `there is no trunk "phones"`, "users are needed")
	f("sip:\n  registrar: {users: [{user: a, password_file: b}]}\n", "a trunk is needed")
	f("sip:\n  guard: {messages: -1}\n", "my.yaml:2:", "-1: 0 (no limit)")
	f("sip:\n  client_tls: {certificate: /nonexistent/c}\n", "belong together", "/nonexistent/c")
	f("homer: {address: here}\n", "want host:port")
	f("stir: {key_file: /nonexistent/k}\n", "stir.key_file", "certificate_url")
	f("trace: {bytes: -1, per_call: 1}\n", "trace.bytes", "trace.per_call")
	f("http: {alow: []}\n", "my.yaml:1:", `"alow"`)
	f("http:\n  networks: [10.0.0.0]\n", "my.yaml:2:14", `"10.0.0.0" is not a network`)
	f("http:\n  allow: [\"https://a.example\"]\n", "my.yaml:2:", "is no host")
	f("http: {timeout: 2m, max_bytes: 0, concurrent: 0, queue: -1}\n", "http.timeout: 2m0s: more", "http.max_bytes: 0: 1 to", "http.concurrent: 0", "http.queue: -1")
	f("http:\n  secrets:\n    crm: {file: /nonexistent/t, scheme: odd}\n", "my.yaml:3:", "/nonexistent/t", "hosts are needed", `"odd" is not one of bearer`)
	f("http:\n  secrets:\n    crm: {file: /dev/null, hosts: [a]}\n", "my.yaml:3:", "/dev/null holds no secret")
	f("databases:\n  crm: {driver: mysql}\n", "my.yaml:2:", `databases.crm.driver: "mysql" is not one of sqlite, postgres`)
	f("databases:\n  crm: {driver: sqlite}\n", "my.yaml:2:", "sqlite needs the path")
	f("databases:\n  crm: {driver: postgres, path: a}\n", "my.yaml:2:", "needs a dsn_file or a dsn_env")
	f("databases:\n  crm: {driver: postgres, dsn_env: TRUNKLINE_TEST_NONE}\n", "TRUNKLINE_TEST_NONE is not set")
	f("databases:\n  crm: {driver: postgres, dsn_file: /dev/null}\n", "/dev/null is empty")
	f("databases:\n  crm: {driver: sqlite, path: a, pool: -1, timeout: 5m, max_rows: -1}\n", "crm.pool: -1", "crm.timeout: 5m0s", "crm.max_rows: -1")
	f("databases:\n  crm:\n    driver: sqlite\n    path: a\n    queries:\n      q: SELECT ?\n", "my.yaml:6:", "queries.q: ?: parameters are written :name")
	f("databases:\n  crm:\n    driver: sqlite\n    path: a\n    queries:\n      q: {sql: SELECT 1, writes: true}\n", "my.yaml:6:", `"writes"`)
	f("databases:\n  a: {driver: sqlite, path: a, queries: {q: SELECT 1}}\n  b: {driver: sqlite, path: a, queries: {q: SELECT 1}}\n", "my.yaml:3:", "database a has a query of that name")
	f("hours:\n  default:\n    zone: Peking\n    week:\n      mon-fri: [\"9-5\"]\n", "my.yaml:3:", `"Peking" is no time zone`, "my.yaml:5:", `"9-5": want hours`)
	f("hours:\n  default: {weeks: {}}\n", "my.yaml:2:", `"weeks"`)
	f("hours:\n  default: {week: {mon: [\"09:00-10:00\"]}, holidays: [none]}\n", "my.yaml:2:", `"none": want 2026-12-24`)
	f("sip:\n  unknown: x\nlog:\n  level: y\n", `"x"`, `"y"`) // all at once
}

// TestTokenFromEnvironment: a secret may come from the environment, and lets the
// API listen beyond loopback.
func TestTokenFromEnvironment(t *testing.T) {
	t.Setenv("TRUNKLINE_API_TOKEN", "s3cret")
	c, err := Parse("my.yaml", []byte("api:\n  listen: 0.0.0.0:8080\n"))
	if err != nil {
		t.Fatal(err)
	}
	if c.API.Token != "s3cret" {
		t.Errorf("token %q", c.API.Token)
	}
	if c.Limits.Drain != Duration(30*time.Second) {
		t.Errorf("drain %v, want the default", c.Limits.Drain)
	}
}

// TestListenerForms: the short form and the mapping are the same thing.
func TestListenerForms(t *testing.T) {
	c, err := Parse("my.yaml", []byte(`sip: {listen: ["udp:[::1]:5060", {transport: udp, address: "[::1]:5060", advertise: "a.example:5070"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	a, b := c.SIP.Listen[0], c.SIP.Listen[1]
	if a.Addr != b.Addr || a.Transport != b.Transport || a.String() != "udp:[::1]:5060" || b.Advertise != "a.example:5070" {
		t.Errorf("read %+v and %+v", a, b)
	}
}

// TestTrunksOfTheAPIAreKept: what is written is read back, held against the file's
// trunks and routes, and named by its file when it is wrong.
func TestTrunksOfTheAPIAreKept(t *testing.T) {
	dir := t.TempDir()
	text := fmt.Appendf(nil, "data: %s\ntrunks: [{name: a, target: a.example}]\nroutes: [{to: x, bridge: {trunk: b}}]\n", dir)
	if _, err := Parse("my.yaml", text); err == nil || !strings.Contains(err.Error(), `there is no trunk "b"`) {
		t.Errorf("without the trunk: %v", err)
	}
	file := filepath.Join(dir, "trunks.json")
	made := []trunk.Trunk{{Name: "b", Target: "b.example", Health: trunk.Health{Interval: trunk.Duration(time.Minute)}}}
	if err := WriteTrunks(file, made); err != nil {
		t.Fatal(err)
	}
	c, err := Parse("my.yaml", text)
	if err != nil || !reflect.DeepEqual(c.Made, made) || len(c.All()) != 2 {
		t.Errorf("read %+v, %v", c.Made, err)
	}
	if err := WriteTrunks(file, []trunk.Trunk{{Name: "b", Target: "b.example", Networks: []string{"x"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := Parse("my.yaml", text); err == nil || !strings.Contains(err.Error(), file+": trunk b: networks[0]: ") {
		t.Errorf("with a wrong one: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".trunks-*")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestDifferences: keys are named as far as the file has sections; what is left out
// is as what is empty.
func TestDifferences(t *testing.T) {
	parse := func(text string) *Config {
		t.Helper()
		c, err := Parse("my.yaml", []byte("data: nowhere\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	f := func(a, b string, want ...string) {
		t.Helper()
		if got := Differences(parse(a), parse(b)); !slices.Equal(got, want) {
			t.Errorf("%q and %q differ in %q; want %q", a, b, got, want)
		}
	}
	f("", "trunks: []\ngroups: []\nsip: {unknown: drop}\n")
	f("", "sip: {unknown: '403', guard: {bans: false}}\nlog: {level: debug}\n", "sip.unknown", "sip.guard", "log.level")
	f("trunks: [{name: a, target: a}]", "trunks: [{name: a, target: b}]\ndialing: {deny: ['+1']}\n", "trunks", "dialing")
	for key, want := range map[string]bool{"trunks": true, "routes": true, "sip.listen": false} {
		if Live(key) != want {
			t.Errorf("%s can change while calls live: %v", key, !want)
		}
	}
}

func TestLibraries(t *testing.T) {
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TRUNKLINE_TEST_DSN", "postgres://u@h/d")
	c, err := Parse("my.yaml", []byte(`
http:
  networks: [10.1.0.0/16]
  secrets:
    crm: { file: `+token+`, hosts: [CRM.example.com] }
    key: { file: `+token+`, scheme: plain, header: X-Key, hosts: [a] }
    pair: { file: `+token+`, scheme: basic, hosts: [a] }
databases:
  crm:
    driver: postgres
    dsn_env: TRUNKLINE_TEST_DSN
    queries:
      read: SELECT :a
      write: { sql: "UPDATE a SET b = :c", write: true }
holidays: { cn: [2026-10-01..2026-10-07] }
hours:
  default: { zone: Asia/Shanghai, week: { mon-fri: ["09:00-17:00"] }, holidays: [cn], workdays: [2026-10-10] }
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]web.Secret{
		"crm":  {Header: "Authorization", Value: "Bearer s3cret", Hosts: []string{"crm.example.com"}},
		"key":  {Header: "X-Key", Value: "s3cret", Hosts: []string{"a"}},
		"pair": {Header: "Authorization", Value: "Basic czNjcmV0", Hosts: []string{"a"}},
	}
	if !reflect.DeepEqual(c.HTTP.Known, want) || len(c.HTTP.Prefixes) != 1 {
		t.Errorf("%+v", c.HTTP)
	}
	crm := c.Sources["crm"]
	if crm.Source != "postgres://u@h/d" || crm.Queries["read"].Write || !crm.Queries["write"].Write || crm.Queries["read"].SQL != "SELECT :a" {
		t.Errorf("%+v", crm)
	}
	at := time.Date(2026, 10, 10, 2, 0, 0, 0, time.UTC)
	if h := c.Open["default"]; !h.Open(at) || h.Open(at.AddDate(0, 0, -5)) {
		t.Error("hours are not as they are written")
	}
}
