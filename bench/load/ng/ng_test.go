package ng

import (
	"bytes"
	"net"
	"strings"
	"testing"
)

// engine answers each request on a socket as f says, until the test ends.
func engine(t *testing.T, f func(request map[string]any) []byte) *Client {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() {
		conn.Close()
		<-done
	})
	go func() {
		defer close(done)
		buf := make([]byte, 65536)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			cookie, text, _ := bytes.Cut(buf[:n], []byte(" "))
			request, err := Decode(text)
			if err != nil {
				continue
			}
			conn.WriteTo([]byte("stale answer"), from)
			conn.WriteTo(append(append(cookie, ' '), f(request.(map[string]any))...), from)
		}
	}()
	c, err := Dial(conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestClientAsks(t *testing.T) {
	c := engine(t, func(request map[string]any) []byte {
		return Append(nil, map[string]any{"result": "ok", "sdp": request["command"].(string) + " " + request["call-id"].(string)})
	})
	for range 2 {
		got, err := c.Do("offer", map[string]any{"call-id": "one"})
		if err != nil || got["sdp"] != "offer one" {
			t.Errorf("the answer is %v, %v", got, err)
		}
	}
}

func TestClientRefuses(t *testing.T) {
	f := func(answer, want string) {
		t.Helper()
		c := engine(t, func(map[string]any) []byte { return []byte(answer) })
		if got, err := c.Do("ping", map[string]any{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is taken for %v, %v, want an error with %q", answer, got, err, want)
		}
	}
	f("d6:result5:error12:error-reason4:nopee", "nope")
	f("4:pong", "no dictionary")
	f("d", "cut short")
}
