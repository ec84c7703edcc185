package fetch

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// Redirections is how many redirections an Upgrade follows.
const Redirections = 3

// Upgrade checks the address of something that begins as HTTP and goes on as a
// protocol of its own, such as a WebSocket (ws, wss), and returns what to ask it
// with: a client that keeps the rules of this one, for one connection. Its
// redirections pass the same check. Errors name the host and never the rest.
func (c *Client) Upgrade(address string) (*http.Client, *url.URL, error) {
	if len(address) > 2048 {
		return nil, nil, fmt.Errorf("fetch: address of %d bytes: %w", len(address), ErrForbidden)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, nil, fmt.Errorf("fetch: address is not a URL: %w", ErrForbidden)
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	}
	if err := c.checkURL(u); err != nil {
		return nil, nil, err
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil, // what stands in the environment is not asked
			DialContext:            c.dial,
			TLSClientConfig:        c.opts.TLS.Clone(),
			DisableKeepAlives:      true, // the connection is the caller's, or closed
			DisableCompression:     true,
			TLSHandshakeTimeout:    10 * time.Second,
			MaxResponseHeaderBytes: 32 << 10,
		},
		CheckRedirect: c.redirect(Redirections),
	}, u, nil
}

// Dial connects to "host:port" by TCP, by the same rules: a listed host, and no
// address that is not public or allowed.
func (c *Client) Dial(ctx context.Context, address string) (net.Conn, error) {
	u := url.URL{Scheme: "https", Host: address}
	if err := c.checkURL(&u); err != nil {
		return nil, err
	}
	return c.dial(ctx, "tcp", address)
}
