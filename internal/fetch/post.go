package fetch

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
)

// Post sends a body to an address and returns the answer, under the same rules as Get. Redirections
// are not followed, whatever the limits say: what is sent is meant for this address alone. Errors
// name the host and neither the rest of the address nor what was sent.
func (c *Client) Post(ctx context.Context, address string, header http.Header, body []byte, limits Limits) (*Response, error) {
	if limits.Bytes <= 0 {
		limits.Bytes = DefaultBytes
	}
	if limits.Timeout <= 0 {
		limits.Timeout = DefaultTimeout
	}
	u, err := c.check(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, limits.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("post to %s: %w", u.Host, err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("User-Agent", "Trunkline")
	client := http.Client{Transport: c.transport, CheckRedirect: c.redirect(0)}
	res, err := client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("post to %s: %w", u.Host, withoutAddress(err))
	}
	defer res.Body.Close()
	answer, err := read(res, limits)
	if err != nil {
		return nil, fmt.Errorf("post to %s: %w", u.Host, withoutAddress(err))
	}
	return &Response{Body: answer, Header: res.Header}, nil
}
