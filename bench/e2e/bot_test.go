//go:build e2e

package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"trunkline/codecs"
	"trunkline/dsp"
)

// parrot is a bot as it is written for Twilio Media Streams. It says what it hears;
// key 5 has it sing for long, key 6 fall silent, key 7 go.
type parrot struct {
	t *testing.T

	mu    sync.Mutex
	keys  string
	marks []string
	began map[string]any // the parameters of its start
}

// twilio is a message of either side, as far as the parrot reads and writes it.
type twilio struct {
	Event string `json:"event"`
	Start *struct {
		Custom map[string]any `json:"customParameters"`
	} `json:"start,omitempty"`
	Media *struct {
		Payload string `json:"payload"`
	} `json:"media,omitempty"`
	Mark *struct {
		Name string `json:"name"`
	} `json:"mark,omitempty"`
	DTMF *struct {
		Digit string `json:"digit"`
	} `json:"dtmf,omitempty"`
}

func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c, err := websocket.Accept(w, r, nil)
	if err != nil {
		p.t.Error(err)
		return
	}
	defer c.CloseNow()
	echo := true
	for {
		_, text, err := c.Read(r.Context())
		if err != nil {
			return
		}
		var m twilio
		if err := json.Unmarshal(text, &m); err != nil {
			p.t.Error(err)
			return
		}
		switch {
		case m.Event == "media" && echo:
			p.send(r.Context(), c, string(text))
		case m.Event == "start":
			p.note(func() { p.began = m.Start.Custom })
		case m.Event == "mark":
			p.note(func() { p.marks = append(p.marks, m.Mark.Name) })
		case m.Event == "dtmf":
			p.note(func() { p.keys += m.DTMF.Digit })
			echo = false
			switch m.DTMF.Digit {
			case "5":
				p.sing(r.Context(), c)
			case "6":
				p.send(r.Context(), c, `{"event":"clear"}`)
			case "7":
				_ = c.Close(websocket.StatusNormalClosure, "")
				return
			}
		}
	}
}

func (p *parrot) note(what func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what()
}

func (p *parrot) send(ctx context.Context, c *websocket.Conn, text string) {
	if err := c.Write(ctx, websocket.MessageText, []byte(text)); err != nil && ctx.Err() == nil {
		p.t.Log("the bot is not heard:", err)
	}
}

// sing sends twenty seconds of a tone at once, and a mark behind them.
func (p *parrot) sing(ctx context.Context, c *websocket.Conn) {
	song := make([]int16, 20*8000)
	dsp.NewTone(high, -15, 8000).Mix(song)
	for sound := g711(codecs.PCMU, song); len(sound) > 0; sound = sound[8000:] {
		p.send(ctx, c, `{"event":"media","media":{"payload":"`+base64.StdEncoding.EncodeToString(sound[:8000])+`"}}`)
	}
	p.send(ctx, c, `{"event":"mark","mark":{"name":"sung"}}`)
}

// TestBot: a caller is connected with a bot that says what it hears, sings when a
// key is pressed until another one is, and goes; then the flow goes on.
func TestBot(t *testing.T) {
	bot := &parrot{t: t}
	server := httptest.NewServer(bot)
	defer server.Close()
	s := serve(t, setup{
		bare: true, routes: "  - {to: bot, flow: main}\n", keys: "bots: {networks: [127.0.0.0/8], plain: true}\n",
		scripts: bundleOf(t, strings.Replace(`local call = ...
call:answer()
call:record()
local r, err = call:stream{ "URL", dialect = "twilio", parameters = { room = "tea" } }
call:log("the bot: " .. (r and r.reason or err.code))
call:play{ tone = "1700", duration = "2s" }
`, "URL", strings.Replace(server.URL, "http:", "ws:", 1), 1)),
	})
	p := s.dial("bot", "--tone", "440@0s", "--dtmf", "5@4s", "--dtmf", "6@7s", "--dtmf", "7@9s")
	ended(t, p)
	sound := p.heard()
	hums(t, "the caller", sound, low) // itself
	hums(t, "the caller", sound, high)
	hums(t, "the caller", last(sound, 3), 1700, low, high)
	between(t, "seconds of song", tone(sound, high), 2, 4.5)
	bot.mu.Lock()
	defer bot.mu.Unlock()
	if bot.keys != "567" || strings.Join(bot.marks, " ") != "sung" || bot.began["room"] != "tea" {
		t.Errorf("the bot was told keys %q, marks %q, parameters %v", bot.keys, bot.marks, bot.began)
	}
	if !strings.Contains(s.log.String(), "the bot: bot") {
		t.Error("the flow was not told that the bot went")
	}
	c := s.cdrs(1)[0]
	hums(t, "the record of the caller", heard(t, c.Recording.Path, 0), low)
	hums(t, "the record of what it heard", heard(t, c.Recording.Path, 1), high)
	if c.Cause.By != "flow" || c.Cause.Code != "normal" {
		t.Errorf("ended with %+v, want the flow's end", c.Cause)
	}
}
