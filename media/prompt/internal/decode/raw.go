package decode

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"trunkline/codecs"
)

// raws are the kinds of sound without a header, by the end of the file's name,
// as Asterisk and SoX write it. No codec means 16-bit little-endian samples.
var raws = []struct {
	extensions string
	codec      codecs.ID
	rate       int
}{
	{".ulaw .ul .mulaw .pcmu", codecs.PCMU, 8000},
	{".alaw .al .pcma", codecs.PCMA, 8000},
	{".g722", codecs.G722, 16000},
	{".sln .slin .raw", codecs.None, 8000},
	{".sln12", codecs.None, 12000},
	{".sln16", codecs.None, 16000},
	{".sln24", codecs.None, 24000},
	{".sln32", codecs.None, 32000},
	{".sln44", codecs.None, 44100},
	{".sln48", codecs.None, 48000},
	{".sln96", codecs.None, 96000},
	{".sln192", codecs.None, 192000},
}

// rawDecoder returns the decoder for a file whose name ends in ext; nil when
// that says nothing.
func rawDecoder(ext string) decoder {
	for _, k := range raws {
		for e := range strings.FieldsSeq(k.extensions) {
			if !strings.EqualFold(e, ext) {
				continue
			}
			return func(in *bufio.Reader, to *sink) error {
				if err := to.open(k.rate, 1); err != nil {
					return err
				}
				if codec, ok := codecs.ByID(k.codec); ok {
					return pieces(in, to, codec.New(k.rate, codecs.Format{}).Decode)
				}
				return pieces(in, to, linear)
			}
		}
	}
	return nil
}

func linear(dst []int16, b []byte) int {
	for i := range len(b) / 2 {
		dst[i] = int16(binary.LittleEndian.Uint16(b[2*i:]))
	}
	return len(b) / 2
}

// pieces decodes all of in. No kind makes more than two samples of a byte.
func pieces(in *bufio.Reader, to *sink, decode func(dst []int16, b []byte) int) error {
	b, pcm := make([]byte, 1<<10), make([]int16, 2<<10)
	for {
		n, err := io.ReadFull(in, b)
		if err := to.write(pcm[:decode(pcm, b[:n])]); err != nil {
			return err
		}
		switch {
		case err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}
