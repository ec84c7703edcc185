package srtp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/binary"
	"hash"
	"slices"
)

// encrypted is the bit of an SRTCP index word that says so.
const encrypted = 1 << 31

// counterMode is AES in counter mode with HMAC-SHA1 (RFC 3711 §4.1.1, §4.2.1).
// Its scratch space is fields: a local array would escape through the interfaces.
type counterMode struct {
	block   cipher.Block
	mac     hash.Hash
	salt    [aes.BlockSize]byte // the last two bytes are 0
	tagSize int

	counter [aes.BlockSize]byte
	stream  [16 * aes.BlockSize]byte
	sum     [sha1.Size]byte
	extra   [4]byte // what is signed behind the packet
}

func newCounterMode(block cipher.Block, auth, salt []byte, tag int) *counterMode {
	c := &counterMode{block: block, mac: hmac.New(sha1.New, auth), tagSize: tag}
	copy(c.salt[:], salt)
	c.sign(nil) // the first use of an HMAC allocates
	return c
}

func (c *counterMode) tag() int { return c.tagSize }

func (c *counterMode) word(pkt []byte) uint32 {
	return binary.BigEndian.Uint32(pkt[len(pkt)-c.tagSize-indexSize:])
}

func (c *counterMode) sealRTP(pkt []byte, header int, index uint64) []byte {
	c.crypt(pkt[header:], rtpSource(pkt), index)
	binary.BigEndian.PutUint32(c.extra[:], uint32(index>>16))
	return append(pkt, c.sign(pkt)...)
}

func (c *counterMode) openRTP(pkt []byte, header int, index uint64) ([]byte, bool) {
	end := len(pkt) - c.tagSize
	binary.BigEndian.PutUint32(c.extra[:], uint32(index>>16))
	if !hmac.Equal(c.sign(pkt[:end]), pkt[end:]) {
		return nil, false
	}
	c.crypt(pkt[header:end], rtpSource(pkt), index)
	return pkt[:end], true
}

func (c *counterMode) sealRTCP(pkt []byte, index uint32) []byte {
	c.crypt(pkt[controlHeader:], controlSource(pkt), uint64(index))
	binary.BigEndian.PutUint32(c.extra[:], index|encrypted)
	tag := c.sign(pkt)
	return append(append(pkt, c.extra[:]...), tag...)
}

func (c *counterMode) openRTCP(pkt []byte, index uint32) ([]byte, bool) {
	end := len(pkt) - c.tagSize - indexSize
	binary.BigEndian.PutUint32(c.extra[:], index|encrypted)
	if !hmac.Equal(c.sign(pkt[:end]), pkt[end+indexSize:]) {
		return nil, false
	}
	c.crypt(pkt[controlHeader:end], controlSource(pkt), uint64(index))
	return pkt[:end], true
}

// sign returns the signature of data and what is behind it. It is valid until
// the next call.
func (c *counterMode) sign(data []byte) []byte {
	c.mac.Reset()
	c.mac.Write(data)
	c.mac.Write(c.extra[:])
	return c.mac.Sum(c.sum[:0])[:c.tagSize]
}

// crypt encrypts or decrypts in place. Go's own counter mode would be an
// allocation per packet.
func (c *counterMode) crypt(data []byte, ssrc uint32, index uint64) {
	c.counter = c.salt
	mix(c.counter[4:8], ssrc)
	mix(c.counter[8:12], uint32(index>>16))
	c.counter[12] ^= byte(index >> 8)
	c.counter[13] ^= byte(index)
	for n := uint16(0); len(data) > 0; {
		chunk := data[:min(len(data), len(c.stream))]
		for at := 0; at < len(chunk); at += aes.BlockSize {
			binary.BigEndian.PutUint16(c.counter[14:], n)
			c.block.Encrypt(c.stream[at:], c.counter[:])
			n++
		}
		subtle.XORBytes(chunk, chunk, c.stream[:])
		data = data[len(chunk):]
	}
}

// gcmTag is the length of a GCM signature in bytes (RFC 7714 §5.2).
const gcmTag = 16

// gcm is AES-GCM (RFC 7714). The unencrypted parts of a packet are signed with it.
type gcm struct {
	aead  cipher.AEAD
	salt  [12]byte
	nonce [12]byte
	extra [controlHeader + indexSize]byte
	// plain takes in what is decrypted, because Open spoils its target when
	// the signature is wrong, and a packet may be tried again.
	plain []byte
}

func newGCM(block cipher.Block, salt, scratch []byte) (*gcm, error) {
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	g := &gcm{aead: aead, plain: scratch[:0]}
	copy(g.salt[:], salt)
	return g, nil
}

func (g *gcm) tag() int { return gcmTag }

func (g *gcm) word(pkt []byte) uint32 { return binary.BigEndian.Uint32(pkt[len(pkt)-indexSize:]) }

func (g *gcm) sealRTP(pkt []byte, header int, index uint64) []byte {
	g.rtpNonce(rtpSource(pkt), index)
	pkt = slices.Grow(pkt, gcmTag)
	return g.aead.Seal(pkt[:header], g.nonce[:], pkt[header:], pkt[:header])
}

func (g *gcm) openRTP(pkt []byte, header int, index uint64) ([]byte, bool) {
	g.rtpNonce(rtpSource(pkt), index)
	plain, err := g.aead.Open(g.plain, g.nonce[:], pkt[header:], pkt[:header])
	if err != nil {
		return nil, false
	}
	return pkt[:header+copy(pkt[header:], plain)], true
}

func (g *gcm) sealRTCP(pkt []byte, index uint32) []byte {
	g.controlNonce(pkt, index)
	pkt = slices.Grow(pkt, gcmTag+indexSize)
	pkt = g.aead.Seal(pkt[:controlHeader], g.nonce[:], pkt[controlHeader:], g.extra[:])
	return append(pkt, g.extra[controlHeader:]...)
}

func (g *gcm) openRTCP(pkt []byte, index uint32) ([]byte, bool) {
	g.controlNonce(pkt, index)
	plain, err := g.aead.Open(g.plain, g.nonce[:], pkt[controlHeader:len(pkt)-indexSize], g.extra[:])
	if err != nil {
		return nil, false
	}
	return pkt[:controlHeader+copy(pkt[controlHeader:], plain)], true
}

// rtpNonce is RFC 7714 §8.1: two zeroes, SSRC, roll-over counter, sequence number.
func (g *gcm) rtpNonce(ssrc uint32, index uint64) {
	g.nonce = g.salt
	mix(g.nonce[2:6], ssrc)
	mix(g.nonce[6:10], uint32(index>>16))
	g.nonce[10] ^= byte(index >> 8)
	g.nonce[11] ^= byte(index)
}

// controlNonce is RFC 7714 §9.1: two zeroes, SSRC, two zeroes, index. It also
// gathers what is signed but not encrypted.
func (g *gcm) controlNonce(pkt []byte, index uint32) {
	g.nonce = g.salt
	mix(g.nonce[2:6], controlSource(pkt))
	mix(g.nonce[8:12], index)
	copy(g.extra[:], pkt[:controlHeader])
	binary.BigEndian.PutUint32(g.extra[controlHeader:], index|encrypted)
}

// mix adds a number to four bytes, bit by bit.
func mix(dst []byte, n uint32) {
	binary.BigEndian.PutUint32(dst, binary.BigEndian.Uint32(dst)^n)
}
