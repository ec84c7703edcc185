// Package signal makes calls without sound, by the thousand each second: the load
// under which the signalling of a server is measured.
//
// Caller and Callee are a socket and a goroutine or two each. They speak as much
// SIP as a server on the same machine needs to hear, and copy bytes where a stack
// would parse: a call costs them a small part of what it costs the server. Serve
// plays both in a process of its own, which the benchmark puts on another
// processor than the server's. Nothing here is part of the product.
package signal

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Caller places calls. Its methods are for one goroutine.
type Caller struct {
	conn   *net.UDPConn
	self   string
	server netip.AddrPort
	number string
	work   sync.WaitGroup
	done   chan struct{}

	mu    sync.Mutex
	next  int
	calls map[int]*call
	kept  []*call // up, and not to be ended yet
	tally Tally
	took  []float64 // ms to the 200
	sent  []float64 // ms to the 503
	rests []rest
	ended func() // called, with mu held, when another call may follow one that is not kept
	up    func() // the same of one that is kept, when it is up
}

// rest is the place of a call that was refused, with the time when the next may be
// tried. Nobody tries again before he was told to.
type rest struct {
	until time.Time
	keep  bool
}

// Tally is what became of calls.
type Tally struct {
	Done     int     `json:"done"`
	Failed   int     `json:"failed"`
	Refused  int     `json:"refused"`  // 503: there is too much to do
	Rude     int     `json:"rude"`     // of these, those that did not say when to try again
	Repeated int     `json:"repeated"` // messages sent again
	Seconds  float64 `json:"seconds"`
	P50      float64 `json:"p50"` // ms from INVITE to 200
	P99      float64 `json:"p99"`
	Max      float64 `json:"max"`
	No99     float64 `json:"no_p99"` // ms from INVITE to 503
}

// call is one that is not over.
type call struct {
	id       int
	keep     bool
	begun    time.Time
	to       []byte // of the 200, with its tag
	uri      string
	routes   string
	waits    []byte // the request that is not answered yet
	again    time.Time
	interval time.Duration
	invited  bool // the INVITE has had its final answer
}

// NewCaller opens a caller at addr, for calls to number at server.
func NewCaller(addr, server netip.AddrPort, number string) (*Caller, error) {
	conn, err := listen(addr)
	if err != nil {
		return nil, err
	}
	c := &Caller{
		conn: conn, self: conn.LocalAddr().String(), server: server, number: number, done: make(chan struct{}),
		calls: map[int]*call{}, ended: func() {}, up: func() {},
	}
	c.work.Go(c.read)
	c.work.Go(c.repeat)
	return c, nil
}

// Close ends it; calls that are up are not told.
func (c *Caller) Close() error {
	close(c.done)
	err := c.conn.Close()
	c.work.Wait()
	return err
}

// t1 is how long to wait before a message is sent again, give how long in all.
const (
	t1   = 500 * time.Millisecond
	give = 8 * time.Second
)

// place sends an INVITE. With mu held.
func (c *Caller) place(keep bool) {
	k := &call{id: c.next, keep: keep, begun: time.Now()}
	c.next++
	c.calls[k.id] = k
	c.ask(k, c.request(k, "INVITE", 1, sdp))
}

// request writes a request of a call's.
func (c *Caller) request(k *call, method string, seq int, body string) []byte {
	uri, to, kind := k.uri, k.to, ""
	if uri == "" {
		uri = "sip:" + c.number + "@" + c.server.String()
	}
	if to == nil {
		to = []byte("<sip:" + c.number + "@" + c.server.String() + ">")
	}
	if body != "" {
		kind = "Content-Type: application/sdp\r\n"
	}
	return fmt.Appendf(nil, "%[1]s %[2]s SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[4]d.%[5]d.%[9]d%[1]s\r\n%[6]s"+
		"Max-Forwards: 70\r\nFrom: <sip:uac@%[3]s>;tag=uac%[4]d\r\nTo: %[7]s\r\nCall-ID: %[4]d.%[9]d\r\nCSeq: %[5]d %[1]s\r\n"+
		"Contact: <sip:uac@%[3]s>\r\n%[8]sContent-Length: %[10]d\r\n\r\n%[11]s",
		method, uri, c.self, k.id, seq, k.routes, to, kind, os.Getpid(), len(body), body)
}

