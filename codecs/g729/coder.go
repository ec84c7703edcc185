//go:build cgo && g729

package g729

/*
#cgo pkg-config: libbcg729
#include <bcg729/decoder.h>
#include <bcg729/encoder.h>

#cgo noescape bcg729Encoder
#cgo nocallback bcg729Encoder
#cgo noescape bcg729Decoder
#cgo nocallback bcg729Decoder

typedef struct {
	bcg729EncoderChannelContextStruct *enc;
	bcg729DecoderChannelContextStruct *dec;
} channel;

static void g729_close(channel c) {
	closeBcg729EncoderChannel(c.enc);
	closeBcg729DecoderChannel(c.dec);
}
*/
import "C"

import "runtime"

// Coder is one encoder and one decoder. They live outside Go's heap.
type Coder struct {
	c       C.channel
	size    C.uint8_t // of the frame encoded last
	cleanup runtime.Cleanup
}

// New makes a coder, which works at 8000 Hz.
func New() *Coder {
	c := &Coder{c: C.channel{
		enc: C.initBcg729EncoderChannel(0), // no silence compression: a payload could not say where it begins
		dec: C.initBcg729DecoderChannel(),
	}}
	c.cleanup = runtime.AddCleanup(c, func(c C.channel) { C.g729_close(c) }, c.c)
	return c
}

// Release frees the memory at once rather than when the garbage is collected.
// Afterwards the coder is silent.
func (c *Coder) Release() {
	if c.c.enc == nil {
		return
	}
	c.cleanup.Stop()
	C.g729_close(c.c)
	c.c = C.channel{}
}

// Encode writes 10 bytes per 10 ms to dst, as many frames as both slices allow.
func (c *Coder) Encode(dst []byte, pcm []int16) int {
	if c.c.enc == nil {
		return 0
	}
	n := min(len(dst)/frameBytes, len(pcm)/frameSamples)
	for i := range n {
		C.bcg729Encoder(c.c.enc, (*C.int16_t)(&pcm[i*frameSamples]), (*C.uint8_t)(&dst[i*frameBytes]), &c.size)
	}
	runtime.KeepAlive(c)
	return n * frameBytes
}

// Decode writes 80 samples per frame to dst, as many frames as there is room for.
func (c *Coder) Decode(dst []int16, payload []byte) int {
	n := min(Length(payload), len(dst)) / frameSamples
	if c.c.dec == nil {
		return 0
	}
	for i := range n {
		frame, sid := payload[i*frameBytes:], C.uint8_t(0)
		if len(frame) < frameBytes {
			sid = 1
		}
		C.bcg729Decoder(c.c.dec, (*C.uint8_t)(&frame[0]), C.uint8_t(min(len(frame), frameBytes)), 0, sid, 0,
			(*C.int16_t)(&dst[i*frameSamples]))
	}
	runtime.KeepAlive(c)
	return n * frameSamples
}

// Conceal continues what came before, or the comfort noise there was, by whole
// frames of 10 ms.
func (c *Coder) Conceal(dst []int16, _ []byte) int {
	if c.c.dec == nil {
		return 0
	}
	n := len(dst) / frameSamples
	for i := range n {
		C.bcg729Decoder(c.c.dec, nil, 0, 1, 0, 0, (*C.int16_t)(&dst[i*frameSamples]))
	}
	runtime.KeepAlive(c)
	return n * frameSamples
}
