// Package wire writes the values that cross between the control plane and the
// media threads as bytes, and reads them back.
//
// There is one list of fields per record, walked in both directions by a Coder:
// what is written and what is read cannot differ. Records travel through rings
// of the same build on the same machine, so there are no versions, no names and
// no byte order to agree on. Still the bytes are not trusted: a record that is
// torn, cut or made up reads as an error, never as a crash, and no length makes
// the reader allocate more than the record is long.
//
// What cannot be written as bytes (sockets, clips, taps) is Baggage.
package wire

import (
	"encoding/binary"
	"math"
	"net/netip"
)

// Coder is one pass over the fields of a record. The zero Coder is not usable.
type Coder struct {
	Bag     Baggage
	buf     []byte // written so far, or left to read
	reading bool
	bad     bool
}

// Writer begins a record that is appended to buf.
func Writer(buf []byte, bag Baggage) Coder { return Coder{Bag: bag, buf: buf} }

// Reader begins to read rec, which must not change meanwhile for the result to
// make sense. Nothing that was read refers to rec.
func Reader(rec []byte, bag Baggage) Coder { return Coder{Bag: bag, buf: rec, reading: true} }

// Reading reports in which direction the pass goes.
func (x *Coder) Reading() bool { return x.reading }

// Written returns the record.
func (x *Coder) Written() []byte { return x.buf }

// Spoil marks the record as one that cannot be used.
func (x *Coder) Spoil() { x.bad = true }

// Good reports whether nothing has gone wrong so far.
func (x *Coder) Good() bool { return !x.bad }

// OK reports whether all went well: when writing, that there was means to carry
// everything; when reading, that the record was whole, with nothing behind it.
func (x *Coder) OK() bool { return !x.bad && (!x.reading || len(x.buf) == 0) }

// next takes n bytes off what is left; zeros when there are not so many.
func (x *Coder) next(n int) []byte {
	if x.bad || n > len(x.buf) {
		x.bad = true
		return nil
	}
	b := x.buf[:n]
	x.buf = x.buf[n:]
	return b
}

// integer is what Num can carry.
type integer interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

// Num is a field that is a whole number.
func Num[T integer](x *Coder, v *T) {
	if !x.reading {
		x.buf = binary.NativeEndian.AppendUint64(x.buf, uint64(*v))
		return
	}
	if b := x.next(8); b != nil {
		n := binary.NativeEndian.Uint64(b)
		if *v = T(n); uint64(*v) != n {
			x.bad = true
		}
	}
}

// Byte is a field that fits into one byte.
func Byte[T ~uint8](x *Coder, v *T) {
	if !x.reading {
		x.buf = append(x.buf, byte(*v))
		return
	}
	if b := x.next(1); b != nil {
		*v = T(b[0])
	}
}

// Bool is a field that is true or false.
func (x *Coder) Bool(v *bool) {
	var b uint8
	if *v {
		b = 1
	}
	Byte(x, &b)
	*v = b != 0
}

// Float is a field that is a number with a fraction. What is not a number, or
// infinite, spoils the record.
func (x *Coder) Float(v *float32) {
	bits := math.Float32bits(*v)
	Num(x, &bits)
	*v = math.Float32frombits(bits)
	if f := float64(*v); x.reading && (math.IsNaN(f) || math.IsInf(f, 0)) {
		x.bad, *v = true, 0
	}
}

// Fixed is a field of as many bytes as v has.
func (x *Coder) Fixed(v []byte) {
	if !x.reading {
		x.buf = append(x.buf, v...)
		return
	}
	if b := x.next(len(v)); b != nil {
		copy(v, b)
	}
}

// count is the length of a list whose items take at least one byte each.
func (x *Coder) count(n int) int {
	Num(x, &n)
	if n < 0 || x.reading && n > len(x.buf) {
		x.bad = true
	}
	if x.bad {
		return 0
	}
	return n
}

// Bytes is a field of any number of bytes.
func (x *Coder) Bytes(v *[]byte) {
	n := x.count(len(*v))
	if !x.reading {
		x.buf = append(x.buf, *v...)
		return
	}
	*v = append([]byte(nil), x.next(n)...)
}

// Text is a field of any number of characters.
func (x *Coder) Text(v *string) {
	n := x.count(len(*v))
	if !x.reading {
		x.buf = append(x.buf, *v...)
		return
	}
	*v = string(x.next(n))
}

// Addr is an address field; the zero one is kept.
func (x *Coder) Addr(v *netip.AddrPort) {
	var length uint8
	if !x.reading {
		at := len(x.buf)
		x.buf = append(x.buf, 0)
		if v.IsValid() {
			x.buf, _ = v.AppendBinary(x.buf) // never fails
		}
		if n := len(x.buf) - at - 1; n < 256 {
			x.buf[at] = byte(n)
			return
		}
		x.bad = true // a zone of hundreds of characters
		return
	}
	*v = netip.AddrPort{}
	if Byte(x, &length); length > 0 {
		if b := x.next(int(length)); b == nil || v.UnmarshalBinary(b) != nil {
			x.bad = true
		}
	}
}

// List is a field of any number of items.
func List[T any](x *Coder, v *[]T, item func(*Coder, *T)) {
	n := x.count(len(*v))
	if x.reading {
		*v = nil
		if n > 0 {
			*v = make([]T, n)
		}
	}
	for i := range *v {
		if x.bad {
			return
		}
		item(x, &(*v)[i])
	}
}
