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

// visit lets p's call be served at node: it waits until the answer there has been
// said, hangs up, and asserts how the call came there and that it was heard.
func visit(t *testing.T, s *server, p *phone, language, node, by string) cdr {
	t.Helper()
	answer := answerText(t, language, node)
	s.await("the caller has been answered at "+node, func() bool {
		return s.happened("prompt.ended", func(e event) bool { return e.Data.Text == answer })
	})
	p.hangup()
	if !p.ends() {
		t.Error("the call did not go well")
	}
	c := s.cdrs(1)[0]
	c.reached(t, node, by)
	hears(t, "the caller", p.heard(), spoken(t, language, answer))
	if !s.happened("node.reached", func(e event) bool { return e.Data.Node == node }) {
		t.Errorf("no event says that %s was reached", node)
	}
	return c
}

// TestPhoneSpeaks: a spoken sentence takes the caller to the node, and the
// answer is what the caller hears.
func TestPhoneSpeaks(t *testing.T) {
	s := serve(t, setup{})
	c := visit(t, s, s.dial("hotline", "--say", balance, "--when-silent"), "en", "balance", "speech")
	hears(t, "the server", heard(t, c.Recording.Path, 0), spoken(t, "en-US", balance))
}

// TestBargeIn: the caller speaks into the greeting, which ends unfinished.
func TestBargeIn(t *testing.T) {
	s := serve(t, setup{})
	visit(t, s, s.dial("hotline", "--say", balance+"@1s"), "en", "balance", "speech")
	if !s.happened("prompt.ended", func(e event) bool { return e.Data.Outcome == "stopped" }) {
		t.Error("no prompt was stopped")
	}
}

// TestPhonePresses: the same by key.
func TestPhonePresses(t *testing.T) {
	s := serve(t, setup{})
	visit(t, s, s.dial("hotline", "--dtmf", "2@2s"), "en", "balance", "key")
}

// TestOverTCP: signalling over TCP, the same by key.
func TestOverTCP(t *testing.T) {
	s := serve(t, setup{})
	visit(t, s, startPhone(t, "sip:hotline@"+s.sip+";transport=tcp", "--dtmf", "2@2s"), "en", "balance", "key")
}

// TestChineseByKey: the same menu in Chinese.
func TestChineseByKey(t *testing.T) {
	s := serve(t, setup{})
	visit(t, s, s.dial("hotline-zh", "--dtmf", "2@2s"), "zh", "balance", "key")
}

// TestChineseByWords: words injected where the recogniser sits; the caller's
// sound is a real sentence, so that everything around it is real.
func TestChineseByWords(t *testing.T) {
	s := serve(t, setup{zh: []string{"我想查一下余额"}})
	visit(t, s, s.dial("hotline-zh", "--language", "zh-CN", "--say", "我想查一下余额", "--when-silent"), "zh", "balance", "speech")
}

// event is what these tests read of an event.
type event struct {
	Seq  uint64 `json:"seq"`
	Type string `json:"type"`
	Data struct {
		Node, Outcome, Text string
	} `json:"data"`
}

// events are all events so far. The stream begins at the first one that is
// still kept and has no holes.
func (s *server) events() (list []event) {
	s.t.Helper()
	for i, text := range s.told() {
		var e event
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			s.t.Fatal(err)
		}
		if e.Seq != uint64(i+1) {
			s.t.Errorf("event %d is numbered %d", i+1, e.Seq)
		}
		list = append(list, e)
	}
	return list
}

// told are the events so far as JSON. It reads the stream until the event that
// is known to be the last.
func (s *server) told() (list []string) {
	s.t.Helper()
	var calls struct {
		Cursor string `json:"cursor"`
	}
	s.get("/v1/calls", &calls)
	if strings.HasSuffix(calls.Cursor, "-0") {
		return nil
	}
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
	id := ""
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "id:"); ok {
			id = strings.TrimSpace(text)
		}
		text, ok := strings.CutPrefix(lines.Text(), "data:")
		if !ok {
			continue
		}
		list = append(list, strings.TrimSpace(text))
		if id == calls.Cursor {
			return list
		}
	}
	s.t.Fatalf("the stream of events ended before %s: %q", calls.Cursor, list)
	return nil
}

// happened reports whether there was an event of a type that matches.
func (s *server) happened(kind string, match func(event) bool) bool {
	s.t.Helper()
	return slices.ContainsFunc(s.events(), func(e event) bool { return e.Type == kind && match(e) })
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
