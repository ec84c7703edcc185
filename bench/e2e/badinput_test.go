//go:build e2e

package e2e

import (
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"trunkline/scripts"
)

// hostile are datagrams no sane peer sends, most after RFC 4475; %s is replaced
// by the server's address.
var hostile = map[string]string{
	"not SIP":                 "\x00\x01\x02\xff",
	"empty lines":             "\r\n\r\n\r\n\r\n",
	"no headers":              "INVITE sip:hotline@%s SIP/2.0\r\n\r\n",
	"cut short":               "INVITE sip:hotline@%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nFrom: <sip:a@b>;ta",
	"wrong version":           good("INVITE", "SIP/7.0", "", ""),
	"method mismatch":         good("OPTIONS", "SIP/2.0", "", ""), // its CSeq says INVITE
	"negative content-length": good("INVITE", "SIP/2.0", "Content-Length: -999\r\n", ""),
	"huge content-length":     good("INVITE", "SIP/2.0", "Content-Length: 4294967295\r\n", ""),
	"two content-lengths":     good("INVITE", "SIP/2.0", "Content-Length: 0\r\nContent-Length: 5\r\n", ""),
	"unknown scheme":          strings.Replace(good("INVITE", "SIP/2.0", "", ""), "sip:hotline@%s", "nobodyKnows:hotline", 1),
	"unknown extension":       good("INVITE", "SIP/2.0", "Require: nothingSupportsThis\r\n", ""),
	"nul in header":           good("INVITE", "SIP/2.0", "Subject: a\x00b\r\n", ""),
	"sdp is nonsense":         sdp("this is not sdp"),
	"sdp with port 0":         sdp("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 0 RTP/AVP 0\r\n"),
	"sdp without codec":       sdp("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 18\r\n"),
	"sdp with 1000 lines":     sdp("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" + strings.Repeat("m=audio 4000 RTP/AVP 0\r\n", 1000)),
}

func good(method, version, more, body string) string {
	return method + " sip:hotline@%s " + version + "\r\n" +
		"Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK" + method + "\r\nMax-Forwards: 70\r\n" +
		"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:hotline@127.0.0.1>\r\nCall-ID: hostile\r\nCSeq: 1 INVITE\r\n" +
		"Contact: <sip:a@127.0.0.1:9>\r\n" + more + "\r\n" + body
}

func sdp(body string) string {
	return good("INVITE", "SIP/2.0", "Content-Type: application/sdp\r\n", body)
}

