package stream

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"trunkline/internal/fetch"
)

// quiet is an ear in which nothing is said.
type quiet struct{}

func (quiet) Rate() int { return 8000 }

func (quiet) ReadAtLeast(ctx context.Context, dst []int16, _ int) (int, error) {
	select {
	case <-time.After(frameTime):
		return len(dst), nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// sink is a mouth that plays all at once.
type sink struct{ n uint64 }

func (s *sink) Rate() int             { return 8000 }
func (s *sink) Write(pcm []int16) int { s.n += uint64(len(pcm)); return len(pcm) }
func (s *sink) Room() int             { return 1600 }
func (s *sink) Clear()                {}
func (s *sink) End()                  {}
func (s *sink) Played() uint64        { return s.n }
func (s *sink) Dropped() uint64       { return 0 }

// serve starts a WebSocket server; f is its side of a connection.
func serve(t *testing.T, protocols []string, f func(ws *websocket.Conn, req *http.Request)) *httptest.Server {
	t.Helper()
	return serveHTTP(t, func(w http.ResponseWriter, req *http.Request) {
		ws, err := websocket.Accept(w, req, &websocket.AcceptOptions{Subprotocols: protocols})
		if err != nil {
			t.Errorf("accept: %v", err)
			return
		}
		defer ws.CloseNow()
		f(ws, req)
	})
}

func serveHTTP(t *testing.T, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(f)
	t.Cleanup(server.Close)
	return server
}

// inside may go to this machine.
func inside(t *testing.T) *fetch.Client {
	t.Helper()
	c := fetch.New(fetch.Options{Networks: loopback, PlainOK: true})
	t.Cleanup(c.Close)
	return c
}

const secret = "s3cr3t"

// runs runs a stream to a server to its end, and sees to it that the secret is in
// nothing that may be logged, and no goroutine is left.
func runs(t *testing.T, c Config, through *fetch.Client, story func(s *Stream)) (Result, error) {
	t.Helper()
	c.URL += "/media/" + secret + "?token=" + secret
	if c.Dialect == "" {
		c.Dialect = "twilio"
	}
	c.TwoWay = true
	var said strings.Builder
	s, err := New(c, through)
	if err != nil {
		t.Fatal(err)
	}
	if story != nil {
		go story(s)
	}
	r, err := s.Run(t.Context(), quiet{}, &sink{}, Hooks{Warn: func(text string) { said.WriteString(text) }})
	said.WriteString(r.Text)
	if err != nil {
		said.WriteString(err.Error())
	}
	if strings.Contains(said.String(), secret) {
		t.Errorf("the secret is told: %s", said.String())
	}
	nothingLeft(t)
	return r, err
}

// nothingLeft sees to it that no goroutine of the package is left, but for a moment:
// the last act of a context is one.
func nothingLeft(t *testing.T) {
	t.Helper()
	b := make([]byte, 1<<20)
	for range 500 {
		b = b[:runtime.Stack(b[:cap(b)], true)]
		if !bytes.Contains(b, []byte("stream.(*run)")) && !bytes.Contains(b, []byte("stream.(*link)")) {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Errorf("goroutines are left:\n%s", b)
}

// TestWebSocket: the handshake carries what it should, both ways work, and each side
// can take leave.
func TestWebSocket(t *testing.T) {
	asked := make(chan *http.Request, 1)
	server := serve(t, []string{"audio.jambonz.org"}, func(ws *websocket.Conn, req *http.Request) {
		asked <- req
		if _, b, err := ws.Read(req.Context()); err != nil || !bytes.Contains(b, []byte(`"callSid"`)) {
			t.Errorf("first message %s, %v", b, err)
		}
		if kind, b, err := ws.Read(req.Context()); err != nil || kind != websocket.MessageBinary || len(b) != 320 {
			t.Errorf("second message %v of %d bytes, %v", kind, len(b), err)
		}
		_ = ws.Write(req.Context(), websocket.MessageText, []byte(`{"type":"mark","data":{"name":"m"}}`))
		for {
			kind, b, err := ws.Read(req.Context())
			if err != nil {
				t.Errorf("no mark: %v", err)
				return
			}
			if kind == websocket.MessageText {
				if !bytes.Contains(b, []byte(`"playout"`)) {
					t.Errorf("got %s", b)
				}
				break
			}
		}
		ws.Close(websocket.StatusNormalClosure, "bye")
	})
	server.StartTLS()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	through := fetch.New(fetch.Options{Networks: loopback, TLS: &tls.Config{RootCAs: roots}})
	defer through.Close()

	c := Config{URL: "wss" + strings.TrimPrefix(server.URL, "https"), Dialect: "jambonz", Token: "12345", Header: http.Header{"Authorization": {"Bearer x"}}}
	r, err := runs(t, c, through, nil)
	if err != nil || r.Reason != ByBot || r.Marks != 1 {
		t.Errorf("%+v, %v", r, err)
	}
	req := <-asked
	if req.Header.Get("Authorization") != "Bearer x" || req.Header.Get("User-Agent") != "Trunkline" || req.URL.Query().Get("token") != secret {
		t.Errorf("asked for %s with %v", req.URL, req.Header)
	}
	if got, want := req.Header.Get("X-Twilio-Signature"), signature("12345", c.URL+"/media/"+secret+"?token="+secret); got != want {
		t.Errorf("signed %s, want %s", got, want)
	}

	// Nobody whom we know has signed this certificate.
	r, err = runs(t, c, inside(t), nil)
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "certificate") || r.Reason != Refused {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestSignature: RFC 2104 with SHA-1 over the address, as "openssl dgst" says it too.
func TestSignature(t *testing.T) {
	if got, want := signature("12345", "wss://bot.test/media"), "KjU6B0+gJMppHHEc3SrcYCTvwdo="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestLeave: the bot sees a close with a reason; one that does not answer it is not
// waited for.
func TestLeave(t *testing.T) {
	closed, over := make(chan error, 1), make(chan struct{})
	defer close(over)
	f := func(goodbye time.Duration, handle func(ws *websocket.Conn, ctx context.Context)) {
		t.Helper()
		here := make(chan struct{})
		server := serve(t, nil, func(ws *websocket.Conn, req *http.Request) {
			if _, _, err := ws.Read(req.Context()); err != nil {
				t.Error(err)
			}
			close(here)
			handle(ws, req.Context())
		})
		server.Start()
		c := Config{URL: "ws" + strings.TrimPrefix(server.URL, "http"), Goodbye: goodbye}
		r, err := runs(t, c, inside(t), func(s *Stream) { <-here; s.Stop("enough") })
		if err != nil || r.Reason != ByFlow || r.Text != "enough" {
			t.Errorf("%+v, %v", r, err)
		}
	}
	f(time.Minute, func(ws *websocket.Conn, ctx context.Context) {
		for {
			if _, _, err := ws.Read(ctx); err != nil {
				closed <- err
				return
			}
		}
	})
	var left websocket.CloseError
	if err := <-closed; !errors.As(err, &left) || left.Code != websocket.StatusNormalClosure || left.Reason != "flow" {
		t.Errorf("the bot saw %v", err)
	}
	f(50*time.Millisecond, func(*websocket.Conn, context.Context) { <-over }) // does not read any more
}

// TestHostile: what bots should not do ends the connection, with a reason.
func TestHostile(t *testing.T) {
	over := make(chan struct{})
	defer close(over)
	f := func(what string, handle func(ws *websocket.Conn, ctx context.Context), want error, words string) {
		t.Run(what, func(t *testing.T) {
			server := serve(t, nil, func(ws *websocket.Conn, req *http.Request) { handle(ws, req.Context()) })
			server.Start()
			c := Config{URL: "ws" + strings.TrimPrefix(server.URL, "http"), Message: 100000, Ping: 50 * time.Millisecond, Stall: 200 * time.Millisecond}
			_, err := runs(t, c, inside(t), nil)
			if !errors.Is(err, want) || !strings.Contains(err.Error(), words) {
				t.Errorf("%v, want %v", err, words)
			}
		})
	}
	f("a huge message", func(ws *websocket.Conn, ctx context.Context) {
		_ = ws.Write(ctx, websocket.MessageText, bytes.Repeat([]byte("x"), 200000))
		_, _, _ = ws.Read(ctx)
	}, ErrLost, "too big")
	f("gone without a word", func(ws *websocket.Conn, _ context.Context) { ws.CloseNow() }, ErrLost, "")
	f("closed with an error", func(ws *websocket.Conn, _ context.Context) {
		ws.Close(websocket.StatusInternalError, secret)
	}, ErrLost, "status 1011")
	f("deaf", func(*websocket.Conn, context.Context) { <-over }, ErrLost, "pong")
}

// TestRefused: no connection comes about, and why is told without the address.
func TestRefused(t *testing.T) {
	f := func(what string, through *fetch.Client, handle http.HandlerFunc, want error, words string) {
		t.Run(what, func(t *testing.T) {
			server := serveHTTP(t, handle)
			server.Start()
			r, err := runs(t, Config{URL: "ws" + strings.TrimPrefix(server.URL, "http"), Connect: 300 * time.Millisecond}, through, nil)
			if !errors.Is(err, ErrRefused) || want != nil && !errors.Is(err, want) || !strings.Contains(err.Error(), words) || r.Reason != Refused || r.Connects != 0 {
				t.Errorf("%+v, %v; want %s", r, err, words)
			}
		})
	}
	outside := fetch.New(fetch.Options{PlainOK: true})
	defer outside.Close()
	nothing := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }
	f("this machine", outside, nothing, fetch.ErrForbidden, "public Internet")
	f("no WebSocket", inside(t), nothing, handshake(204), "answered 204")
	f("not allowed", inside(t), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }, handshake(403), "answered 403 Forbidden")
	f("no answer", inside(t), func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }, nil, "no answer in 300ms")
	f("round and round", inside(t), func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, req.URL.String(), http.StatusFound)
	}, fetch.ErrStatus, "redirection")
	f("to no address", inside(t), func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Location", "http://[::"+req.URL.String())
		w.WriteHeader(http.StatusFound)
	}, nil, "no address")

	only4 := fetch.New(fetch.Options{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, PlainOK: true})
	defer only4.Close()
	f("redirected to this machine", only4, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "http://127.0.0.2:1/"+secret, http.StatusFound)
	}, fetch.ErrForbidden, "127.0.0.2 is not of the public Internet")
}

