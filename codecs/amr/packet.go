// Package amr is AMR and AMR-WB, the voices of mobile networks: 20 ms frames in
// one of 8 or 9 modes, laid out for RTP by RFC 4867, whose both layouts
// (octet-aligned and bandwidth-efficient) are read and written. opencore-amr and
// vo-amrwbenc do the arithmetic.
//
// The coder is built only with the tag amr (see docs/codecs.md); the layouts are
// always here. Checksums, sorting and interleaving (RFC 4867 §4.4) are not spoken.
// Coders serve one leg and are used through the table of package codecs.
package amr

// Band is one of the two codecs.
type Band struct {
	samples int       // in a frame
	modes   int       // for speech
	bits    [16]int16 // in a frame of each type (RFC 4867 §3.6, table 1); -1: no such type
}

// The frame types that are no mode: comfort noise follows the last mode.
const (
	noData  = 15
	maxBits = 477

	// maxFrames bounds a packet: nobody sends more than 240 ms at once, but 1400
	// empty frames would fit.
	maxFrames = 12

	noRequest = 15 // for a mode (RFC 4867 §4.3.1)
)

// Narrow is AMR, at 8 kHz and 4.75 to 12.2 kbit/s.
func Narrow() Band {
	return Band{160, 8, [16]int16{95, 103, 118, 134, 148, 159, 204, 244, 39, -1, -1, -1, -1, -1, -1, 0}}
}

// Wide is AMR-WB, at 16 kHz and 6.6 to 23.85 kbit/s. Its type 14 is a frame lost
// on the way.
func Wide() Band {
	return Band{320, 9, [16]int16{132, 177, 253, 285, 317, 365, 397, 461, 477, 40, -1, -1, -1, -1, 0, 0}}
}

// packet is a payload that makes sense.
type packet struct {
	layout
	payload []byte
	frames  int
}

// layout is where things are, in bits: octet-aligned, everything begins at a
// byte (RFC 4867 §4.4), else nothing does (§4.3).
type layout struct{ head, entry, align int }

func layouts(aligned bool) layout {
	if aligned {
		return layout{8, 8, 8}
	}
	return layout{4, 6, 1}
}

// size is how long n bits are with their padding.
func (l layout) size(n int) int { return (n + l.align - 1) / l.align * l.align }

// Length returns how many samples a payload holds; 0 when it makes no sense.
func (b Band) Length(payload []byte) int {
	p, _ := b.open(payload)
	return p.frames * b.samples
}

// open finds out how a payload is laid out: its length and the zeroes of the
// octet-aligned layout fit one of the two ways only, so there is no need to trust
// what was agreed about it.
func (b Band) open(payload []byte) (packet, bool) {
	for _, aligned := range []bool{true, false} {
		l := layouts(aligned)
		if frames := b.count(l, payload); frames > 0 {
			return packet{l, payload, frames}, true
		}
	}
	return packet{}, false
}

// count is how many frames a payload holds when it is laid out like l; 0 when it
// cannot be.
func (b Band) count(l layout, payload []byte) int {
	total, bits := 8*len(payload), 0
	if total < 8 || payload[0]&(1<<(l.head-4)-1) != 0 { // reserved (RFC 4867 §4.4.1)
		return 0
	}
	for n := 1; n <= maxFrames; n++ {
		if l.head+n*l.entry > total {
			return 0
		}
		entry := bitsAt(payload, l.head+(n-1)*l.entry, l.entry) << (8 - l.entry)
		size := b.bits[entry>>3&15]
		if size < 0 || entry&3 != 0 { // padding (RFC 4867 §4.4.2)
			return 0
		}
		bits += l.size(int(size))
		if entry&128 == 0 { // the last
			if (l.head+n*l.entry+bits+7)/8 != len(payload) {
				return 0
			}
			return n
		}
	}
	return 0
}

// request is the mode that the far side asks us to send.
func (p packet) request() int { return int(bitsAt(p.payload, 0, 4)) }

// A frame on its own, as the libraries have it (RFC 4867 §5.3): one byte with
// type and quality, then the bits.
type frame [1 + (maxBits+7)/8]byte

func (f *frame) kind() int { return int(f[0] >> 3 & 15) }

// head is the first byte of a good frame.
func head(kind int) byte { return byte(kind<<3 | 4) }

// take copies the frame that begins at bit at, as entry i describes it, and
// returns where the next begins.
func (b Band) take(f *frame, p packet, i, at int) int {
	entry := bitsAt(p.payload, p.head+i*p.entry, 6)
	f[0] = byte(entry << 2 & 0x7c)
	n := int(b.bits[f.kind()])
	for k := 0; k < n; k += 8 {
		some := min(8, n-k)
		f[1+k/8] = byte(bitsAt(p.payload, at+k, some) << (8 - some))
	}
	return at + p.size(n)
}

// put writes frame i of a payload for which dst is zero so far, the frame's bits
// at bit at, and returns where the next begins.
func (b Band) put(dst []byte, l layout, f *frame, i, frames, at int) int {
	entry := uint(f[0]) >> 2 & 31
	if i < frames-1 {
		entry |= 32
	}
	putBits(dst, l.head+i*l.entry, 6, entry)
	n := int(b.bits[f.kind()])
	for k := 0; k < n; k += 8 {
		some := min(8, n-k)
		putBits(dst, at+k, some, uint(f[1+k/8])>>(8-some))
	}
	return at + l.size(n)
}

// choose is the best mode that is among permitted (a bit each; 0 means all), no
// better than asked for and within bitrate; the least that is permitted when
// nothing else is.
func (b Band) choose(permitted uint16, bitrate, asked int) int {
	permitted &= 1<<b.modes - 1
	if permitted == 0 {
		permitted = 1<<b.modes - 1
	}
	for mode := b.modes - 1; mode >= 0; mode-- {
		fits := mode <= asked && (bitrate == 0 || int(b.bits[mode])*50 <= bitrate)
		if permitted>>mode&1 != 0 && (fits || permitted&(1<<mode-1) == 0) {
			return mode
		}
	}
	return 0
}

// bitsAt reads up to 8 bits, of which the first is the highest.
func bitsAt(b []byte, at, n int) uint {
	v := uint(b[at/8]) << 8
	if at%8+n > 8 {
		v |= uint(b[at/8+1])
	}
	return v >> (16 - at%8 - n) & (1<<n - 1)
}

// putBits writes up to 8 bits over zeroes.
func putBits(b []byte, at, n int, v uint) {
	v <<= 16 - at%8 - n
	b[at/8] |= byte(v >> 8)
	if at%8+n > 8 {
		b[at/8+1] |= byte(v)
	}
}
