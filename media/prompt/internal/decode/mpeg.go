package decode

// frame is the header of an MPEG audio frame (ISO/IEC 11172-3 §2.4.1.3).
type frame struct {
	version int // 1, 2, or 25 for 2.5
	layer   int
	rate    int // Hz
	size    int // bytes, all in all
	side    int // offset of what follows the side information, without a CRC
}

// parseFrame reads a header; false for what is none, or has no bit rate of the
// table ("free format").
func parseFrame(b []byte) (frame, bool) {
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return frame{}, false
	}
	h := frame{version: [...]int{25, 0, 2, 1}[b[1]>>3&3], layer: 4 - int(b[1]>>1&3)}
	rate, bitrate := int(b[2]>>2&3), int(b[2]>>4)
	if h.version == 0 || h.layer == 4 || rate == 3 || bitrate == 0 || bitrate == 15 || b[3]&3 == 2 {
		return frame{}, false
	}
	kbits := [...]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}
	bytesPer, stereo, mono := 72, 17, 9 // samples of a frame / 8; side information
	h.rate = [...]int{44100, 48000, 32000}[rate] / 2
	switch h.version {
	case 1:
		kbits = [...]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320}
		bytesPer, stereo, mono = 144, 32, 17
		h.rate *= 2
	case 25:
		h.rate /= 2
	}
	h.size = bytesPer*kbits[bitrate]*1000/h.rate + int(b[2]>>1&1)
	if h.side = 4 + stereo; b[3]>>6 == 3 {
		h.side = 4 + mono
	}
	return h, true
}

// trim is what an encoder added, in sample instants.
type trim struct{ start, end int }

// decoderDelay is by how many instants every decoder is late.
const decoderDelay = 529

// parseInfo reads the frame that LAME and others put before all, which counts
// frames and may say what was added: else that is the decoder's delay. False when
// b is no such frame.
func parseInfo(b []byte, at int) (trim, bool) {
	if b[1]&1 == 0 && len(b) > at+6 && string(b[at:at+4]) != "Info" && string(b[at:at+4]) != "Xing" {
		at += 2 // a CRC is there
	}
	if len(b) < at+8 || string(b[at:at+4]) != "Info" && string(b[at:at+4]) != "Xing" {
		return trim{start: decoderDelay}, false
	}
	flags := b[at+7]
	at += 8
	for i, n := range [...]int{4, 4, 100, 4} { // frames, bytes, contents, quality
		if flags>>i&1 != 0 {
			at += n
		}
	}
	const lame = 24 // bytes of LAME's extension up to the delays
	if len(b) < at+lame || b[at] == 0 {
		return trim{start: decoderDelay}, true
	}
	d := b[at+lame-3:]
	delay, padding := int(d[0])<<4|int(d[1])>>4, int(d[1]&15)<<8|int(d[2])
	return trim{start: delay + decoderDelay, end: max(0, padding-decoderDelay)}, true
}

// rewriter makes frames of MPEG-2 that stand alone: what they took from the
// frames before ("bit reservoir") is put into them.
//
// The library miscounts the padded frames of 22.05 kHz, and knows no MPEG 2.5,
// which, but for 8 kHz, is MPEG-2 of 16 kHz by another name: same tables, same
// bits. Rewritten frames have no padding and may have any rate.
type rewriter struct {
	reservoir []byte
}

// mostBack is how far back a frame of MPEG-2 may begin, bytes.
const mostBack = 255

// rewrite returns the frame b as one of 160 kbit/s. Where that has too little
// room, at nearly as much and with a full reservoir, the end is cut off.
func (w *rewriter) rewrite(b []byte, h frame) []byte {
	rate, size := byte(2), 720 // 16 kHz
	if h.rate == 22050 {
		rate, size = 0, 522
	}
	from := 4 // of the side information
	if b[1]&1 == 0 {
		from += 2 // behind a CRC
	}
	side, data := b[from:from+h.side-4], b[from+h.side-4:]
	back := int(side[0]) // main_data_begin (ISO/IEC 13818-3 §2.4.1.7)
	w.reservoir = append(w.reservoir, data...)
	out := make([]byte, size)
	out[0], out[1], out[2], out[3] = 0xff, 0xf3, 14<<4|rate<<2, b[3]
	copy(out[5:], side[1:])
	if at := len(w.reservoir) - len(data) - back; at >= 0 { // else the file begins within a stream
		copy(out[h.side:], w.reservoir[at:])
	}
	w.reservoir = append(w.reservoir[:0], w.reservoir[max(0, len(w.reservoir)-mostBack):]...)
	return out
}