// TestRedirect: one that is allowed is followed, and what the flow has put into the
// header stays behind when it leads to another host.
func TestRedirect(t *testing.T) {
	asked := make(chan *http.Request, 1)
	target := serve(t, nil, func(ws *websocket.Conn, req *http.Request) {
		asked <- req
		ws.Close(websocket.StatusNormalClosure, "")
	})
	target.Start()
	server := serveHTTP(t, func(w http.ResponseWriter, req *http.Request) {
		http.Redirect(w, req, "ws"+strings.TrimPrefix(target.URL, "http"), http.StatusTemporaryRedirect)
	})
	server.Start()
	c := Config{URL: "ws" + strings.TrimPrefix(server.URL, "http"), Header: http.Header{"X-Api-Key": {secret}}, Token: "t", Connect: time.Minute}
	if r, err := runs(t, c, inside(t), nil); err != nil || r.Reason != ByBot {
		t.Fatalf("%+v, %v", r, err)
	}
	if h := (<-asked).Header; h.Get("X-Api-Key") != "" || h.Get("X-Twilio-Signature") != "" {
		t.Errorf("taken along: %v", h)
	}
}

// TestAudioSocket: over TCP, by a server of a few lines.
func TestAudioSocket(t *testing.T) {
	f := func(what string, handle func(c net.Conn), reason Reason, want error, words string) {
		t.Run(what, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			served := make(chan struct{})
			go func() {
				defer close(served)
				if c, err := l.Accept(); err == nil {
					defer c.Close()
					handle(c)
				}
			}()
			r, err := runs(t, Config{URL: "tcp://" + l.Addr().String(), Dialect: "audiosocket", Message: 2000}, inside(t), nil)
			<-served
			if r.Reason != reason || !errors.Is(err, want) || want != nil && !strings.Contains(err.Error(), words) || want == nil && r.Text != words {
				t.Errorf("%+v, %v", r, err)
			}
		})
	}
	head := func(c net.Conn) {
		b := make([]byte, 19+323)
		if _, err := io.ReadFull(c, b); err != nil || !bytes.HasPrefix(b, []byte{1, 0, 16}) || !bytes.HasPrefix(b[19:], []byte{0x10, 1, 0x40}) {
			t.Errorf("% x, %v", b[:22], err)
		}
	}
	f("hangs up", func(c net.Conn) {
		head(c)
		_, _ = c.Write(append([]byte{0x10, 0, 4, 1, 0, 1, 0}, 0, 0, 0))
		_, _ = io.Copy(io.Discard, c)
	}, ByBot, nil, "hangup")
	f("closes", func(c net.Conn) {
		head(c)
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	}, ByBot, nil, "")
	f("sends too much", func(c net.Conn) {
		head(c)
		_, _ = c.Write([]byte{0x10, 0xff, 0xff})
		_, _ = io.Copy(io.Discard, c)
	}, Lost, ErrLost, "frame of 65535 bytes, allowed are 2000")
	f("is cut off", func(c net.Conn) {
		head(c)
		_, _ = c.Write([]byte{0x10, 1, 0x40, 0})
		_ = c.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, c)
	}, Lost, ErrLost, "read frame of 320 bytes")
}

