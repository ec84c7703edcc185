//go:build cgo && amr

package amr

/*
#cgo pkg-config: opencore-amrnb opencore-amrwb vo-amrwbenc
#include <stdint.h>
#include <stdlib.h>
#include <opencore-amrnb/interf_dec.h>
#include <opencore-amrnb/interf_enc.h>
#include <opencore-amrwb/dec_if.h>
#include <vo-amrwbenc/enc_if.h>

#cgo noescape amr_encode
#cgo nocallback amr_encode
#cgo noescape amr_decode
#cgo nocallback amr_decode

typedef struct {
	void *enc, *dec;
	int wide, dtx;
} channel;

static channel amr_open(int wide, int dtx) {
	channel c = {0, 0, wide, dtx};
	c.enc = wide ? E_IF_init() : Encoder_Interface_init(dtx);
	c.dec = wide ? D_IF_init() : Decoder_Interface_init();
	return c;
}

static void amr_close(channel c) {
	if (c.wide) {
		E_IF_exit(c.enc);
		D_IF_exit(c.dec);
	} else {
		Encoder_Interface_exit(c.enc);
		Decoder_Interface_exit(c.dec);
	}
}

static int amr_encode(channel c, int mode, const int16_t *pcm, uint8_t *frame) {
	return c.wide ? E_IF_encode(c.enc, mode, pcm, frame, c.dtx) : Encoder_Interface_Encode(c.enc, mode, pcm, frame, 0);
}

static void amr_decode(channel c, const uint8_t *frame, int16_t *pcm) {
	if (c.wide)
		D_IF_decode(c.dec, frame, pcm, 0);
	else
		Decoder_Interface_Decode(c.dec, frame, pcm, 0);
}
*/
import "C"

import "runtime"

// Options is what the far side wants to be sent.
type Options struct {
	Aligned bool   // octet-aligned rather than bandwidth-efficient
	Modes   uint16 // a bit for each permitted mode; 0 means all
	Bitrate int    // bit/s at most; 0 means no bound
	DTX     bool   // send comfort noise, or nothing, in silence
}

// Coder is one encoder and one decoder. They live outside Go's heap.
type Coder struct {
	c       C.channel
	cleanup runtime.Cleanup
	band    Band
	opts    Options
	asked   int        // the mode the far side asked for last
	frame   frame      // the one in hand
	pcm     [320]int16 // its sound, because opencore-amr filters it where it lies
}

// New makes a coder, which works at the one rate of its band.
func New(b Band, o Options) *Coder {
	wide, dtx := C.int(0), C.int(0)
	if b.samples == 320 {
		wide = 1
	}
	if o.DTX {
		dtx = 1
	}
	c := &Coder{c: C.amr_open(wide, dtx), band: b, opts: o, asked: noRequest}
	c.cleanup = runtime.AddCleanup(c, func(c C.channel) { C.amr_close(c) }, c.c)
	return c
}

// Release frees the memory at once rather than when the garbage is collected.
// Afterwards the coder is silent.
func (c *Coder) Release() {
	if c.c.enc == nil {
		return
	}
	c.cleanup.Stop()
	C.amr_close(c.c)
	c.c = C.channel{}
}

// Encode writes a payload with all whole frames of pcm to dst; 0 when there is
// not the room, and when DTX left nothing to say.
func (c *Coder) Encode(dst []byte, pcm []int16) int {
	l, frames := layouts(c.opts.Aligned), min(len(pcm)/c.band.samples, maxFrames)
	mode := c.band.choose(c.opts.Modes, c.opts.Bitrate, c.asked)
	most := (l.head + frames*(l.entry+l.size(int(c.band.bits[mode]))) + 7) / 8
	if c.c.enc == nil || frames == 0 || most > len(dst) {
		return 0
	}
	clear(dst[:most])
	putBits(dst, 0, 4, noRequest)
	at, said := l.head+frames*l.entry, false
	for i := range frames {
		copy(c.pcm[:], pcm[i*c.band.samples:])
		C.amr_encode(c.c, C.int(mode), (*C.int16_t)(&c.pcm[0]), (*C.uint8_t)(&c.frame[0]))
		said = said || c.frame.kind() != noData
		at = c.band.put(dst, l, &c.frame, i, frames, at)
	}
	runtime.KeepAlive(c)
	if !said {
		return 0
	}
	return (at + 7) / 8
}

// Decode writes the sound of a payload to dst, as many frames as there is room
// for.
func (c *Coder) Decode(dst []int16, payload []byte) int {
	p, ok := c.band.open(payload)
	if !ok || c.c.dec == nil {
		return 0
	}
	if mode := p.request(); mode < c.band.modes || mode == noRequest {
		c.asked = mode
	}
	n, at := min(p.frames, len(dst)/c.band.samples), p.head+p.frames*p.entry
	for i := range n {
		at = c.band.take(&c.frame, p, i, at)
		if c.frame[0]&4 == 0 { // damaged on the way
			c.frame[0] = c.band.lost()
		}
		C.amr_decode(c.c, (*C.uint8_t)(&c.frame[0]), (*C.int16_t)(&dst[i*c.band.samples]))
	}
	runtime.KeepAlive(c)
	return n * c.band.samples
}

// Conceal continues what came before, or the comfort noise there was, by whole
// frames of 20 ms.
func (c *Coder) Conceal(dst []int16, _ []byte) int {
	if c.c.dec == nil {
		return 0
	}
	n := len(dst) / c.band.samples
	for i := range n {
		c.frame[0] = c.band.lost()
		C.amr_decode(c.c, (*C.uint8_t)(&c.frame[0]), (*C.int16_t)(&dst[i*c.band.samples]))
	}
	runtime.KeepAlive(c)
	return n * c.band.samples
}

// lost is the head of a frame that did not arrive: AMR has no type of its own
// for that.
func (b Band) lost() byte {
	if b.bits[noData-1] == 0 {
		return head(noData - 1)
	}
	return head(noData)
}
