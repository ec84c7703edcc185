// Package srtp protects and unprotects the packets of one leg: SRTP and SRTCP
// (RFC 3711) with AES in counter mode and HMAC-SHA1 or with AES-GCM (RFC 7714),
// under keys that signalling agreed on (RFC 4568).
//
// A packet's story outwards: find its index (roll-over counter and sequence
// number), refuse an index used before, encrypt, sign. Inwards: check its form,
// estimate its index, refuse a replay, check the signature, decrypt. All happens
// in place and allocates nothing; a packet that fails is a Verdict and a
// counter, never an error, so that a flood of junk costs a count and no call.
//
// A Context belongs to one session and so to one thread. It has no clock, no
// socket and no lock, and it never prints a key. The primitives are Go's
// crypto/aes, crypto/cipher and crypto/hmac; pion/srtp, which allocates for each
// packet it takes in, is the second opinion in the tests.
package srtp

import (
	"encoding/binary"
	"fmt"

	"trunkline/media/msg"
)

// Overhead is how much longer than its plain form a packet can become. A slice
// handed to ProtectRTP or ProtectRTCP with that much spare capacity is not copied.
const Overhead = gcmTag + indexSize

// maxPacket is the longest packet taken in, in bytes; longer ones come through
// no network that carries telephony.
const maxPacket = 2048

// Verdict says what became of a packet.
type Verdict uint8

// The verdicts. Keep, the zero value, is the good one.
const (
	Keep     Verdict = iota
	Short            // too short for a header and a signature
	Long             // longer than any packet of ours or theirs
	Shape            // not version 2, or its header is longer than the packet
	Clear            // SRTCP that is signed but says it is not encrypted
	Replayed         // seen before, or too old to tell
	Forged           // the signature is wrong: another key, a wrong roll-over counter, junk
	verdicts         // how many there are
)

// String names the verdict.
func (v Verdict) String() string {
	names := [verdicts]string{"keep", "short", "long", "shape", "clear", "replayed", "forged"}
	if v >= verdicts {
		return "unknown"
	}
	return names[v]
}

// Counts says what a context has done since it was made.
type Counts struct {
	Protected uint64           // packets sent, RTP and RTCP
	Refused   uint64           // packets not sent: no RTP, or an index used before
	Received  [verdicts]uint64 // packets by verdict
}

// Context protects what one leg sends and unprotects what it receives.
type Context struct {
	out, in *half
	// former is how packets were protected before the far side changed its key.
	// It helps until the first packet under the new key arrives.
	former *half
	counts Counts
}

// New makes a context from our keys and the far side's. It allocates all that
// the context will ever need. The error says which keys make no sense.
func New(ours, theirs msg.Keys) (*Context, error) {
	out, err := newHalf(ours, nil)
	if err != nil {
		return nil, fmt.Errorf("make srtp context: our keys: %w", err)
	}
	in, err := newHalf(theirs, make([]byte, maxPacket))
	if err != nil {
		return nil, fmt.Errorf("make srtp context: their keys: %w", err)
	}
	return &Context{out: out, in: in}, nil
}

// Rekey changes keys while packets flow (re-INVITE). A direction whose keys are
// the same goes on as if nothing had happened: to begin anew under the same key
// would use a keystream twice. Under new keys of ours the roll-over counter
// begins at 0 for every SSRC; of the far side both a fresh and a continued
// counter are understood, since RFC 3711 §3.3.1 and RFC 4568 §7.1.4 can be read
// either way and are. On error nothing has changed.
func (c *Context) Rekey(ours, theirs msg.Keys) error {
	next, err := New(ours, theirs)
	if err != nil {
		return err
	}
	if ours != c.out.keys {
		c.out = next.out
	}
	if theirs != c.in.keys {
		next.in.inherit(c.in)
		c.former, c.in = c.in, next.in
	}
	return nil
}

// Counts returns what was counted since New.
func (c *Context) Counts() Counts { return c.counts }

// ProtectRTP encrypts and signs an RTP packet in place and returns it, longer by
// at most Overhead. It returns nil for what is no RTP packet, and for one whose
// index was used before: no two packets may ever share a keystream.
func (c *Context) ProtectRTP(pkt []byte) []byte {
	header := headerSize(pkt)
	if header == 0 {
		c.counts.Refused++
		return nil
	}
	s := c.out.stream(rtpSource(pkt))
	index, ok := s.rtp.next(binary.BigEndian.Uint16(pkt[2:]))
	if !ok {
		c.counts.Refused++
		return nil
	}
	c.counts.Protected++
	return c.out.rtp.sealRTP(pkt, header, index)
}

// UnprotectRTP checks and decrypts an SRTP packet in place. Unless the verdict is
// Keep it returns nil, and pkt is as it was.
func (c *Context) UnprotectRTP(pkt []byte) ([]byte, Verdict) {
	plain, v := c.in.openRTP(pkt)
	switch {
	case v == Keep:
		c.former = nil
	case v == Forged && c.former != nil:
		plain, v = c.former.openRTP(pkt)
	}
	c.counts.Received[v]++
	return plain, v
}

// ProtectRTCP encrypts and signs a compound RTCP packet in place and returns it,
// longer by at most Overhead; nil for what is none.
func (c *Context) ProtectRTCP(pkt []byte) []byte {
	if len(pkt) < controlHeader || pkt[0]>>6 != 2 || c.out.index == maxIndex {
		c.counts.Refused++
		return nil
	}
	c.counts.Protected++
	c.out.index++
	return c.out.rtcp.sealRTCP(pkt, c.out.index)
}

// UnprotectRTCP checks and decrypts an SRTCP packet in place. Unless the verdict
// is Keep it returns nil, and pkt is as it was.
func (c *Context) UnprotectRTCP(pkt []byte) ([]byte, Verdict) {
	plain, v := c.in.openRTCP(pkt)
	if v == Forged && c.former != nil {
		plain, v = c.former.openRTCP(pkt)
	}
	c.counts.Received[v]++
	return plain, v
}

// headerSize returns the length of an RTP header with its CSRCs and extension; 0
// when it is none, or longer than the packet.
func headerSize(pkt []byte) int {
	if len(pkt) < rtpHeader || pkt[0]>>6 != 2 {
		return 0
	}
	size := rtpHeader + 4*int(pkt[0]&0x0f)
	if pkt[0]&0x10 != 0 {
		if len(pkt) < size+4 {
			return 0
		}
		size += 4 + 4*int(binary.BigEndian.Uint16(pkt[size+2:]))
	}
	if size > len(pkt) {
		return 0
	}
	return size
}

func rtpSource(pkt []byte) uint32     { return binary.BigEndian.Uint32(pkt[8:]) }
func controlSource(pkt []byte) uint32 { return binary.BigEndian.Uint32(pkt[4:]) }
