package codecs

import (
	"fmt"
	"testing"
)

// BenchmarkCodec is the work of one packet of 20 ms of speech, one way.
func BenchmarkCodec(b *testing.B) {
	for _, c := range All() {
		for _, rate := range c.Rates {
			benchmark(b, c, rate)
		}
	}
}

func benchmark(b *testing.B, c Codec, rate int) {
	const packets = 50
	coder, pcm, n := c.New(rate, Format{}), speech(rate, packets*0.02), rate/50
	payloads, room := make([][]byte, packets), make([]int16, n)
	for i := range payloads {
		p := make([]byte, 2000)
		payloads[i] = p[:coder.Encode(p, pcm[i*n:(i+1)*n])]
	}
	run := func(what string, do func(i int)) {
		b.Run(fmt.Sprintf("%s/%s-%dHz-20ms", what, c.Name, rate), func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				do(i % packets)
			}
		})
	}
	dst := make([]byte, 2000)
	run("encode", func(i int) { coder.Encode(dst, pcm[i*n:(i+1)*n]) })
	run("decode", func(i int) { coder.Decode(room, payloads[i]) })
	run("conceal", func(i int) { coder.Conceal(room, payloads[i]) })
}
