package ogg

import (
	"encoding/binary"
	"fmt"
)

// GranuleRate is the clock of granule positions in Opus streams, Hz, whatever
// the rate of the sound (RFC 7845 §4).
const GranuleRate = 48000

// Head describes an Opus stream (RFC 7845 §5.1).
type Head struct {
	Channels int // 1 or 2
	PreSkip  int // sample instants at 48 kHz to throw away at the beginning: the encoder's delay
	Rate     int // of the sound before it was encoded, Hz; players may ignore it
}

// Append appends the identification packet.
func (h Head) Append(b []byte) []byte {
	b = append(b, "OpusHead\x01"...)
	b = append(b, byte(h.Channels))
	b = binary.LittleEndian.AppendUint16(b, uint16(h.PreSkip))
	b = binary.LittleEndian.AppendUint32(b, uint32(h.Rate))
	return append(b, 0, 0, 0) // no gain; mapping family 0: mono or stereo
}

// ParseHead reads the identification packet. Streams of more than two channels
// are refused.
func ParseHead(b []byte) (Head, error) {
	const least = 19
	if len(b) < least || string(b[:8]) != "OpusHead" {
		return Head{}, fmt.Errorf("%w: its first packet is no OpusHead", ErrNotOpus)
	}
	h := Head{
		Channels: int(b[9]),
		PreSkip:  int(binary.LittleEndian.Uint16(b[10:])),
		Rate:     int(binary.LittleEndian.Uint32(b[12:])),
	}
	if b[8]>>4 != 0 { // the upper half of the version breaks compatibility
		return h, fmt.Errorf("%w: version %d", ErrNotOpus, b[8])
	}
	if family := b[18]; h.Channels < 1 || h.Channels > 2 || family != 0 {
		return h, fmt.Errorf("%w: %d channels in mapping family %d", ErrNotOpus, h.Channels, family)
	}
	return h, nil
}

// appendTags appends the comment packet (RFC 7845 §5.2): a vendor, no comments.
func appendTags(b []byte, vendor string) []byte {
	b = append(b, "OpusTags"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(vendor)))
	b = append(b, vendor...)
	return binary.LittleEndian.AppendUint32(b, 0)
}

// Writer makes the pages of an Opus stream. Its methods append whole pages to b.
type Writer struct {
	page   Page  // being collected
	coded  int64 // sample instants at 48 kHz in all packets so far
	lacing [maxSegments]byte
}

// NewWriter makes the writer of one stream. Serial should be random, as
// streams may be put into one file later.
func NewWriter(serial uint32) *Writer {
	w := &Writer{page: Page{Serial: serial}}
	w.clear()
	return w
}

func (w *Writer) clear() {
	w.page.Lacing, w.page.Body = w.lacing[:0], w.page.Body[:0]
	w.page.Granule, w.page.Flags = noGranule, 0
}

// Begin appends the two pages that every stream begins with. The vendor names
// the program.
func (w *Writer) Begin(b []byte, h Head, vendor string) []byte {
	w.add(h.Append(nil))
	w.page.Flags, w.page.Granule = First, 0
	b = w.flush(b)
	w.add(appendTags(nil, vendor))
	w.page.Granule = 0
	return w.flush(b)
}

// Packet adds an Opus packet of so many sample instants at 48 kHz. It appends a
// page only when that packet would not fit into the one being collected.
// Packets of Opus are at most some kB; one beyond 64 kB is dropped.
func (w *Writer) Packet(b, packet []byte, instants int) []byte {
	segments := len(packet)/maxSegments + 1
	if segments > maxSegments {
		return b
	}
	if len(w.page.Lacing)+segments > maxSegments {
		b = w.Flush(b)
	}
	w.add(packet)
	w.coded += int64(instants)
	w.page.Granule = w.coded
	return b
}

func (w *Writer) add(packet []byte) {
	w.page.Body = append(w.page.Body, packet...)
	n := len(packet)
	for ; n >= maxSegments; n -= maxSegments {
		w.page.Lacing = append(w.page.Lacing, maxSegments)
	}
	w.page.Lacing = append(w.page.Lacing, byte(n))
}

// Flush appends the page being collected, if it holds anything.
func (w *Writer) Flush(b []byte) []byte {
	if len(w.page.Lacing) == 0 {
		return b
	}
	return w.flush(b)
}

func (w *Writer) flush(b []byte) []byte {
	b = w.page.Append(b)
	w.page.Sequence++
	w.clear()
	return b
}

// End appends the last page. The granule says where the sound ends, counted from
// the beginning of the first packet; it may cut off the end of the last packet
// (RFC 7845 §4.4), so at least one packet should have come since the last Flush.
func (w *Writer) End(b []byte, granule int64) []byte {
	w.page.Flags |= Last
	w.page.Granule = granule
	return w.flush(b)
}
