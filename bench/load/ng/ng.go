// Package ng speaks rtpengine's control protocol, as far as a comparison needs
// it: bencoded dictionaries over UDP, each request with a cookie that comes back
// with its answer.
//
// It was written from rtpengine's manual ("The ng Control Protocol"). A Client
// owns one socket and serves one goroutine. Only the benchmarks use it: nothing
// here is part of the product.
package ng

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

// Client asks one rtpengine.
type Client struct {
	conn net.Conn
	last int
}

// Dial makes a client for the rtpengine that listens at addr.
func Dial(addr string) (*Client, error) {
	conn, err := net.Dial("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("reach rtpengine: %w", err)
	}
	return &Client{conn: conn}, nil
}

// Close gives the socket back.
func (c *Client) Close() error { return c.conn.Close() }

// The patience of Do: rtpengine answers the same cookie the same way, so that
// asking again does no harm.
const (
	tries   = 20
	timeout = 500 * time.Millisecond

	breather = 100 * time.Millisecond
)

// Do asks for a command and returns the answer, or an error when there was none
// or its result is "error".
func (c *Client) Do(command string, args map[string]any) (map[string]any, error) {
	c.last++
	cookie := strconv.Itoa(c.last) + " "
	args["command"] = command
	request := Append([]byte(cookie), args)
	answer := make([]byte, 65536)
	var err error
	for range tries {
		if _, err = c.conn.Write(request); err != nil {
			time.Sleep(breather) // refused: it is not up yet
			continue
		}
		if err = c.conn.SetReadDeadline(time.Now().Add(timeout)); err != nil {
			break
		}
		for {
			var n int
			if n, err = c.conn.Read(answer); err != nil {
				break
			}
			if text, ours := bytes.CutPrefix(answer[:n], []byte(cookie)); ours {
				return result(command, text)
			}
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			time.Sleep(breather) // refused, as the next look at the socket tells
		}
	}
	return nil, fmt.Errorf("ask rtpengine to %s: %w", command, err)
}

func result(command string, text []byte) (map[string]any, error) {
	v, err := Decode(text)
	if err != nil {
		return nil, fmt.Errorf("ask rtpengine to %s: %w", command, err)
	}
	d, ok := v.(map[string]any)
	switch {
	case !ok:
		return nil, fmt.Errorf("ask rtpengine to %s: the answer is no dictionary", command)
	case d["result"] == "error":
		return nil, fmt.Errorf("ask rtpengine to %s: %v", command, d["error-reason"])
	}
	return d, nil
}
