//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"trunkline/ivr/menu"
	"trunkline/scripts"
)

// answerText is what the shipped menu says at a node.
func answerText(t *testing.T, language, node string) string {
	t.Helper()
	m, err := menu.Load(scripts.FS(), "menus/hotline.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n := m.Node(node)
	if n == nil {
		t.Fatalf("menu hotline has no node %s", node)
	}
	return n.Answer(language)
}

// TestPhoneSpeaks: a spoken sentence takes the caller to the node, and the
// answer is what the caller hears.
func TestPhoneSpeaks(t *testing.T) {
	s := serve(t, setup{})
	p := s.dial("hotline", "--say", balance, "--when-silent", "--hangup", "25s")
	if !p.ends() {
		t.Error("the call did not go well")
	}
	c := s.cdrs(1)[0]
	c.reached(t, "balance", "speech")
	hears(t, "the caller", p.heard(), answers(t, "en", "balance"))
	hears(t, "the server", heard(t, c.Recording.Path, 0), spoken(t, "en-US", balance))
	if types := s.events(); !slices.Contains(types, "node.reached balance") {
		t.Errorf("events: %q, want node.reached balance", types)
	}
}

// TestBargeIn: the caller speaks into the greeting, which ends unfinished.
func TestBargeIn(t *testing.T) {
	s := serve(t, setup{})
	p := s.dial("hotline", "--say", balance+"@1s", "--hangup", "20s")
	p.ends()
	s.cdrs(1)[0].reached(t, "balance", "speech")
	if types := s.events(); !slices.Contains(types, "prompt.ended stopped") {
		t.Errorf("events: %q, want a prompt that was stopped", types)
	}
	hears(t, "the caller", p.heard(), answers(t, "en", "balance"))
}

// TestPhonePresses: the same by key.
func TestPhonePresses(t *testing.T) {
	s := serve(t, setup{})
	p := s.dial("hotline", "--dtmf", "2@2s", "--hangup", "14s")
	p.ends()
	s.cdrs(1)[0].reached(t, "balance", "key")
	hears(t, "the caller", p.heard(), answers(t, "en", "balance"))
}

// TestOverTCP: signalling over TCP, the same by key.
func TestOverTCP(t *testing.T) {
	s := serve(t, setup{})
	p := startPhone(t, "sip:hotline@"+s.sip+";transport=tcp", "--dtmf", "2@2s", "--hangup", "14s")
	p.ends()
	s.cdrs(1)[0].reached(t, "balance", "key")
	hears(t, "the caller", p.heard(), answers(t, "en", "balance"))
}

// TestChineseByKey: the same menu in Chinese.
func TestChineseByKey(t *testing.T) {
	s := serve(t, setup{})
	p := s.dial("hotline-zh", "--dtmf", "2@2s", "--hangup", "14s")
	p.ends()
	s.cdrs(1)[0].reached(t, "balance", "key")
	hears(t, "the caller", p.heard(), answers(t, "zh", "balance"))
}

// TestChineseByWords: words injected where the recogniser sits; the caller's
// sound is a real sentence, so that everything around it is real.
func TestChineseByWords(t *testing.T) {
	s := serve(t, setup{zh: []string{"我想查一下余额"}})
	p := s.dial("hotline-zh", "--language", "zh-CN", "--say", "我想查一下余额", "--when-silent", "--hangup", "25s")
	p.ends()
	s.cdrs(1)[0].reached(t, "balance", "speech")
	hears(t, "the caller", p.heard(), answers(t, "zh", "balance"))
}

// events are the types of all events so far, with what tells them apart.
func (s *server) events() (types []string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api+"/v1/events?since=0", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	last := uint64(0)
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		data, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue
		}
		var e struct {
			Seq  uint64 `json:"seq"`
			Type string `json:"type"`
			Data struct {
				Node, Outcome string
			} `json:"data"`
		}
		if err := json.Unmarshal([]byte(data), &e); err != nil {
			s.t.Fatal(err)
		}
		if e.Seq != last+1 {
			s.t.Errorf("event %d follows %d", e.Seq, last)
		}
		last = e.Seq
		types = append(types, strings.TrimSpace(e.Type+" "+e.Data.Node+e.Data.Outcome))
		if e.Type == "call.ended" {
			return types
		}
	}
	s.t.Fatalf("no call.ended among %q", types)
	return nil
}

// promptEnded reports whether text was said to the end.
func (s *server) promptEnded(text string) bool {
	s.t.Helper()
	var list struct {
		Calls []struct {
			ID string `json:"id"`
		} `json:"calls"`
	}
	s.get("/v1/calls", &list)
	if len(list.Calls) != 1 {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.api+"/v1/events?since=0", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		quoted, _ := json.Marshal(text)
		if strings.Contains(lines.Text(), "prompt.ended") && strings.Contains(lines.Text(), string(quoted)) {
			return strings.Contains(lines.Text(), "finished")
		}
	}
	return false
}

// hangupAll ends every call through the API.
func (s *server) hangupAll() {
	s.t.Helper()
	var list struct {
		Calls []struct {
			ID string `json:"id"`
		} `json:"calls"`
	}
	s.get("/v1/calls", &list)
	for _, c := range list.Calls {
		req, err := http.NewRequest(http.MethodDelete, s.api+"/v1/calls/"+c.ID, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		req.Close = true
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			s.t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode/100 != 2 {
			s.t.Errorf("DELETE /v1/calls/%s: %s", c.ID, res.Status)
		}
	}
}
