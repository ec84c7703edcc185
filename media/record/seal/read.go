package seal

import (
	"bufio"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// The ways a sealed file can disappoint. Errors of a Reader wrap one of them or
// the error below it.
var (
	ErrNotSealed = errors.New("not a sealed recording")
	ErrUnknown   = errors.New("no such key")
	ErrWrongKey  = errors.New("the key is another one of that id, or the header was altered")
	ErrTruncated = errors.New("truncated")
	ErrAltered   = errors.New("altered")
)

// Reader reads what a Sealer sealed. It returns bytes only once the chunk that
// they are in is verified; io.EOF means that the file is whole. Any other
// error is final, and what was read before it is genuine.
type Reader struct {
	r      io.Reader
	chunks chunks
	keyID  string
	at     int64 // offset of the next chunk in the file, bytes
	err    error // why there is no next chunk
	plain  []byte
	buf    [MaxChunk + tagLen]byte
	extra  [1]byte // nothing should ever come into it
}

// Sealed reports whether r begins as a sealed file does. It takes nothing from r.
func Sealed(r *bufio.Reader) bool {
	head, _ := r.Peek(len(magic)) // fewer are not the magic
	return string(head) == magic
}

// NewReader reads the header and chooses the key.
func NewReader(r io.Reader, keys Keys) (*Reader, error) {
	h := make([]byte, fixedLen, fixedLen+maxID+checkLen)
	if _, err := io.ReadFull(r, h); err != nil {
		return nil, cut(err, ErrNotSealed)
	}
	if string(h[:len(magic)]) != magic {
		return nil, ErrNotSealed
	}
	n := int(h[fixedLen-1])
	if longest := binary.BigEndian.Uint32(h[len(magic):]); longest != MaxChunk || n == 0 || n > maxID {
		return nil, fmt.Errorf("%w: its header makes no sense", ErrNotSealed)
	}
	h = h[:fixedLen+n]
	if _, err := io.ReadFull(r, h[fixedLen:]); err != nil {
		return nil, cut(err, fmt.Errorf("%w in its header", ErrTruncated))
	}
	s := &Reader{r: r, keyID: string(h[fixedLen:]), at: int64(len(h) + checkLen)}
	k, ok := keys.find(s.keyID)
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrUnknown, s.keyID)
	}
	check := make([]byte, checkLen)
	if _, err := io.ReadFull(r, check); err != nil {
		return nil, cut(err, fmt.Errorf("%w in its header", ErrTruncated))
	}
	want, err := s.derive(k, h)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(want, check) != 1 {
		return nil, fmt.Errorf("%w: %q", ErrWrongKey, s.keyID)
	}
	return s, nil
}

func (s *Reader) derive(k Key, header []byte) (check []byte, err error) {
	s.chunks, check, err = derive(k, header[len(magic)+4:][:saltLen], header)
	return check, err
}

// cut replaces the end of the file by what it means here; other errors pass.
func cut(err, meaning error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return meaning
	}
	return err
}

// KeyID returns the id of the key that sealed the file.
func (s *Reader) KeyID() string { return s.keyID }

// Read implements io.Reader.
func (s *Reader) Read(b []byte) (int, error) {
	for len(s.plain) == 0 {
		if s.err != nil {
			return 0, s.err
		}
		s.plain, s.err = s.next()
	}
	n := copy(b, s.plain)
	s.plain = s.plain[n:]
	return n, nil
}

// next reads a chunk. With the final one it returns io.EOF, too.
func (s *Reader) next() ([]byte, error) {
	head := s.buf[:wordLen]
	if n, err := io.ReadFull(s.r, head); err != nil {
		if n == 0 {
			return nil, cut(err, s.fault(ErrTruncated, "the final chunk is missing"))
		}
		return nil, cut(err, s.fault(ErrTruncated, "within a chunk"))
	}
	word := binary.BigEndian.Uint32(head)
	size := int(word &^ final)
	if size > MaxChunk {
		return nil, s.fault(ErrAltered, "the chunk there has no possible length")
	}
	sealed := s.buf[:size+tagLen]
	if _, err := io.ReadFull(s.r, sealed); err != nil {
		return nil, cut(err, s.fault(ErrTruncated, "within a chunk"))
	}
	plain, err := s.chunks.open(word, sealed)
	if err != nil {
		return nil, s.fault(ErrAltered, "the chunk there is not genuine")
	}
	s.at += int64(Overhead + size)
	if word&final == 0 {
		return plain, nil
	}
	switch n, err := io.ReadFull(s.r, s.extra[:]); {
	case n > 0:
		return plain, s.fault(ErrAltered, "something follows the final chunk")
	default:
		return plain, err // io.EOF: the end
	}
}

func (s *Reader) fault(kind error, what string) error {
	return fmt.Errorf("%w at byte %d: %s", kind, s.at, what)
}