// ask sends a request until it is answered. With mu held.
func (c *Caller) ask(k *call, request []byte) {
	k.waits, k.interval = request, t1
	k.again = time.Now().Add(t1)
	c.conn.WriteToUDPAddrPort(request, c.server)
}

func (c *Caller) read() {
	buf := make([]byte, 65536)
	for {
		n, from, err := c.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		m := buf[:n]
		code := status(m)
		if code == 0 {
			if !bytes.HasPrefix(m, []byte("ACK ")) {
				c.conn.WriteToUDPAddrPort(answerTo(m, "200 OK", "", ""), from)
			}
			continue
		}
		name, _, _ := bytes.Cut(header(m, "Call-ID"), []byte("."))
		id, err := strconv.Atoi(string(name))
		if err != nil {
			continue
		}
		c.mu.Lock()
		if k := c.calls[id]; k != nil {
			c.answered(k, code, m, bytes.HasSuffix(header(m, "CSeq"), []byte("INVITE")))
		}
		c.mu.Unlock()
	}
}

// answered takes a response in. With mu held.
func (c *Caller) answered(k *call, code int, m []byte, toInvite bool) {
	switch {
	case code < 200:
		if toInvite && !k.invited {
			k.again = time.Now().Add(give) // it is on its way
		}
	case !toInvite:
		c.finish(k, code == 200)
	case code >= 300:
		k.to = bytes.Clone(header(m, "To"))
		c.conn.WriteToUDPAddrPort(c.request(k, "ACK", 1, ""), c.server)
		if code == 503 {
			c.refused(k, header(m, "Retry-After"))
			return
		}
		c.finish(k, false)
	case k.invited: // the 200 again
		c.conn.WriteToUDPAddrPort(c.request(k, "ACK", 1, ""), c.server)
	default:
		c.established(k, m)
	}
}

// established takes the 200 in. With mu held.
func (c *Caller) established(k *call, m []byte) {
	k.invited, k.waits = true, nil
	k.to, k.uri = bytes.Clone(header(m, "To")), target(header(m, "Contact"))
	routes := headers(m, "Record-Route")
	slices.Reverse(routes)
	for _, r := range routes {
		k.routes += "Route: " + string(r) + "\r\n"
	}
	c.took = append(c.took, float64(time.Since(k.begun).Microseconds())/1000)
	c.conn.WriteToUDPAddrPort(c.request(k, "ACK", 1, ""), c.server)
	if k.keep {
		c.kept = append(c.kept, k)
		c.up()
		return
	}
	c.ask(k, c.request(k, "BYE", 2, ""))
}

// usualRest is how long who is refused stays away when he was not told.
const usualRest = 3 * time.Second

// refused forgets a call there was no room for; its place rests. With mu held.
func (c *Caller) refused(k *call, retryAfter []byte) {
	delete(c.calls, k.id)
	c.tally.Refused++
	c.sent = append(c.sent, float64(time.Since(k.begun).Microseconds())/1000)
	away := usualRest
	if n, err := strconv.Atoi(string(retryAfter)); err == nil {
		away = time.Duration(n) * time.Second
	} else {
		c.tally.Rude++
	}
	c.rests = append(c.rests, rest{time.Now().Add(away), k.keep})
}

// rouse lets calls follow on those that were refused long enough ago. With mu held.
func (c *Caller) rouse(now time.Time) {
	resting := c.rests
	c.rests = nil
	for _, r := range resting {
		switch {
		case now.Before(r.until):
			c.rests = append(c.rests, r)
		case r.keep:
			c.place(true)
		default:
			c.ended()
		}
	}
}

// finish forgets a call. With mu held.
func (c *Caller) finish(k *call, well bool) {
	delete(c.calls, k.id)
	if well {
		c.tally.Done++
	} else {
		c.tally.Failed++
	}
	if k.keep && !k.invited {
		c.up()
		return
	}
	c.ended()
}

// repeat sends again what was lost.
func (c *Caller) repeat() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var now time.Time
		select {
		case <-c.done:
			return
		case now = <-tick.C:
		}
		c.mu.Lock()
		for _, k := range c.calls {
			if k.waits == nil || now.Before(k.again) {
				continue
			}
			if k.interval *= 2; k.interval >= give {
				c.finish(k, false)
				continue
			}
			k.again = now.Add(k.interval)
			c.tally.Repeated++
			c.conn.WriteToUDPAddrPort(k.waits, c.server)
		}
		c.rouse(now)
		c.mu.Unlock()
	}
}
