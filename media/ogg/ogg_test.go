package ogg

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

func TestChecksumIsTheStandards(t *testing.T) {
	// The first page of a file made by opusenc, with its checksum.
	want, err := hex.DecodeString("4f676753" + "0002" + "0000000000000000" + "87d61200" + "00000000" + "4b66688e" + "0113" +
		"4f707573486561640102380180bb0000000000")
	if err != nil {
		t.Fatal(err)
	}
	p := Page{Flags: First, Serial: 1234567, Lacing: []byte{19}, Body: Head{Channels: 2, PreSkip: 312, Rate: 48000}.Append(nil)}
	if got := p.Append(nil); !bytes.Equal(got, want) {
		t.Fatalf("the page is\n%x, want\n%x", got, want)
	}
}

// stream makes a file with packets of the given lengths, a page for each group.
func stream(groups ...[]int) []byte {
	w := NewWriter(7)
	b := w.Begin(nil, Head{Channels: 1, PreSkip: 312, Rate: 16000}, "test")
	n := 0
	for _, g := range groups {
		b = w.Flush(b)
		for _, size := range g {
			n++
			b = w.Packet(b, bytes.Repeat([]byte{byte(n)}, size), 960)
		}
	}
	return w.End(b, int64(960*n-100))
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	f := func(sizes ...int) {
		t.Helper()
		n := 0
		got, err := Inspect(iotest.HalfReader(bytes.NewReader(stream(sizes))), func(p []byte) {
			if want := bytes.Repeat([]byte{byte(n + 1)}, sizes[n]); !bytes.Equal(p, want) {
				t.Errorf("packet %d has %d bytes, want %d", n, len(p), sizes[n])
			}
			n++
		})
		want := Stream{Head{1, 312, 16000}, len(sizes), int64(960*len(sizes) - 100 - 312), true}
		if err != nil || got != want {
			t.Errorf("%v: %+v, %v; want %+v", sizes, got, err, want)
		}
	}
	f(10)
	f(254, 255, 256, 509, 510, 511)
	f(1, 0, 1)
	f(1275)
	f(30000, 30000, 30000) // more than one page
	f(make([]int, 700)...) // more segments than one page has
	f(slices.Repeat([]int{100}, 700)...)
}

func TestWriterDropsWhatIsNoPacket(t *testing.T) {
	w := NewWriter(7)
	if b := w.Packet(nil, make([]byte, 255*255), 960); len(b) != 0 || len(w.Flush(nil)) != 0 {
		t.Fatal("a packet that fits no page was taken")
	}
}

func TestPacketsMayGoOnOnTheNextPage(t *testing.T) {
	w := NewWriter(7)
	b := w.Begin(nil, Head{Channels: 1, PreSkip: 312, Rate: 16000}, "test")
	for i, p := range []Page{
		{Lacing: []byte{3, 255}, Body: append([]byte("abc"), make([]byte, 255)...), Granule: 960},
		{Flags: Continued, Lacing: []byte{255, 255}, Body: make([]byte, 510), Granule: -1},
		{Flags: Continued | Last, Lacing: []byte{0, 2}, Body: []byte("xy"), Granule: 2880},
	} {
		p.Serial, p.Sequence = 7, uint32(i+2)
		b = p.Append(b)
	}
	var sizes []int
	got, err := Inspect(bytes.NewReader(b), func(p []byte) { sizes = append(sizes, len(p)) })
	if err != nil || got.Packets != 3 || !got.Complete || got.Instants != 2880-312 ||
		len(sizes) != 3 || sizes[0] != 3 || sizes[1] != 765 || sizes[2] != 2 {
		t.Fatalf("%+v, %v, packets of %v", got, err, sizes)
	}
}

func TestInspectSaysWhereItEnds(t *testing.T) {
	whole := stream([]int{100, 100}, []int{200}, []int{300})
	last := len(whole) - 300 - headerLen - 2
	f := func(what string, b []byte, packets int, complete bool, want error, says string) {
		t.Helper()
		got, err := Inspect(bytes.NewReader(b), nil)
		if got.Packets != packets || got.Complete != complete || !errors.Is(err, want) || want != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v; want %d packets, %v %q", what, got, err, packets, want, says)
		}
	}
	flip := func(i int) []byte {
		b := bytes.Clone(whole)
		b[i] ^= 1
		return b
	}
	f("whole", whole, 4, true, nil, "")
	f("killed between pages", whole[:last], 3, false, nil, "")
	f("killed within a page", whole[:last+100], 3, false, ErrTruncated, "at byte ")
	f("killed within a page's head", whole[:last+9], 3, false, ErrTruncated, "at byte ")
	f("a bit in a body", flip(last-1), 2, false, ErrDamaged, "wrong checksum")
	f("a bit in a magic", flip(last), 3, false, ErrDamaged, "no page begins")
	f("a page twice", append(bytes.Clone(whole[:last]), whole[last-200-headerLen-1:]...), 3, false, ErrDamaged, "page 3 where 4")
	f("something behind", append(bytes.Clone(whole), whole...), 4, true, ErrDamaged, "behind the last")
	f("noise behind", append(bytes.Clone(whole), "noise, long enough for a head of a page"...), 4, true, ErrDamaged, "no page begins")
	f("empty", nil, 0, false, ErrNotOgg, "")
	f("short", []byte("Ogg"), 0, false, ErrNotOgg, "")
	f("another format", bytes.Repeat([]byte("RIFF"), 20), 0, false, ErrNotOgg, "")
	f("its head alone", whole[:headerLen+1+19], 0, false, ErrNotOpus, "within its header")
}

