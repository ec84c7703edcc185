//go:build e2e

package e2e

import (
	netorder "encoding/binary"
	"math"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"trunkline/codecs"
)

// ear is the mouth and ear of a side that SIPp plays: SIPp does the signalling,
// and names the ear's ports in its session descriptions. Where to speak to, in
// which codec and from which of its two ports, the ear reads in the messages that
// SIPp has written down. It hums one tone and keeps what it hears.
type ear struct {
	messages string // SIPp's file
	hz       float64
	work     sync.WaitGroup
	done     chan struct{}
	ports    [2]*earPort
}

// earPort is one of an ear's ports with what was heard there.
type earPort struct {
	conn *net.UDPConn

	mu    sync.Mutex
	ssrc  uint32
	first uint32 // timestamp of the first packet of ssrc
	base  int    // where that packet's sound is
	sound []int16
	next  uint16 // sequence number
	lost  int    // packets, as far as the numbers tell
}

// listenAt opens an ear at an address, humming hz. It ends with the test.
func listenAt(t *testing.T, ip, messages string, hz float64) *ear {
	t.Helper()
	e := &ear{messages: messages, hz: hz, done: make(chan struct{})}
	for i := range e.ports {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 0)))
		if err != nil {
			t.Fatal(err)
		}
		e.ports[i] = &earPort{conn: conn}
		e.work.Go(e.ports[i].listen)
	}
	e.work.Go(e.hum)
	t.Cleanup(func() {
		close(e.done)
		for _, p := range e.ports {
			p.conn.Close()
		}
		e.work.Wait()
	})
	return e
}

func (e *ear) port(i int) int { return e.ports[i].conn.LocalAddr().(*net.UDPAddr).Port }

// heard is what came to a port, in its place: where nothing came is silence.
func (e *ear) heard(i int) []int16 {
	p := e.ports[i]
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]int16(nil), p.sound...)
}

// lost is how many packets did not come to a port between those that did.
func (e *ear) lost(i int) int {
	p := e.ports[i]
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// earLimit bounds what an ear keeps: a minute.
const earLimit = 60 * 8000

func (p *earPort) listen() {
	buf := make([]byte, 2048)
	pcm := make([]int16, 2048)
	for {
		n, err := p.conn.Read(buf)
		if err != nil {
			return
		}
		kind := codecs.PCMU
		if n < 12 || buf[0] != 0x80 {
			continue
		}
		switch buf[1] & 0x7f {
		case 0:
		case 8:
			kind = codecs.PCMA
		default:
			continue
		}
		c, _ := codecs.ByID(kind)
		samples := c.New(8000, codecs.Format{}).Decode(pcm, buf[12:n])
		p.count(netorder.BigEndian.Uint32(buf[8:]), netorder.BigEndian.Uint16(buf[2:]))
		p.keep(netorder.BigEndian.Uint32(buf[8:]), netorder.BigEndian.Uint32(buf[4:]), pcm[:samples])
	}
}

// count notes a sequence number. Before the first sound of a source nothing is lost.
func (p *earPort) count(ssrc uint32, seq uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ssrc == p.ssrc && len(p.sound) > 0 {
		p.lost += int(int16(seq - p.next))
	}
	p.next = seq + 1
}

// keep puts sound where its timestamp says.
func (p *earPort) keep(ssrc, timestamp uint32, pcm []int16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ssrc != p.ssrc || len(p.sound) == 0 {
		p.ssrc, p.first, p.base = ssrc, timestamp, len(p.sound)
	}
	at := p.base + int(int32(timestamp-p.first))
	if at < 0 || at+len(pcm) > earLimit {
		return
	}
	if grow := at + len(pcm) - len(p.sound); grow > 0 {
		p.sound = append(p.sound, make([]int16, grow)...)
	}
	copy(p.sound[at:], pcm)
}

// hum speaks, once it is known where to: 20 ms of sound every 20 ms, and what is
// due when the machine was busy.
func (e *ear) hum() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	begun := time.Now()
	for n := uint32(0); ; {
		select {
		case <-e.done:
			return
		case <-tick.C:
		}
		m := mediaOf(e.messages)
		for due := uint32(time.Since(begun) / (20 * time.Millisecond)); n < due; n++ {
			if m.to.IsValid() {
				e.say(n, m)
			}
		}
	}
}

// say sends the nth packet.
func (e *ear) say(n uint32, m media) {
	const frame = 160
	packet := make([]byte, 12+frame)
	packet[0], packet[1] = 0x80, m.kind
	netorder.BigEndian.PutUint16(packet[2:], uint16(n))
	netorder.BigEndian.PutUint32(packet[4:], n*frame)
	netorder.BigEndian.PutUint32(packet[8:], uint32(e.port(0)))
	pcm := make([]int16, frame)
	for i := range pcm {
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*e.hz*float64(n*frame+uint32(i))/8000))
	}
	id := codecs.PCMU
	if m.kind == 8 {
		id = codecs.PCMA
	}
	copy(packet[12:], g711(id, pcm))
	from := e.ports[0]
	if m.from == e.port(1) {
		from = e.ports[1]
	}
	_, _ = from.conn.WriteToUDPAddrPort(packet, m.to) // lost on the way is lost
}

// media is what two sides have agreed on.
type media struct {
	to   netip.AddrPort
	from int
	kind byte
}

var (
	messageStart = regexp.MustCompile(`(?m)^\w+ message (sent|received) `)
	connectionOf = regexp.MustCompile(`(?m)^c=IN IP[46] (\S+)`)
	audioOf      = regexp.MustCompile(`(?m)^m=audio (\d+) RTP/AVP (\d+)`)
)

// mediaOf reads what SIPp was sent and has sent last.
func mediaOf(file string) (m media) {
	raw, _ := os.ReadFile(file) // not there yet: nothing is agreed on
	text := strings.ReplaceAll(string(raw), "\r", "")
	starts := messageStart.FindAllStringSubmatchIndex(text, -1)
	for i, at := range starts {
		end := len(text)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		body := text[at[1]:end]
		audio, connection := audioOf.FindStringSubmatch(body), connectionOf.FindStringSubmatch(body)
		if audio == nil || connection == nil {
			continue
		}
		port := number(audio[1])
		if text[at[2]:at[3]] == "sent" {
			m.from = port
			continue
		}
		if ip, err := netip.ParseAddr(connection[1]); err == nil && port > 0 {
			m.to, m.kind = netip.AddrPortFrom(ip, uint16(port)), byte(number(audio[2]))
		}
	}
	return m
}

// number reads digits that an expression has found.
func number(digits string) (n int) {
	for _, d := range digits {
		n = 10*n + int(d-'0')
	}
	return n
}
