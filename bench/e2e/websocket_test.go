//go:build e2e

package e2e

import (
	"context"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"trunkline/bench/load"
	"trunkline/codecs"
)

// TestWebSocket: a stock client of WebSocket (RFC 7118) makes a call and hears
// itself; the requests within the dialog come by the same connection.
func TestWebSocket(t *testing.T) {
	s := sippServer(t, setup{ws: true})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, "ws://"+s.ws, &websocket.DialOptions{Subprotocols: []string{"sip"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.CloseNow()
	talker, err := load.NewTalker("127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	defer talker.Close()
	g := &guestPhone{
		t: t, s: s, conn: webPhone{ctx, c}, self: "df7jal23ls0d.invalid", via: "WS", // its own address it does not know
		sound: offer(talker.Addr().String(), "sendrecv"),
	}
	answer := g.ask("INVITE", "")
	sound := regexp.MustCompile(`c=IN IP4 (\S+)\r\n(?s:.*)m=audio (\d+) `).FindStringSubmatch(answer)
	if !strings.HasPrefix(answer, "SIP/2.0 200 ") || sound == nil {
		t.Fatalf("the INVITE is answered\n%s", answer)
	}
	talker.Talk(load.Stream{To: netip.MustParseAddrPort(sound[1] + ":" + sound[2]), Type: 0, Codec: codecs.PCMU}, low, "")
	s.await("the caller hears itself", func() bool { return talker.Share(low) > 0.9 })
	g.hangUp(answer)
	if end := s.cdrs(1)[0].Cause; end.Code+" by "+end.By != byCaller {
		t.Errorf("ended %+v, want %s", end, byCaller)
	}
	if err := c.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
}

// webPhone is a connection with one SIP message in each of WebSocket's.
type webPhone struct {
	ctx context.Context
	c   *websocket.Conn
}

func (w webPhone) Write(p []byte) (int, error) {
	return len(p), w.c.Write(w.ctx, websocket.MessageText, p)
}

func (w webPhone) Read(p []byte) (int, error) {
	_, text, err := w.c.Read(w.ctx)
	return copy(p, text), err
}

// SetReadDeadline leaves that to the context.
func (webPhone) SetReadDeadline(time.Time) error { return nil }
