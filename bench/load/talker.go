package load

import (
	"math"
	"net"
	"net/netip"
	"sync"
	"time"

	"trunkline/codecs"
	"trunkline/media/rtp"
)

// Talker is a far side that sends a tone, or keys, and listens: one of the few
// among many whose sound is looked at.
type Talker struct {
	conn *net.UDPConn
	work sync.WaitGroup
	done chan struct{}
	news chan struct{} // holds a token after something came

	mu    sync.Mutex
	heard []int16 // as it came, gaps left out
	rate  int
	keys  string // as they came
	last  uint32 // timestamp of the latest key
	came  int    // packets
	first uint32 // sequence numbers, extended
	top   uint32
}

// NewTalker binds a socket at addr, which may have port 0.
func NewTalker(addr string) (*Talker, error) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(addr), 0)))
	if err != nil {
		return nil, err
	}
	return &Talker{conn: conn, done: make(chan struct{}), news: make(chan struct{}, 1)}, nil
}

// Addr returns where the talker wants to be sent sound.
func (t *Talker) Addr() netip.AddrPort { return t.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Talk begins to send a tone of freq Hz and to listen, as s says. When keys is
// not empty, they are pressed after a second.
func (t *Talker) Talk(s Stream, freq float64, keys string) {
	c, _ := codecs.ByID(s.Codec)
	coder := c.New(c.Rates[0], codecs.Format{})
	t.rate = c.Rates[0]
	t.work.Go(func() { t.send(s, coder, freq, keys) })
	t.work.Go(func() { t.listen(s, c.New(t.rate, codecs.Format{})) })
}

// Close ends it.
func (t *Talker) Close() error {
	close(t.done)
	err := t.conn.Close()
	t.work.Wait()
	return err
}

// Keys returns the keys that came.
func (t *Talker) Keys() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.keys
}

// Received returns how many packets came, and how many of those that were sent
// between the first and the last of them did not (RFC 3550 §A.3).
func (t *Talker) Received() (came, lost int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.came == 0 {
		return 0, 0
	}
	return t.came, int(t.top-t.first) + 1 - t.came
}

// number notes a packet's sequence number. Under mu.
func (t *Talker) number(sequence uint16) {
	if t.came == 0 {
		t.first = 1<<16 | uint32(sequence) // what was sent before it may come yet
		t.top = t.first
	}
	at := t.top + uint32(int32(int16(sequence-uint16(t.top))))
	t.came++
	t.top, t.first = max(t.top, at), min(t.first, at)
}

// Share returns which part of what was heard in the last second is a tone of
// freq Hz, 0 to 1; 0 when less than that was heard.
func (t *Talker) Share(freq float64) float64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.rate == 0 || len(t.heard) < t.rate {
		return 0
	}
	return share(t.heard[len(t.heard)-t.rate:], freq, t.rate)
}

// share is Goertzel's: the power at one frequency by the whole.
func share(pcm []int16, freq float64, rate int) float64 {
	coeff := 2 * math.Cos(2*math.Pi*freq/float64(rate))
	var s1, s2, power float64
	for _, x := range pcm {
		s0 := float64(x) + coeff*s1 - s2
		s1, s2 = s0, s1
		power += float64(x) * float64(x)
	}
	if power == 0 {
		return 0
	}
	return (s1*s1 + s2*s2 - coeff*s1*s2) * 2 / float64(len(pcm)) / power
}

// The keys are pressed for keyFrames packets, and released for as many.
const keyFrames = 5

func (t *Talker) send(s Stream, coder codecs.Coder, freq float64, keys string) {
	c, _ := codecs.ByID(s.Codec)
	pcm, packet := make([]int16, t.rate/50), make([]byte, 1500)
	h := rtp.Header{Type: s.Type, SSRC: uint32(t.Addr().Port())}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for n := 0; ; n++ {
		select {
		case <-t.done:
			return
		case <-tick.C:
		}
		h.Sequence++
		now := uint32(n * c.ClockRate / 50)
		if k := n - 50; k >= 0 && k/(2*keyFrames) < len(keys) && k%(2*keyFrames) < keyFrames {
			t.press(h, s, now, keys[k/(2*keyFrames)], k%(2*keyFrames))
			continue
		}
		for i := range pcm {
			pcm[i] = int16(8000 * math.Sin(2*math.Pi*freq*float64(n*len(pcm)+i)/float64(t.rate)))
		}
		h.Timestamp = now
		size := rtp.Put(packet, h)
		size += coder.Encode(packet[size:], pcm)
		t.conn.WriteToUDPAddrPort(packet[:size], s.To)
	}
}

// press sends packet number at of a key (RFC 4733 §2.5).
func (t *Talker) press(h rtp.Header, s Stream, now uint32, key byte, at int) {
	packet := make([]byte, rtp.HeaderSize+rtp.EventSize)
	code, _ := rtp.EventCode(key)
	c, _ := codecs.ByID(s.Codec)
	frame := uint32(c.ClockRate / 50)
	h.Type, h.Marker, h.Timestamp = s.Events, at == 0, now-uint32(at)*frame
	rtp.Put(packet, h)
	rtp.PutEvent(packet[rtp.HeaderSize:], rtp.Event{Code: code, End: at == keyFrames-1, Volume: 10, Duration: uint16(uint32(at+1) * frame)})
	t.conn.WriteToUDPAddrPort(packet, s.To)
}

func (t *Talker) listen(s Stream, coder codecs.Coder) {
	buf, pcm := make([]byte, 2048), make([]int16, 48000/1000*120)
	for {
		n, _, err := t.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		h, payload, drop := rtp.Parse(buf[:n])
		if drop != rtp.Keep {
			continue
		}
		t.mu.Lock()
		t.number(h.Sequence)
		switch h.Type {
		case s.Type:
			got := coder.Decode(pcm, payload)
			t.heard = append(t.heard, pcm[:got]...)
		case s.Events:
			t.key(h, payload)
		}
		t.mu.Unlock()
		select {
		case t.news <- struct{}{}:
		default: // one token is enough
		}
	}
}

// key notes a key once, however many reports of it come. Under mu.
func (t *Talker) key(h rtp.Header, payload []byte) {
	ev, ok := rtp.ParseEvent(payload)
	if !ok || t.keys != "" && h.Timestamp == t.last {
		return
	}
	if key, ok := ev.Digit(); ok {
		t.keys, t.last = t.keys+string(key), h.Timestamp
	}
}
