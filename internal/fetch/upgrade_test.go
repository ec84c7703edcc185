package fetch

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
)

// TestUpgrade: the addresses of sockets pass the check that all addresses do.
func TestUpgrade(t *testing.T) {
	f := func(opts Options, address, want string) {
		t.Helper()
		c := New(opts)
		defer c.Close()
		client, u, err := c.Upgrade(address)
		switch {
		case want == "" || strings.HasPrefix(want, "http"):
			if err != nil || client == nil || u.String() != want {
				t.Errorf("%s: %v, %v, want %s", address, u, err, want)
			}
		case !errors.Is(err, ErrForbidden) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: %v, want %s", address, err, want)
		}
	}
	f(Options{}, "wss://bot.test/a?b=c", "https://bot.test/a?b=c")
	f(Options{}, "ws://bot.test/secret", "scheme")
	f(Options{PlainOK: true}, "ws://bot.test/a", "http://bot.test/a")
	f(Options{}, "ftp://bot.test/secret", "scheme")
	f(Options{}, "wss://u:secret@bot.test/", "password")
	f(Options{}, "wss://127.1/secret", "not an address")
	f(Options{}, "wss:///secret", "no host")
	f(Options{}, "wss://%zzsecret", "not a URL")
	f(Options{}, "wss://bot.test/"+strings.Repeat("x", 3000), "address of 3015 bytes")
	f(Options{Hosts: []string{"ok.test"}}, "wss://bot.test/secret", "not on the list")
}

// TestDial: so do those of plain connections, and what they resolve to.
func TestDial(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	f := func(opts Options, address string, want error) {
		t.Helper()
		c := New(opts)
		defer c.Close()
		conn, err := c.Dial(context.Background(), address)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", address, err, want)
		}
		if err == nil {
			conn.Close()
		}
	}
	f(Options{Networks: loopback}, l.Addr().String(), nil)
	f(Options{Networks: loopback, Resolver: answers("127.0.0.1")}, "bot.test:"+port, nil)
	f(Options{Networks: loopback, Resolver: answers("127.0.0.1 10.0.0.1")}, "bot.test:"+port, ErrForbidden)
	f(Options{Resolver: answers("127.0.0.1")}, "bot.test:"+port, ErrForbidden)
	f(Options{}, l.Addr().String(), ErrForbidden)
	f(Options{Networks: loopback, Hosts: []string{"ok.test"}}, l.Addr().String(), ErrForbidden)
}
