// Package load is the SIP side of a load generator: it places and takes calls by
// the thousand, and leaves their sound to others.
//
// An Endpoint is one UDP socket and one goroutine that reads it, for as many
// calls as there are. It speaks as much SIP as a server on the same machine needs
// to hear; datagrams that get lost are sent again. It says where the far side
// wants its sound, and asks its owner where ours is. Any goroutine may use it.
// Only benchmarks do: nothing here is part of the product.
package load

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"trunkline/codecs"
)

// Endpoint places and takes calls.
type Endpoint struct {
	conn   *net.UDPConn
	self   netip.AddrPort
	answer func(caller string, offer Stream) Stream
	reader sync.WaitGroup

	mu     sync.Mutex
	waits  map[string]chan message // for responses, by Call-ID and method
	taken  map[string][]byte       // our answers, by Call-ID: a request may come twice
	number int
	ended  int // calls that the far side ended
}

// Listen makes an endpoint at addr. answer says where the sound of a call that is
// taken goes to and which codec it has; nil takes none.
func Listen(addr string, answer func(caller string, offer Stream) Stream) (*Endpoint, error) {
	at, err := netip.ParseAddrPort(addr)
	if err != nil {
		return nil, err
	}
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	conn.SetReadBuffer(4 << 20) // less is granted: what is lost is sent again
	e := &Endpoint{
		conn: conn, self: conn.LocalAddr().(*net.UDPAddr).AddrPort(), answer: answer,
		waits: map[string]chan message{}, taken: map[string][]byte{},
	}
	e.reader.Go(e.read)
	return e, nil
}

// Close ends the endpoint; its calls are not told.
func (e *Endpoint) Close() error {
	err := e.conn.Close()
	e.reader.Wait()
	return err
}

// Ended returns how many calls the far side has ended.
func (e *Endpoint) Ended() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ended
}

// read takes every datagram until the socket is closed.
func (e *Endpoint) read() {
	buf := make([]byte, 65536)
	for {
		n, from, err := e.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		m, err := parse(buf[:n])
		if err != nil {
			continue
		}
		if m.status() == 0 {
			e.request(m, from)
		} else if m.status() >= 200 {
			e.response(m)
		}
	}
}

// response hands a final response to whoever waits for it.
func (e *Endpoint) response(m message) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if wait := e.waits[m.get("call-id")+" "+m.method()]; wait != nil {
		select {
		case wait <- m:
		default: // it came twice
		}
	}
}

// request answers a request.
func (e *Endpoint) request(m message, from netip.AddrPort) {
	id := m.get("call-id")
	switch m.method() {
	case "ACK":
	case "INVITE":
		e.mu.Lock()
		reply := e.taken[id]
		if reply == nil {
			reply = e.take(m)
			e.taken[id] = reply
		}
		e.mu.Unlock()
		e.conn.WriteToUDPAddrPort(reply, from) // lost: the INVITE comes again
	case "BYE":
		e.mu.Lock()
		e.ended++
		delete(e.taken, id)
		e.mu.Unlock()
		fallthrough
	default:
		e.conn.WriteToUDPAddrPort(m.answer("200 OK", "t", "", ""), from)
	}
}

// take answers a call.
func (e *Endpoint) take(m message) []byte {
	offer, err := understand(m.body)
	if err != nil || e.answer == nil {
		return m.answer("488 Not Acceptable Here", "t", "", "")
	}
	return m.answer("200 OK", "t", "uas@"+e.self.String(), describe(e.answer(user(m.get("from")), offer)))
}

// Call is an established call that we placed.
type Call struct {
	Stream // of the far side
	Took   time.Duration

	e            *Endpoint
	id, from, to string
	target       string // of requests within the dialog
	server       netip.AddrPort
}

// Patience: how long to wait for an answer, and when to send again meanwhile.
const (
	patience = 8 * time.Second
	again    = 500 * time.Millisecond
)

// Place calls a number at server with our sound at sound, and waits until it is
// answered.
func (e *Endpoint) Place(ctx context.Context, server netip.AddrPort, caller, number string, sound netip.AddrPort) (*Call, error) {
	e.mu.Lock()
	e.number++
	c := &Call{e: e, server: server, id: fmt.Sprintf("%d-%d@%s", time.Now().UnixNano(), e.number, e.self)}
	e.mu.Unlock()
	c.from = fmt.Sprintf("<sip:%s@%s>;tag=%d", caller, e.self, time.Now().UnixNano())
	c.to = fmt.Sprintf("<sip:%s@%s>", number, server)
	c.target = uri(c.to)
	offer := describe(Stream{To: sound, Type: 0, Codec: codecs.PCMU, Events: 101})
	begun := time.Now()
	m, err := c.ask(ctx, "INVITE", 1, offer)
	if err != nil {
		return nil, err
	}
	c.Took = time.Since(begun)
	c.to = m.get("to")
	if target := uri(m.get("contact")); target != "" {
		c.target = target
	}
	if _, err := e.conn.WriteToUDPAddrPort(c.request("ACK", 1, ""), server); err != nil {
		return nil, err
	}
	if m.status() != 200 {
		return nil, fmt.Errorf("call %s: %s", number, strings.TrimPrefix(m.first, "SIP/2.0 "))
	}
	c.Stream, err = understand(m.body)
	return c, err
}

// End hangs up.
func (c *Call) End(ctx context.Context) error {
	m, err := c.ask(ctx, "BYE", 2, "")
	if err == nil && m.status() != 200 && m.status() != 481 { // 481: the far side was first
		err = fmt.Errorf("end call: %s", m.first)
	}
	return err
}

// ask sends a request until there is a final response.
func (c *Call) ask(ctx context.Context, method string, seq int, body string) (message, error) {
	wait, key := make(chan message, 1), c.id+" "+method
	c.e.mu.Lock()
	c.e.waits[key] = wait
	c.e.mu.Unlock()
	defer func() {
		c.e.mu.Lock()
		delete(c.e.waits, key)
		c.e.mu.Unlock()
	}()
	text := c.request(method, seq, body)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if _, err := c.e.conn.WriteToUDPAddrPort(text, c.server); err != nil {
			return message{}, err
		}
		select {
		case m := <-wait:
			return m, nil
		case <-ctx.Done():
			return message{}, context.Cause(ctx)
		case <-time.After(again):
		}
	}
	return message{}, fmt.Errorf("%s: no answer", method)
}

// request writes a request of the call.
func (c *Call) request(method string, seq int, body string) []byte {
	var s strings.Builder
	fmt.Fprintf(&s, "%s %s SIP/2.0\r\n", method, c.target)
	branch := fmt.Sprintf("z9hG4bK%s%d%s", strings.ReplaceAll(c.id, "@", "."), seq, method)
	fmt.Fprintf(&s, "via: SIP/2.0/UDP %s;branch=%s;rport\r\nmax-forwards: 70\r\n", c.e.self, branch)
	fmt.Fprintf(&s, "from: %s\r\nto: %s\r\ncall-id: %s\r\ncseq: %d %s\r\ncontact: <sip:uac@%s>\r\n", c.from, c.to, c.id, seq, method, c.e.self)
	return finish(&s, body)
}
