// Package client asks the HTTP API of a running server, for the commands that look
// at one from outside. It speaks to the one address it was given, follows nobody
// elsewhere, and turns a problem into an error in the server's own words.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"trunkline/api/problem"
)

// Flags say where the server is.
type Flags struct {
	API       string `name:"api" default:"http://127.0.0.1:8080" placeholder:"URL" help:"Where the server's API listens."`
	TokenFile string `type:"path" placeholder:"FILE" help:"File with the API's token; without it TRUNKLINE_API_TOKEN is taken from the environment."`
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

// Get returns the body of what is at a path, such as "/v1/trunks".
func (f Flags) Get(ctx context.Context, path string) ([]byte, error) {
	return f.ask(ctx, http.MethodGet, path, nil)
}

// Post sends body, as JSON, and returns the answer.
func (f Flags) Post(ctx context.Context, path string, body any) ([]byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", f.API, err)
	}
	return f.ask(ctx, http.MethodPost, path, text)
}

func (f Flags) ask(ctx context.Context, method, path string, text []byte) ([]byte, error) {
	body, err := f.send(ctx, method, path, text)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", f.API, err)
	}
	return body, nil
}

func (f Flags) send(ctx context.Context, method, path string, text []byte) ([]byte, error) {
	token, err := f.token()
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(f.API)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("%q is no address such as http://127.0.0.1:8080", f.API)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base.String(), "/")+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	if text != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	// The token is for this server: a redirection would carry it elsewhere.
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := c.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return body, nil
	}
	var p problem.Problem
	if json.NewDecoder(bytes.NewReader(body)).Decode(&p) != nil || p.Title == "" {
		return nil, fmt.Errorf("the answer is %s", res.Status)
	}
	why := errors.New(cmp.Or(p.Detail, p.Title))
	for _, m := range p.Errors {
		why = fmt.Errorf("%w\n%s: %s", why, m.Location, m.Message)
	}
	return nil, why
}

func (f Flags) token() (string, error) {
	if f.TokenFile == "" {
		return os.Getenv("TRUNKLINE_API_TOKEN"), nil
	}
	text, err := os.ReadFile(f.TokenFile)
	return strings.TrimSpace(string(text)), err
}
