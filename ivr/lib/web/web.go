// Package web is how flows reach web services: through the guarded client of
// package fetch, with secrets that no script sees, so many at a time.
//
// cmd makes one Client of the configuration; package lib hands it what scripts
// want. It may be used by any goroutine; Do blocks until there is an answer, an
// error, or the end of its context.
package web

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"trunkline/internal/fetch"
)

// Options are the configuration's. Zero fields have the default.
type Options struct {
	Fetch      fetch.Options // where it may go
	Timeout    time.Duration // of a request that names none; default 5 s
	Bytes      int64         // of an answer, of a request that names no size; default 64 kB
	Concurrent int           // requests at a time; default 64
	Queue      int           // requests that may wait for one of those; default 256; below 0 none
	Secrets    map[string]Secret
}

// Secret is what proves to a service who we are.
type Secret struct {
	Header, Value string   // what is sent
	Hosts         []string // to whom; nobody else ever gets it
}

// Request is what a script wants.
type Request struct {
	Method  string
	URL     string
	Header  http.Header
	Body    []byte
	Auth    string        // name of a secret; "" is none
	Timeout time.Duration // for all of it, waiting for its turn included; 0 is the default
	Bytes   int64         // of the answer; 0 is the default
}

// Answer is what a service said.
type Answer = fetch.Answer

// Codes of an Error.
const (
	CodeTimeout     = "timeout"
	CodeRefused     = "refused"     // nobody listens there
	CodeUnreachable = "unreachable" // no such host, no way there, a connection that broke
	CodeTooLarge    = "too_large"
	CodeBlocked     = "blocked" // the configuration does not let us go there
	CodeInvalid     = "invalid" // not an address; not HTTP, or a certificate that is not to be trusted
	CodeBusy        = "busy"    // too many at a time
	CodeHangup      = "hangup"  // the call ended first
)

// Error says why there is no answer. Its text names the host and neither the rest
// of the address nor a secret.
type Error struct{ Code, Text string }

func (e *Error) Error() string { return e.Text }

func failed(code, format string, args ...any) *Error {
	return &Error{Code: code, Text: fmt.Sprintf(format, args...)}
}

// The longest and largest that a request may be, and how far redirections lead.
const (
	MostTime      = time.Minute
	MostBytes     = 1 << 20
	mostRedirects = 3
	mostAddress   = 2048
)

// Client asks web services.
type Client struct {
	opts    Options
	fetch   *fetch.Client
	turns   chan struct{}
	waiting atomic.Int64
}

// New makes a client.
func New(o Options) *Client {
	o.Timeout, o.Bytes = orElse(o.Timeout, 5*time.Second), orElse(o.Bytes, 64<<10)
	o.Concurrent, o.Queue = orElse(o.Concurrent, 64), orElse(o.Queue, 256)
	o.Fetch.PerHost = o.Concurrent
	return &Client{opts: o, fetch: fetch.New(o.Fetch), turns: make(chan struct{}, o.Concurrent)}
}

func orElse[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Close closes idle connections.
func (c *Client) Close() { c.fetch.Close() }

// Do asks a service. The error is an *Error.
func (c *Client) Do(ctx context.Context, r Request) (*Answer, error) {
	if len(r.URL) > mostAddress {
		return nil, failed(CodeInvalid, "an address of %d bytes: at most %d", len(r.URL), mostAddress)
	}
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" {
		return nil, failed(CodeInvalid, "this is no address such as https://example.com/a")
	}
	header := r.Header.Clone()
	if r.Auth != "" {
		s, ok := c.opts.Secrets[r.Auth]
		switch {
		case !ok:
			return nil, failed(CodeInvalid, "there is no secret %q", r.Auth)
		case !slices.Contains(s.Hosts, strings.ToLower(u.Hostname())):
			return nil, failed(CodeBlocked, "secret %q is not for %.80s", r.Auth, u.Host)
		case header == nil:
			header = http.Header{}
		}
		header.Set(s.Header, s.Value)
	}
	limits := fetch.Limits{
		Bytes: min(orElse(r.Bytes, c.opts.Bytes), MostBytes), Timeout: min(orElse(r.Timeout, c.opts.Timeout), MostTime), Redirects: mostRedirects,
	}
	within, cancel := context.WithTimeout(ctx, limits.Timeout)
	defer cancel()
	if err := c.turn(within); err != nil {
		return nil, err
	}
	defer func() { <-c.turns }()
	a, err := c.fetch.Do(within, fetch.Request{Method: r.Method, Address: r.URL, Header: header, Body: r.Body}, limits)
	if err != nil {
		return nil, told(ctx, err)
	}
	return a, nil
}

// turn waits for one of the turns, if not too many wait already.
func (c *Client) turn(ctx context.Context) error {
	select {
	case c.turns <- struct{}{}:
		return nil
	default:
	}
	defer c.waiting.Add(-1)
	if c.waiting.Add(1) > int64(c.opts.Queue) {
		return failed(CodeBusy, "%d requests are under way and %d wait", c.opts.Concurrent, max(0, c.opts.Queue))
	}
	select {
	case c.turns <- struct{}{}:
		return nil
	case <-ctx.Done():
		return told(ctx, ctx.Err())
	}
}

// told makes an Error of what went wrong.
func told(ctx context.Context, err error) *Error {
	code := CodeUnreachable
	var slow net.Error
	var unknown x509.UnknownAuthorityError
	var other x509.HostnameError
	var bad x509.CertificateInvalidError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		code = CodeHangup
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &slow) && slow.Timeout():
		code = CodeTimeout
	case errors.Is(err, fetch.ErrForbidden):
		code = CodeBlocked
	case errors.Is(err, fetch.ErrTooLarge):
		code = CodeTooLarge
	case errors.Is(err, syscall.ECONNREFUSED):
		code = CodeRefused
	case errors.Is(err, fetch.ErrStatus), errors.As(err, &unknown), errors.As(err, &other), errors.As(err, &bad),
		strings.Contains(err.Error(), "malformed HTTP"): // net/http has no type for it
		code = CodeInvalid
	}
	return &Error{Code: code, Text: err.Error()}
}