// TestHostileMessages: none of them starts a call, stops the server or leaves
// anything behind; a caller is served as before.
func TestHostileMessages(t *testing.T) {
	s := serve(t, setup{})
	c, err := net.Dial("udp", s.sip)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for name, text := range hostile {
		if _, err := c.Write([]byte(strings.ReplaceAll(text, "%s", s.sip))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if n := s.node(); n.Calls != 0 {
			t.Errorf("%s: started a call", name)
		}
	}
	tcp, err := net.Dial("tcp", s.sip)
	if err != nil {
		t.Fatal(err)
	}
	defer tcp.Close()
	if _, err := tcp.Write([]byte(strings.ReplaceAll(hostile["huge content-length"], "%s", s.sip))); err != nil {
		t.Fatal(err)
	}
	visit(t, s, s.dial("hotline", "--dtmf", "2@2s"), "en", "balance", "key")
}

// TestUnknownSource: who comes from no trunk's network gets nothing, or 403, as
// configured, and the log names the rule.
func TestUnknownSource(t *testing.T) {
	f := func(policy, want string) {
		t.Run(policy, func(t *testing.T) {
			s := serve(t, setup{unknown: policy, source: "192.0.2.0/24"})
			c, err := net.Dial("udp", s.sip)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			request := strings.ReplaceAll(sdp("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"), "%s", s.sip)
			request = strings.ReplaceAll(request, "127.0.0.1:9", c.LocalAddr().String())
			if _, err := c.Write([]byte(request)); err != nil {
				t.Fatal(err)
			}
			s.await("the log names the rule", func() bool {
				return strings.Contains(s.log.String(), "127.0.0.1") && strings.Contains(s.log.String(), "rule")
			})
			buf := make([]byte, 2048)
			_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
			n, _ := c.Read(buf)
			if got := string(buf[:n]); want == "" && n > 0 || !strings.HasPrefix(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
	f("drop", "")
	f("403", "SIP/2.0 403")
}

// bundle copies the shipped flows and menus and adds broken ones.
func bundle(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	err := fs.WalkDir(scripts.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(dir, path), 0o700)
		}
		text, err := fs.ReadFile(scripts.FS(), path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, path), text, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "flows", "broken.lua"), []byte("local call = ...\ncall:answer()\nif then\n"))
	write(t, filepath.Join(dir, "flows", "menuless.lua"), []byte("local call = ...\ncall:answer()\ncall:ask{ menu = \"nowhere\", lang = \"en\" }\n"))
	return dir
}

// TestBrokenScripts: check names each mistake with file and line; the server
// refuses the calls of a broken flow and serves all others.
func TestBrokenScripts(t *testing.T) {
	dir := bundle(t)
	s := serve(t, setup{scripts: dir, routes: "  - {to: broken, flow: broken}\n  - {to: menuless, flow: menuless}\n"})
	out, err := exec.Command(binary.program, "check", "-c", filepath.Join(s.dir, "trunkline.yaml")).CombinedOutput()
	if err == nil || exitCode(err) != 2 {
		t.Errorf("check ended with %v, want exit code 2", err)
	}
	for _, want := range []string{"broken.lua:3", "menuless.lua:3", "nowhere"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("check does not say %q:\n%s", want, out)
		}
		if !strings.Contains(s.log.String(), want) {
			t.Errorf("the server's log does not say %q", want)
		}
	}
	if s.dial("broken").ends() || s.dial("menuless").ends() {
		t.Error("a call with a broken flow went well")
	}
	s.dial("hotline", "--dtmf", "2@2s", "--hangup", "12s").ends()
	reached := 0
	for _, c := range s.cdrs(3) {
		reached += len(c.Nodes)
	}
	if reached == 0 {
		t.Error("the hotline was not served beside broken flows")
	}
}

// TestBadConfiguration: nothing starts on a configuration that is wrong, and
// file and line are named.
func TestBadConfiguration(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wrong.yaml")
	write(t, path, []byte("sip:\n  listn: []\n"))
	for _, command := range []string{"check", "serve"} {
		out, err := exec.Command(binary.program, command, "-c", path).CombinedOutput()
		if exitCode(err) != 2 || !strings.Contains(string(out), "wrong.yaml:2:3") || !strings.Contains(string(out), "listn") {
			t.Errorf("%s: %v\n%s", command, err, out)
		}
	}
}

func exitCode(err error) int {
	if e, ok := err.(*exec.ExitError); ok {
		return e.ExitCode()
	}
	return 0
}

// TestOriginate: a call placed over the API reaches a person and runs a flow.
func TestOriginate(t *testing.T) {
	s := serve(t, setup{})
	agent := s.answer("--dtmf", "2@3s")
	status, answer := s.post("/v1/calls", `{"to":"person","trunk":"agents","flow":"hotline","vars":{"lang":"en"}}`)
	if status/100 != 2 {
		t.Fatalf("POST /v1/calls: %d %v", status, answer)
	}
	c := visit(t, s, agent, "en", "balance", "key")
	if c.ID != answer["id"] || c.Direction != "outbound" {
		t.Errorf("record %s %s, want %v outbound", c.ID, c.Direction, answer["id"])
	}
	status, answer = s.post("/v1/calls", `{"to":"person","trunk":"agents","flow":"no-such-flow"}`)
	if status/100 != 4 {
		t.Errorf("unknown flow: %d %v", status, answer)
	}
	var document map[string]any
	s.get("/openapi.json", &document)
	if document["openapi"] == nil {
		t.Error("no OpenAPI document")
	}
}

// TestStopEndsCalls: a stop drains, then ends what is left with a BYE; the record
// is written.
func TestStopEndsCalls(t *testing.T) {
	s := serve(t, setup{})
	caller := s.dial("hotline")
	s.await("the call is up", func() bool { return strings.Contains(caller.out.String(), "200 OK") })
	s.stop()
	caller.ends()
	if !strings.Contains(caller.out.String(), "BYE") {
		t.Errorf("the caller got no BYE:\n%s", caller.out.String())
	}
}
