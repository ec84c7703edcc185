package wire

import (
	"bytes"
	"fmt"
	"net/netip"
	"reflect"
	"testing"

	"trunkline/internal/simnet"
	"trunkline/media/msg"
	"trunkline/media/prompt"
	"trunkline/media/tap"

	"trunkline/internal/netio"
)

// fill gives every field of v a value of its own, other than zero.
func fill(v reflect.Value, next *uint64) {
	*next++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(*next%200 + 1)
	case reflect.Uint, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(*next)
	case reflect.Int, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(-int64(*next))
	case reflect.Float32:
		v.SetFloat(float64(*next) + 0.5)
	case reflect.String:
		v.SetString(fmt.Sprint("text ", *next))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i), next)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[netip.AddrPort]() {
			v.Set(reflect.ValueOf(netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(*next)}), uint16(*next))))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), next)
		}
	default:
		panic("a kind nobody thought of: " + v.Kind().String())
	}
}

// TestEveryFieldTravels finds a field that was added and not listed.
func TestEveryFieldTravels(t *testing.T) {
	f := func(v any, fields func(*Coder, any)) {
		t.Helper()
		rv, next := reflect.ValueOf(v).Elem(), uint64(0)
		fill(rv, &next)
		if e, ok := v.(*msg.Event); ok {
			e.Kind = msg.Closed // the one that has them all
		}
		got := reflect.New(rv.Type())
		x := Writer(nil, nil)
		fields(&x, v)
		y := Reader(x.Written(), nil)
		fields(&y, got.Interface())
		if !x.OK() || !y.OK() || !reflect.DeepEqual(v, got.Interface()) {
			t.Errorf("%T went in as\n%+v and came out as\n%+v", v, rv, got.Elem())
		}
		for cut := range x.Written() {
			y := Reader(x.Written()[:cut], nil)
			if fields(&y, reflect.New(rv.Type()).Interface()); y.OK() {
				t.Errorf("%T: %d of %d bytes are enough", v, cut, len(x.Written()))
			}
		}
		y = Reader(append(bytes.Clone(x.Written()), 0), nil)
		if fields(&y, reflect.New(rv.Type()).Interface()); y.OK() {
			t.Errorf("%T: a byte too many is nothing", v)
		}
	}
	f(new(msg.Params), func(x *Coder, v any) { Params(x, v.(*msg.Params)) })
	f(new(msg.Event), func(x *Coder, v any) { Event(x, v.(*msg.Event)) })
	f(new(msg.Member), func(x *Coder, v any) { Member(x, v.(*msg.Member)) })
	f(new(msg.Playback), func(x *Coder, v any) { Playback(x, v.(*msg.Playback)) })
}

func TestAddressesTravel(t *testing.T) {
	for _, want := range []netip.AddrPort{
		{}, netip.MustParseAddrPort("127.0.0.1:0"), netip.MustParseAddrPort("[2001:db8::1]:65535"),
		netip.MustParseAddrPort("[fe80::1%eth0]:4000"), netip.MustParseAddrPort("[::ffff:10.0.0.1]:9"),
	} {
		x := Writer(nil, nil)
		x.Addr(&want)
		got := netip.MustParseAddrPort("1.2.3.4:5")
		y := Reader(x.Written(), nil)
		if y.Addr(&got); !y.OK() || got != want {
			t.Errorf("%v came out as %v", want, got)
		}
	}
}

// FuzzReader reads whatever bytes there are as everything.
func FuzzReader(f *testing.F) {
	var p msg.Params
	next := uint64(0)
	fill(reflect.ValueOf(&p).Elem(), &next)
	x := Writer(nil, nil)
	Params(&x, &p)
	f.Add(x.Written())
	e := msg.Event{Kind: msg.Closed}
	x = Writer(nil, nil)
	Event(&x, &e)
	f.Add(x.Written())
	f.Fuzz(func(t *testing.T, rec []byte) {
		var p msg.Params
		y := Reader(rec, nil)
		if Params(&y, &p); y.OK() {
			x := Writer(nil, nil)
			if Params(&x, &p); !bytes.Equal(x.Written(), rec) && len(x.Written()) != len(rec) {
				t.Fatalf("%x was read as %+v, which is written as %x", rec, p, x.Written())
			}
		}
		if len(p.Accept) > len(rec) {
			t.Fatalf("%d bytes made %d payloads", len(rec), len(p.Accept))
		}
		y = Reader(rec, nil)
		Event(&y, new(msg.Event))
		y = Reader(rec, NewBeside())
		var ports netio.Ports
		var clips []Clip
		var tp *tap.Tap
		var text string
		var label []byte
		List(&y, &clips, func(x *Coder, c *Clip) { x.Bag.Clip(x, c) })
		y.Text(&text)
		y.Bytes(&label)
		y.Bag.Ports(&y, 1, &ports)
		y.Bag.Tap(&y, &tp)
	})
}

func TestThingsTravelBesideTheRecord(t *testing.T) {
	b, n := NewBeside(), simnet.New(1, simnet.Link{})
	ports, err := n.Bind(netip.MustParseAddr("10.0.0.1"), 4000)
	if err != nil {
		t.Fatal(err)
	}
	lost := prompt.New([]int16{1})
	x := Writer(nil, b)
	x.Bag.Clip(&x, &Clip{Clip: lost}) // its record is never sent
	clip, tp, none := prompt.New([]int16{2}), tap.New(tap.Stereo, 8000, 20), Clip{}
	x = Writer(nil, b)
	x.Bag.Ports(&x, 7, &ports)
	x.Bag.Clip(&x, &Clip{Clip: clip})
	x.Bag.Clip(&x, &none)
	x.Bag.Tap(&x, &tp)
	y := Reader(x.Written(), b)
	var ports2 netio.Ports
	var clip2, none2 Clip
	var tp2 *tap.Tap
	y.Bag.Ports(&y, 7, &ports2)
	y.Bag.Clip(&y, &clip2)
	y.Bag.Clip(&y, &none2)
	y.Bag.Tap(&y, &tp2)
	if !x.OK() || !y.OK() || ports2 != ports || clip2.Clip != clip || none2.Clip != nil || tp2 != tp {
		t.Fatalf("%v %v: got %v, %v, %v, %v", x.OK(), y.OK(), ports2, clip2, none2, tp2)
	}
	y = Reader(x.Written(), b)
	if y.Bag.Ports(&y, 7, &ports2); y.OK() {
		t.Fatal("what was taken was taken again")
	}
	for range besideCapacity + 1 {
		x = Writer(nil, b)
		x.Bag.Clip(&x, &Clip{Clip: clip})
	}
	if x.OK() {
		t.Fatal("there is no end of room")
	}
}

func TestCodingDoesNotAllocate(t *testing.T) {
	e, buf := msg.Event{Kind: msg.Closed}, make([]byte, 0, 1000)
	n := testing.AllocsPerRun(1000, func() {
		x := Writer(buf, nil)
		Event(&x, &e)
		y := Reader(x.Written(), nil)
		Event(&y, &e)
	})
	if n != 0 {
		t.Fatalf("an event costs %v allocations, want 0", n)
	}
}

func BenchmarkParams(b *testing.B) {
	p := msg.Params{Remote: netip.MustParseAddrPort("10.0.0.1:4000"), Accept: make([]msg.Payload, 4)}
	buf := make([]byte, 0, 1000)
	var x Coder // one for many records, as a Door has
	b.ReportAllocs()
	for b.Loop() {
		x = Writer(buf, nil)
		Params(&x, &p)
	}
}
