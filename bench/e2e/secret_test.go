//go:build e2e

package e2e

import (
	"bytes"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"trunkline/codecs"
	"trunkline/dsp"
)

// card is what callers key in where nobody may see it: the number of a test card.
const card = "4539148803436467"

// collecting is a flow that takes a card's number to a web service and has
// sound before and after.
const collecting = `local call = ...
call:answer()
call:record()
call:play{ tone = "1000", duration = "3s" }
local r = call:secure_collect{ "Please key in the number of your card.", digits = 16, check = "luhn", tries = 1, timeout = "20s" }
call:log("collected " .. r.kind .. " " .. tostring(r.secret) .. " of " .. tostring(r.length))
call:set{ collected = r.kind }
local answer, err = http.post{ "SHOP", json = { card = r.secret } }
call:log("the shop says " .. (answer and answer.status or err.message))
call:play{ tone = "1000", duration = "4s" }
`

// shop is a web service that takes cards, and a collector of what SIP says.
type shop struct {
	service     *httptest.Server
	certificate string // of service, a file
	homer       net.PacketConn
	heard       sync.WaitGroup
	mu          sync.Mutex
	posted      []byte
	copies      bytes.Buffer
}

func openShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{}
	s.service = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.posted = append(s.posted, body...)
	}))
	s.service.Config.SetKeepAlivesEnabled(false) // a kept connection would count as something left over
	s.service.StartTLS()                         // flows send secrets no other way
	s.certificate = filepath.Join(t.TempDir(), "shop.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.service.Certificate().Raw})
	if err := os.WriteFile(s.certificate, text, 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if s.homer, err = net.ListenPacket("udp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.heard.Go(func() {
		buffer := make([]byte, 1<<16)
		for {
			n, _, err := s.homer.ReadFrom(buffer)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.copies.Write(buffer[:n])
			s.mu.Unlock()
		}
	})
	t.Cleanup(s.close)
	return s
}

func (s *shop) close() {
	s.service.Close()
	s.homer.Close()
	s.heard.Wait()
}

// got is what was posted, and what a collector of SIP has been sent.
func (s *shop) got() (posted, copies string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.posted), s.copies.String()
}

// TestSecretKeys: a caller keys in a card's number, by RFC 4733, by INFO and in
// the sound. The flow gets it; the recording, the events, the record, the log at
// its most talkative, the trace of SIP and its copies, and the steps of the flow
// have no digit of it.
func TestSecretKeys(t *testing.T) {
	f := func(name, caller string, dial func(*testing.T, *server)) {
		t.Run(name, func(t *testing.T) {
			shop := openShop(t)
			s := serve(t, setup{
				bare: true, caller: caller, routes: "  - {to: card, flow: main, vars: {lang: en}}\n",
				keys:    fmt.Sprintf("http: {networks: [127.0.0.0/8]}\nhomer: {address: %q}\n", shop.homer.LocalAddr()),
				trusts:  shop.certificate,
				scripts: bundleOf(t, strings.Replace(collecting, "SHOP", shop.service.URL, 1)),
			})
			s.start.Descriptors++ // the way to the collector, which is there from the first message on
			dial(t, s)
			posted, _ := shop.got()
			if want := fmt.Sprintf(`{"card":"%s"}`, card); posted != want {
				t.Errorf("the flow sent %q, want %q", posted, want)
			}
			s.keepsSecret(shop)
		})
	}
	f("by RFC 4733", "", func(t *testing.T, s *server) {
		s.keysIn(t, "--dtmf", card+"@7s")
	})
	f("in the sound", ", dtmf: inband", func(t *testing.T, s *server) {
		var tones []string
		for i, key := range []byte(card) {
			low, high, _ := dsp.DTMF(key)
			tones = append(tones, "--tone", fmt.Sprintf("%v+%v:100ms@%dms", low, high, 7000+300*i))
		}
		s.keysIn(t, tones...)
	})
	f("by INFO", "", infoCaller)
}

// keysIn has our phone call, hum, key the card in, and hum again.
func (s *server) keysIn(t *testing.T, keys ...string) {
	t.Helper()
	p := s.dial("card", append(keys, "--tone", "440:3s@0s", "--tone", "440:3s@13s")...)
	ended(t, p)
	hums(t, "the caller", p.heard(), high, low)
	hums(t, "the caller, at the end,", last(p.heard(), 3), high, low)
}

