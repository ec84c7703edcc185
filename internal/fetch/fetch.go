// Package fetch gets what somebody else told us the address of: certificates of
// callers, prompts, answers to webhooks. There is one Client for all of it, so that
// no such address leads into networks it has no business in.
//
// A Client speaks http and https only. It decides on the address that a connection
// is about to be made to, after resolution and inside the dialler: there is no
// second look-up that could say something else (DNS rebinding), and no way of
// writing an address (decimal, octal, mapped to IPv6) that would be read in two ways.
// Redirections are connections like the first and pass the same check. It uses no
// proxy, keeps no cookies, sends no credentials, and reads no more than it was told.
//
// Client is made once by cmd and handed down; it may be used by any goroutine.
// Close ends its idle connections.
package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Options say where a Client may go. The zero Options allow the public Internet.
type Options struct {
	Networks []netip.Prefix // reachable although they are private
	Hosts    []string       // when there are any, no other host is asked; ".example.com" is all below it
	Resolver Resolver       // default net.DefaultResolver
	TLS      *tls.Config    // default: the system's roots
	PlainOK  bool           // http beside https
	PerHost  int            // connections to one host at a time; default 8
}

// Resolver looks names up.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

// Limits bound one fetch. Zero fields have the default.
type Limits struct {
	Bytes     int64         // of the body; default 64 kB
	Timeout   time.Duration // for all of it, redirections and body included; default 5 s
	Redirects int           // default none
	Types     []string      // of Get: media types that are taken, such as "application/pkix-cert"; none takes all
}

// Defaults of Limits.
const (
	DefaultBytes   = 64 << 10
	DefaultTimeout = 5 * time.Second
)

// What can be wrong with a fetch, for errors.Is.
var (
	ErrForbidden = errors.New("forbidden")           // address, host or scheme
	ErrTooLarge  = errors.New("too large")           // body
	ErrType      = errors.New("type is not wanted")  // Content-Type
	ErrStatus    = errors.New("status is not a 200") // or a redirection too many
)

// Client fetches.
type Client struct {
	opts      Options
	transport *http.Transport
}

// New returns a client.
func New(opts Options) *Client {
	c := &Client{opts: opts}
	if c.opts.Resolver == nil {
		c.opts.Resolver = net.DefaultResolver
	}
	if c.opts.PerHost <= 0 {
		c.opts.PerHost = 8
	}
	c.transport = &http.Transport{
		Proxy:                  nil, // what stands in the environment is not asked
		DialContext:            c.dial,
		TLSClientConfig:        opts.TLS.Clone(),
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // a small body must not become a large one
		MaxResponseHeaderBytes: 32 << 10,
		MaxConnsPerHost:        c.opts.PerHost,
		MaxIdleConns:           16,
		IdleConnTimeout:        30 * time.Second,
	}
	return c
}

// Close closes idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Response is what was fetched.
type Response struct {
	Body   []byte
	Header http.Header
}

// Get fetches what is at an address. Errors name the host and never the rest of
// the address, which may hold secrets.
func (c *Client) Get(ctx context.Context, address string, limits Limits) (*Response, error) {
	a, err := c.ask(ctx, Request{Method: http.MethodGet, Address: address}, limits, read)
	if err != nil {
		return nil, err
	}
	return &Response{Body: a.Body, Header: a.Header}, nil
}

// withoutAddress takes off what net/http puts around an error.
func withoutAddress(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// check reads an address and refuses what is no business of ours.
func (c *Client) check(address string) (*url.URL, error) {
	if len(address) > 2048 {
		return nil, fmt.Errorf("fetch: address of %d bytes: %w", len(address), ErrForbidden)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("fetch: address is not a URL: %w", ErrForbidden)
	}
	return u, c.checkURL(u)
}

func (c *Client) checkURL(u *url.URL) error {
	host := strings.ToLower(u.Hostname())
	switch {
	case u.Scheme != "https" && !(u.Scheme == "http" && c.opts.PlainOK):
		return fmt.Errorf("fetch: scheme %.20q: %w", u.Scheme, ErrForbidden)
	case host == "" || u.Opaque != "":
		return fmt.Errorf("fetch: no host: %w", ErrForbidden)
	case u.User != nil:
		return fmt.Errorf("fetch from %.80s: a password in the address: %w", host, ErrForbidden)
	case strings.Contains(host, "%"):
		return fmt.Errorf("fetch from %.80s: a zone in the address: %w", host, ErrForbidden)
	case numeric(host):
		return fmt.Errorf("fetch from %.80s: not an address as it is written: %w", host, ErrForbidden)
	case !c.mayAsk(host):
		return fmt.Errorf("fetch from %.80s: host is not on the list: %w", host, ErrForbidden)
	}
	return nil
}

// numeric reports a host that some resolvers read as an address and others do not:
// 2130706433, 0x7f.1, 0177.0.0.1, 127.1. No domain ends in a number
// (RFC 3696 §2), so that what is not four plain decimals is refused.
func numeric(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return false
	}
	host = strings.TrimSuffix(host, ".")
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == "" || last[0] >= '0' && last[0] <= '9'
}

// mayAsk reports whether a host is on the list, or there is none.
func (c *Client) mayAsk(host string) bool {
	host = strings.TrimSuffix(host, ".")
	return len(c.opts.Hosts) == 0 || slices.ContainsFunc(c.opts.Hosts, func(allowed string) bool {
		allowed = strings.ToLower(allowed)
		if strings.HasPrefix(allowed, ".") {
			return strings.HasSuffix(host, allowed)
		}
		return host == allowed
	})
}

// redirect checks where a redirection leads before it is followed.
func (c *Client) redirect(most int) func(*http.Request, []*http.Request) error {
	return func(req *http.Request, via []*http.Request) error {
		if len(via) > most {
			return fmt.Errorf("redirection to %.80s: %w", req.URL.Hostname(), ErrStatus)
		}
		if via[0].URL.Scheme == "https" && req.URL.Scheme != "https" {
			return fmt.Errorf("redirection from https to %.20s: %w", req.URL.Scheme, ErrForbidden)
		}
		req.Header.Del("Referer")
		strip(req, via[0])
		return c.checkURL(req.URL)
	}
}

// read takes the body, if it is wanted and not too large.
func read(res *http.Response, limits Limits) ([]byte, error) {
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d: %w", res.StatusCode, ErrStatus)
	}
	if len(limits.Types) > 0 {
		kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
		if err != nil || !slices.Contains(limits.Types, kind) {
			return nil, fmt.Errorf("content type %.60q: %w", res.Header.Get("Content-Type"), ErrType)
		}
	}
	return readBody(res, limits)
}

func readBody(res *http.Response, limits Limits) ([]byte, error) {
	if res.ContentLength > limits.Bytes && res.Request.Method != http.MethodHead {
		return nil, fmt.Errorf("body of %d bytes, allowed are %d: %w", res.ContentLength, limits.Bytes, ErrTooLarge)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, limits.Bytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > limits.Bytes {
		return nil, fmt.Errorf("body of more than %d bytes: %w", limits.Bytes, ErrTooLarge)
	}
	return body, nil
}