func TestInspectRefusesOtherStreams(t *testing.T) {
	f := func(says string, pages ...Page) {
		t.Helper()
		var b []byte
		for i, p := range pages {
			p.Sequence = uint32(i)
			p.Lacing = []byte{byte(len(p.Body))}
			b = p.Append(b)
		}
		if _, err := Inspect(bytes.NewReader(b), nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q...: %v, want %q", pages[0].Body, err, says)
		}
	}
	head := Head{Channels: 2, PreSkip: 1, Rate: 8000}.Append(nil)
	with := func(i int, v byte) []byte {
		b := bytes.Clone(head)
		b[i] = v
		return b
	}
	f("no OpusHead", Page{Body: []byte("\x01vorbis and some more bytes")})
	f("no OpusHead", Page{Body: head[:18]})
	f("version 16", Page{Body: with(8, 16)})
	f("3 channels", Page{Body: with(9, 3)})
	f("0 channels", Page{Body: with(9, 0)})
	f("mapping family 255", Page{Body: with(18, 255)})
	f("no OpusTags", Page{Body: head}, Page{Body: []byte("OpusTugs")})
	f("more than one stream", Page{Body: head}, Page{Body: head, Serial: 9})
	f("another packet", Page{Body: head}, Page{Body: head, Flags: Continued})

	_, err := Inspect(io.MultiReader(bytes.NewReader(stream()[:60]), iotest.ErrReader(os.ErrPermission)), nil)
	if !errors.Is(err, os.ErrPermission) {
		t.Errorf("the disk's own error came out as %v", err)
	}
}

func TestAnEndlessPacketIsRefused(t *testing.T) {
	b := NewWriter(7).Begin(nil, Head{Channels: 1, Rate: 8000}, "test")
	page := Page{Serial: 7, Sequence: 1, Lacing: bytes.Repeat([]byte{255}, 255), Body: make([]byte, 255*255)}
	for range 20 {
		page.Sequence++
		b = page.Append(b)
		page.Flags = Continued
	}
	if _, err := Inspect(bytes.NewReader(b), nil); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "beyond") {
		t.Fatalf("a packet of a megabyte: %v", err)
	}
}

func TestWriterDoesNotAllocate(t *testing.T) {
	w, packet, b := NewWriter(1), make([]byte, 120), make([]byte, 0, 1<<16)
	n := testing.AllocsPerRun(100, func() {
		b = b[:0]
		for range 50 {
			b = w.Packet(b, packet, 960)
		}
		b = w.Flush(b)
	})
	if n != 0 {
		t.Fatalf("a page costs %v allocations, want 0", n)
	}
}

// FuzzInspect: any file is a stream or an error; never a panic, never more sound
// than packets. A file that passes is read the same when its pages are written again.
func FuzzInspect(f *testing.F) {
	f.Add(stream([]int{100, 100}, []int{255, 510}))
	f.Add(stream([]int{1})[:80])
	f.Add([]byte("OggS"))
	f.Fuzz(func(t *testing.T, b []byte) {
		size, packets := 0, 0
		s, err := Inspect(bytes.NewReader(b), func(p []byte) { size += len(p); packets++ })
		if packets != s.Packets || size > len(b) || s.Instants < 0 {
			t.Fatalf("%d bytes gave %+v with %d packets of %d bytes", len(b), s, packets, size)
		}
		if err != nil {
			return
		}
		var again []byte
		for r := NewReader(bytes.NewReader(b)); ; {
			p, err := r.Next()
			if err != nil {
				break
			}
			again = p.Append(again)
		}
		if !bytes.Equal(again, b) {
			t.Fatal("written again, the pages are others")
		}
	})
}

func BenchmarkPage(b *testing.B) {
	w, packet, buf := NewWriter(1), make([]byte, 120), make([]byte, 0, 1<<16)
	b.ReportAllocs()
	for b.Loop() {
		buf = buf[:0]
		for range 50 {
			buf = w.Packet(buf, packet, 960)
		}
		buf = w.Flush(buf)
	}
}