// infoCaller is a foreign caller that hums all the while and sends keys by INFO.
func infoCaller(t *testing.T, s *server) {
	t.Helper()
	scenario, err := os.ReadFile("testdata/uac_rtp.xml")
	if err != nil {
		t.Fatal(err)
	}
	request := regexp.MustCompile(`(?s)<send retrans="500"><!\[CDATA\[\nBYE.*?</send>`).FindString(string(scenario))
	keys := "<pause milliseconds=\"8000\"/>\n"
	for i, key := range card {
		info := strings.NewReplacer("BYE", "INFO", "CSeq: 2", fmt.Sprintf("CSeq: %d", i+2),
			"Content-Length: 0\n", fmt.Sprintf("Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal=%c\nDuration=160\n", key)).Replace(request)
		keys += info + "\n<recv response=\"200\"/>\n<pause milliseconds=\"100\"/>\n"
	}
	end := "<recv request=\"BYE\"/>\n" + `<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>`
	text := strings.Replace(string(scenario), `<pause milliseconds="12000"/>`, keys, 1)
	text = strings.Replace(text, request+"\n  <recv response=\"200\"/>", end, 1)
	dir := t.TempDir()
	hum := make([]int16, 8000*25)
	dsp.NewTone(low, -15, 8000).Mix(hum)
	write(t, filepath.Join(dir, "scenario.xml"), []byte(text))
	write(t, filepath.Join(dir, "sentence.ulaw"), g711(codecs.PCMU, hum))
	sipp(t, s, dir, "-sf", "scenario.xml", "-s", "card", "-m", "1")
}

// keepsSecret looks for digits of the card wherever anything of the call is.
func (s *server) keepsSecret(shop *shop) {
	s.t.Helper()
	c := s.cdrs(1)[0]
	api := "--api=" + s.api
	_, copies := shop.got()
	if !strings.Contains(copies, "INVITE") {
		s.t.Error("the collector of SIP was sent nothing")
	}
	texts := map[string]string{
		"the log": s.log.String(), "the events": strings.Join(s.told(), "\n"), "a copy of SIP": copies,
		"trace":      s.command("trace", c.ID, api, "--format", "text"),
		"calls show": s.command("calls", "show", c.ID, api),
		"the flow":   s.text("/v1/calls/" + c.ID + "/flow"), "the record": s.text("/v1/cdrs"),
		"metrics": s.text("/metrics"),
	}
	if err := filepath.WalkDir(filepath.Join(s.dir, "data"), func(path string, _ os.DirEntry, err error) error {
		if body, wrong := os.ReadFile(path); err == nil && wrong == nil {
			texts[filepath.Base(path)] = string(body)
		}
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	alone := regexp.MustCompile(`Signal ?= ?\d|"digit":"\d|digit=\d`)
	for where, text := range texts {
		for i := range len(card) - 5 {
			if strings.Contains(text, card[i:i+6]) {
				s.t.Errorf("%s has the digits %s", where, card[i:i+6])
			}
		}
		if found := alone.FindString(text); found != "" {
			s.t.Errorf("%s has a digit: %s", where, found)
		}
	}
	for _, where := range []string{"calls show", "the flow"} {
		if !strings.Contains(texts[where], "secure_collect") {
			s.t.Errorf("%s does not have the step: %s", where, texts[where])
		}
	}
	if c.Recording == nil {
		s.t.Fatal("the call was not recorded")
	}
	for channel, hz := range []float64{low, high} {
		sound := heard(s.t, c.Recording.Path, channel)
		if keys := keysHeard(sound); keys != "" {
			s.t.Errorf("channel %d of the recording has the keys %s", channel, keys)
		}
		hums(s.t, fmt.Sprintf("channel %d of the recording", channel), sound, hz)
	}
	if c.Recording.Paused < 3 {
		s.t.Errorf("the recording paused for %.1f s", c.Recording.Paused)
	}
}

// keysHeard are the keys in sound.
func keysHeard(sound []int16) (keys string) {
	d := dsp.MakeKeyDetector(8000)
	for e, rest := d.Feed(sound); e.Change != dsp.KeyNone; e, rest = d.Feed(rest) {
		if e.Change == dsp.KeyDown {
			keys += string(e.Key)
		}
	}
	return keys
}

// command runs the program to its end and returns what it prints.
func (s *server) command(args ...string) string {
	s.t.Helper()
	out, err := exec.Command(binary.program, args...).CombinedOutput()
	if err != nil {
		s.t.Errorf("trunkline %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// text is an API resource as it is.
func (s *server) text(path string) string {
	s.t.Helper()
	req, err := http.NewRequest(http.MethodGet, s.api+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: %s %v\n%s", path, res.Status, err, body)
	}
	return string(body)
}
