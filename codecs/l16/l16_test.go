package l16

import (
	"bytes"
	"slices"
	"testing"
)

func TestNetworkByteOrder(t *testing.T) {
	pcm := []int16{0, 1, -1, 256, -32768, 32767}
	want := []byte{0, 0, 0, 1, 0xff, 0xff, 1, 0, 0x80, 0, 0x7f, 0xff}
	got, back := make([]byte, 20), make([]int16, 20)
	n := Coder{}.Encode(got, pcm)
	if !bytes.Equal(got[:n], want) {
		t.Errorf("encoded %x, want %x", got[:n], want)
	}
	if n := (Coder{}).Decode(back, append(want, 9)); !slices.Equal(back[:n], pcm) {
		t.Errorf("decoded %v, want %v", back[:n], pcm)
	}
}
