// Package seal encrypts recordings at rest: AES-256-GCM in chunks, so that a
// file can be written as the call goes on, and what a crash leaves of it can be
// read up to its last whole chunk. The format is in docs/recording.md.
//
// A Sealer turns bytes into sealed bytes and is passive; a Reader takes them from
// an io.Reader, and hands out only what it has verified. Keys come from a file of
// the operator's: there is no default key, and no key leaves this package. It
// is used by media/record and by whoever reads recordings; never on a media thread.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// The header of a sealed file.
const (
	magic    = "TLSEAL\x00\x01" // the last byte is the version
	saltLen  = 32
	checkLen = 16 // derived beside the file's key: tells a wrong key from damage
	fixedLen = len(magic) + 4 + saltLen + 1

	// purpose separates our keys from whatever else is derived from the same secret.
	purpose = "trunkline recording"
)

const (
	// MaxChunk is the plaintext of the longest chunk, bytes.
	MaxChunk = 64 << 10
	// Overhead is what a chunk is longer than its plaintext: a length, a tag.
	Overhead = wordLen + tagLen

	wordLen = 4
	tagLen  = 16
	final   = 1 << 31 // of a chunk's length: nothing follows
)

// Sealer seals one file. It is used by one goroutine at a time.
type Sealer struct {
	chunks chunks
	header []byte
}

// New makes the sealer of a new file. Each file has a key of its own, derived
// from k and a random salt.
func New(k Key) (*Sealer, error) {
	salt := make([]byte, saltLen)
	rand.Read(salt) // never fails
	return newSealer(k, salt)
}

func newSealer(k Key, salt []byte) (*Sealer, error) {
	if k.id == "" {
		return nil, fmt.Errorf("seal: %w: none given", ErrKey)
	}
	h := binary.BigEndian.AppendUint32([]byte(magic), MaxChunk)
	h = append(h, salt...)
	h = append(h, byte(len(k.id)))
	h = append(h, k.id...)
	c, check, err := derive(k, salt, h)
	if err != nil {
		return nil, err
	}
	return &Sealer{chunks: c, header: append(h, check...)}, nil
}

// Begin appends the header; it comes first.
func (s *Sealer) Begin(b []byte) []byte { return append(b, s.header...) }

// Append appends plain, sealed: in chunks that can be read as soon as they are
// on the file.
func (s *Sealer) Append(b, plain []byte) []byte {
	for len(plain) > 0 {
		n := min(len(plain), MaxChunk)
		b = s.chunks.seal(b, plain[:n], 0)
		plain = plain[n:]
	}
	return b
}

// End appends the final chunk, which is empty. A file without one was cut off.
func (s *Sealer) End(b []byte) []byte { return s.chunks.seal(b, nil, final) }

// Bound returns the most bytes that so many become by up to two Appends and End.
func (s *Sealer) Bound(plain int) int { return plain + (plain/MaxChunk+3)*Overhead }

// chunks seals or opens the chunks of one file in their order.
type chunks struct {
	aead  cipher.AEAD
	count uint64   // chunks so far
	nonce [12]byte // their number, big-endian
	word  [wordLen]byte
}

// derive makes the key of one file, and the check that tells whether it is the
// right one. All of the header goes in, so it cannot be altered either.
func derive(k Key, salt, header []byte) (chunks, []byte, error) {
	both, err := hkdf.Key(sha256.New, k.secret[:], salt, purpose+"\x00"+string(header), len(k.secret)+checkLen)
	if err != nil {
		return chunks{}, nil, err
	}
	block, err := aes.NewCipher(both[:len(k.secret)])
	if err != nil {
		return chunks{}, nil, err
	}
	aead, err := cipher.NewGCM(block)
	return chunks{aead: aead}, both[len(k.secret):], err
}

// step sets nonce and word for the next chunk. A nonce is used once: the key is
// this file's alone and the count never returns.
func (c *chunks) step(word uint32) {
	binary.BigEndian.PutUint32(c.word[:], word)
	binary.BigEndian.PutUint64(c.nonce[4:], c.count)
	c.count++
}

func (c *chunks) seal(b, plain []byte, flag uint32) []byte {
	c.step(uint32(len(plain)) | flag)
	b = append(b, c.word[:]...)
	return c.aead.Seal(b, c.nonce[:], plain, c.word[:])
}

// open verifies a chunk and returns its plaintext, in place.
func (c *chunks) open(word uint32, sealed []byte) ([]byte, error) {
	c.step(word)
	return c.aead.Open(sealed[:0], c.nonce[:], sealed, c.word[:])
}
