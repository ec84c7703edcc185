// Package ogg writes and reads Ogg files (RFC 3533) that hold one stream of
// Opus (RFC 7845): pages, checksums and granule positions. It never looks into
// a packet; coding belongs to whoever has an encoder.
//
// It belongs to recordings and to the tools that look at them. Writers append
// to a slice of the caller's and readers take an io.Reader; there is no file, no
// goroutine, no clock and no lock, and nothing here is for a media thread.
package ogg

import (
	"encoding/binary"
	"errors"
)

// The flags of a page.
const (
	Continued = 1 << iota // begins with the rest of a packet
	First                 // of the stream
	Last                  // of the stream
)

const (
	headerLen   = 27  // of a page, before its lacing values
	maxSegments = 255 // lacing values of a page, and bytes of a segment
	noGranule   = -1  // of a page on which no packet ends
)

// The ways a file can disappoint. Errors of this package wrap one of them or
// the error of the reader.
var (
	ErrNotOgg    = errors.New("not an Ogg file")
	ErrDamaged   = errors.New("damaged Ogg page")
	ErrTruncated = errors.New("end of file within an Ogg page")
	ErrNotOpus   = errors.New("not an Opus stream")
)

// Page is one page of a stream.
type Page struct {
	Flags    byte
	Granule  int64  // sample instants at 48 kHz up to the end of the last packet that ends here; -1: none does
	Serial   uint32 // of the stream
	Sequence uint32 // counts the stream's pages from 0
	Lacing   []byte // lengths of segments, at most 255; one below 255 ends a packet
	Body     []byte // the segments, one after the other
}

// Append appends the page, with its checksum.
func (p *Page) Append(b []byte) []byte {
	from := len(b)
	le := binary.LittleEndian
	b = append(b, "OggS\x00"...)
	b = append(b, p.Flags)
	b = le.AppendUint64(b, uint64(p.Granule))
	b = le.AppendUint32(b, p.Serial)
	b = le.AppendUint32(b, p.Sequence)
	b = le.AppendUint32(b, 0) // the checksum counts itself as zero
	b = append(b, byte(len(p.Lacing)))
	b = append(b, p.Lacing...)
	b = append(b, p.Body...)
	le.PutUint32(b[from+22:], checksum(0, b[from:]))
	return b
}

// polynomial of the checksum: CRC-32 as Ethernet has it, but with the highest
// bit first and neither inverted nor preset (RFC 3533 §6).
const polynomial = 0x04c11db7

// crcTable is the checksum of each byte.
var crcTable = makeTable()

func makeTable() (t [256]uint32) {
	for i := range t {
		c := uint32(i) << 24
		for range 8 {
			if c&(1<<31) != 0 {
				c = c<<1 ^ polynomial
			} else {
				c <<= 1
			}
		}
		t[i] = c
	}
	return t
}

// checksum continues c over b.
func checksum(c uint32, b []byte) uint32 {
	for _, v := range b {
		c = c<<8 ^ crcTable[byte(c>>24)^v]
	}
	return c
}
