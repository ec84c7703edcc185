package ogg

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Reader reads the pages of a file one after the other.
type Reader struct {
	r    *bufio.Reader
	at   int64 // offset of the next page, bytes
	head [headerLen + maxSegments]byte
	body [maxSegments * maxSegments]byte
}

// NewReader makes a reader of r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 64<<10)} }

// Offset returns where the next page begins: behind the last page that was
// whole, once Next has failed.
func (r *Reader) Offset() int64 { return r.at }

// Next reads a page. Its slices are valid until the next call. The error is
// io.EOF after the last page, ErrTruncated when the file ends within one, and
// ErrDamaged when there is none where one should begin or its checksum is wrong.
func (r *Reader) Next() (Page, error) {
	head := r.head[:headerLen]
	if n, err := io.ReadFull(r.r, head); err != nil {
		return Page{}, r.short(err, n)
	}
	if string(head[:5]) != "OggS\x00" {
		if r.at == 0 {
			return Page{}, ErrNotOgg
		}
		return Page{}, fmt.Errorf("%w at byte %d: no page begins there", ErrDamaged, r.at)
	}
	lacing := r.head[headerLen : headerLen+int(head[26])]
	if _, err := io.ReadFull(r.r, lacing); err != nil {
		return Page{}, r.short(err, headerLen)
	}
	size := 0
	for _, n := range lacing {
		size += int(n)
	}
	body := r.body[:size]
	if _, err := io.ReadFull(r.r, body); err != nil {
		return Page{}, r.short(err, headerLen)
	}
	le := binary.LittleEndian
	sum := le.Uint32(head[22:])
	clear(head[22:26])
	if checksum(checksum(0, r.head[:headerLen+len(lacing)]), body) != sum {
		return Page{}, fmt.Errorf("%w at byte %d: wrong checksum", ErrDamaged, r.at)
	}
	r.at += int64(headerLen + len(lacing) + size)
	return Page{
		Flags: head[5], Granule: int64(le.Uint64(head[6:])), Serial: le.Uint32(head[14:]),
		Sequence: le.Uint32(head[18:]), Lacing: lacing, Body: body,
	}, nil
}

// short names what ended too early.
func (r *Reader) short(err error, got int) error {
	switch {
	case errors.Is(err, io.EOF) && got == 0:
		return io.EOF
	case !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case r.at == 0 && got < headerLen:
		return ErrNotOgg
	default:
		return fmt.Errorf("%w at byte %d", ErrTruncated, r.at)
	}
}

// Stream is what a file of Opus holds.
type Stream struct {
	Head
	Packets  int
	Instants int64 // that play, at 48 kHz
	Complete bool  // its last page says so
}

// Inspect reads a whole file of one Opus stream and hands each packet to take,
// unless that is nil; the packet is valid during the call. When the file is
// damaged or was cut off, the stream is what came before that.
func Inspect(r io.Reader, take func(packet []byte)) (Stream, error) {
	in := inspection{take: take}
	pages := NewReader(r)
	for {
		p, err := pages.Next()
		if err == io.EOF && in.stage > 0 {
			return in.Stream, in.missing()
		}
		if err == io.EOF {
			err = ErrNotOgg
		}
		if err == nil {
			err = in.page(p)
		}
		if err != nil {
			return in.Stream, err
		}
	}
}

// inspection is a stream while it is read.
type inspection struct {
	Stream
	take   func([]byte)
	stage  int // packets of the header seen: 0, 1 or 2
	serial uint32
	next   uint32 // page
	rest   []byte // of a packet that goes on
}

// missing says what a file lacks that ended at a page's end.
func (in *inspection) missing() error {
	if in.stage < 2 {
		return fmt.Errorf("%w: it ends within its header", ErrNotOpus)
	}
	return nil
}

func (in *inspection) page(p Page) error {
	if in.stage == 0 {
		in.serial = p.Serial
	}
	switch {
	case in.Complete:
		return fmt.Errorf("%w: a page behind the last one", ErrDamaged)
	case p.Serial != in.serial:
		return fmt.Errorf("%w: more than one stream", ErrNotOpus)
	case p.Sequence != in.next:
		return fmt.Errorf("%w: page %d where %d should be", ErrDamaged, p.Sequence, in.next)
	case p.Flags&Continued == 0 && len(in.rest) > 0 || p.Flags&Continued != 0 && len(in.rest) == 0:
		return fmt.Errorf("%w: page %d goes on with another packet than begun", ErrDamaged, p.Sequence)
	}
	in.next++
	if err := in.packets(p); err != nil {
		return err
	}
	if p.Granule > int64(in.PreSkip) {
		in.Instants = p.Granule - int64(in.PreSkip)
	}
	in.Complete = p.Flags&Last != 0
	return nil
}

// maxPacket is what a packet over several pages may grow to.
const maxPacket = 1 << 20

func (in *inspection) packets(p Page) error {
	body := p.Body
	for from := 0; from < len(p.Lacing); {
		n, to := 0, from
		for ; to < len(p.Lacing) && p.Lacing[to] == maxSegments; to++ {
			n += maxSegments
		}
		whole := to < len(p.Lacing)
		if whole {
			n += int(p.Lacing[to])
		}
		in.rest = append(in.rest, body[:n]...)
		body, from = body[n:], to+1
		if len(in.rest) > maxPacket {
			return fmt.Errorf("%w: a packet beyond %d bytes", ErrDamaged, maxPacket)
		}
		if !whole {
			return nil
		}
		if err := in.packet(in.rest); err != nil {
			return err
		}
		in.rest = in.rest[:0]
	}
	return nil
}

func (in *inspection) packet(b []byte) (err error) {
	switch in.stage {
	case 0:
		in.Head, err = ParseHead(b)
		in.stage++
	case 1:
		if !bytes.HasPrefix(b, []byte("OpusTags")) {
			err = fmt.Errorf("%w: its second packet is no OpusTags", ErrNotOpus)
		}
		in.stage++
	default:
		in.Packets++
		if in.take != nil {
			in.take(b)
		}
	}
	return err
}
