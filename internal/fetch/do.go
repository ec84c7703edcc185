package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
)

// Request is more than getting something.
type Request struct {
	Method  string
	Address string
	Header  http.Header // goes to the host of the address and to no other
	Body    []byte
}

// Answer is what a server said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do asks a server and takes whatever it answers: a status other than 200 is no
// error. Where a redirection leads to another host, the request's headers are left
// behind, but for those that say what its body is. Errors are as those of Get.
func (c *Client) Do(ctx context.Context, r Request, limits Limits) (*Answer, error) {
	return c.ask(ctx, r, limits, readBody)
}

func (c *Client) ask(ctx context.Context, r Request, limits Limits, read func(*http.Response, Limits) ([]byte, error)) (*Answer, error) {
	if limits.Bytes <= 0 {
		limits.Bytes = DefaultBytes
	}
	if limits.Timeout <= 0 {
		limits.Timeout = DefaultTimeout
	}
	u, err := c.check(r.Address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, u.String(), bytes.NewReader(r.Body))
	if err != nil {
		return nil, fmt.Errorf("fetch from %s: %w", u.Host, err)
	}
	req.Header.Set("User-Agent", "Trunkline")
	for name, values := range r.Header {
		req.Header[http.CanonicalHeaderKey(name)] = values
	}
	client := http.Client{Transport: c.transport, CheckRedirect: c.redirect(limits.Redirects)}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("fetch from %s: %w", u.Host, withoutAddress(err))
	}
	defer res.Body.Close()
	body, err := read(res, limits)
	if err != nil {
		return nil, fmt.Errorf("fetch from %s: %w", res.Request.URL.Host, withoutAddress(err))
	}
	return &Answer{Status: res.StatusCode, Header: res.Header, Body: body}, nil
}

// strip takes off what another host than the one first asked has no business with.
func strip(req, first *http.Request) {
	if req.URL.Host == first.URL.Host {
		return
	}
	for name := range req.Header {
		switch name {
		case "Content-Type", "Content-Length", "Accept", "User-Agent":
		default:
			if !handshake(name) {
				req.Header.Del(name)
			}
		}
	}
}

// handshake reports whether a header asks for a WebSocket (RFC 6455 §4.1): it is the
// connection's, and tells nothing of whoever sent it.
func handshake(name string) bool {
	return name == "Connection" || name == "Upgrade" || strings.HasPrefix(name, "Sec-Websocket-")
}