// TestNew: what can never work is refused before anything is tried.
func TestNew(t *testing.T) {
	through := fetch.New(fetch.Options{})
	defer through.Close()
	f := func(c Config, want string) {
		t.Helper()
		_, err := New(c, through)
		if err == nil {
			err = errors.New("")
		}
		if !strings.HasPrefix(err.Error(), want) || want == "" && err.Error() != "" || strings.Contains(err.Error(), secret) {
			t.Errorf("%+v: %q, want %q", c, err, want)
		}
	}
	f(Config{URL: "wss://bot.test/" + secret, Dialect: "twilio"}, "")
	f(Config{URL: "wss://bot.test", Dialect: "audio_fork", Rate: 48000, Tracks: Both}, "")
	f(Config{URL: "tcp://bot.test:9092", Dialect: "audiosocket"}, "")
	f(Config{URL: "wss://bot.test", Dialect: "twillio"}, `stream: dialect "twillio": there are twilio, audio_fork, audio_stream, jambonz, audiosocket`)
	f(Config{Dialect: "twilio"}, "stream: url: not an address")
	f(Config{URL: "wss://%zz" + secret, Dialect: "twilio"}, "stream: url: not an address")
	f(Config{URL: "https://bot.test", Dialect: "twilio"}, `stream: url: scheme "https"`)
	f(Config{URL: "ws://bot.test", Dialect: "twilio"}, `stream: fetch: scheme "http": forbidden`)
	f(Config{URL: "wss://u:" + secret + "@bot.test", Dialect: "twilio"}, "stream: fetch from bot.test: a password")
	f(Config{URL: "tcp://bot.test", Dialect: "audiosocket"}, "stream: url: no port")
	f(Config{URL: "tcp://bot.test:1", Dialect: "audiosocket", Tracks: Both}, "stream: tracks: dialect audiosocket")
	f(Config{URL: "wss://bot.test", Dialect: "twilio", Rate: 44100}, "stream: rate 44100: dialect twilio has [8000 16000]")
	f(Config{URL: "wss://bot.test", Dialect: "twilio", Tracks: 7}, "stream: tracks 7")
	f(Config{URL: "wss://bot.test", Dialect: "twilio", Header: http.Header{"Upgrade": {"x"}}}, "stream: header Upgrade")

	s, err := New(Config{URL: "wss://bot.test", Dialect: "twilio", TwoWay: true}, through)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Run(t.Context(), quiet{}, nil, Hooks{}); err == nil {
		t.Error("two ways without a mouth")
	}
}
