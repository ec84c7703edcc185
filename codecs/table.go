package codecs

import (
	"slices"
	"strings"

	"trunkline/codecs/g711"
	"trunkline/codecs/g722"
	"trunkline/codecs/l16"
)

// table is every codec built in, in the order we prefer them. Read-only. Those
// whose library is C, or whose licence not everybody can take, come from files
// with a build tag.
var table = slices.Concat(plain, opusRows, linear, g729Rows, amrRows)

var plain = []Codec{
	{
		ID: PCMU, Name: "PCMU", PayloadType: 0,
		ClockRate: 8000, Rates: []int{8000}, Channels: 1,
		New: func(rate int, _ Format) Coder { return at(rate, 8000, g711.ULaw{}) }, Length: bytePerSample,
	},
	{
		ID: PCMA, Name: "PCMA", PayloadType: 8,
		ClockRate: 8000, Rates: []int{8000}, Channels: 1,
		New: func(rate int, _ Format) Coder { return at(rate, 8000, g711.ALaw{}) }, Length: bytePerSample,
	},
	{
		ID: G722, Name: "G722", PayloadType: 9,
		ClockRate: 8000, Rates: []int{16000, 8000}, Channels: 1,
		New: newG722, Length: bytePerSample,
	},
}

var linear = []Codec{
	{
		ID: L16, Name: "L16", PayloadType: 96,
		ClockRate: 8000, Rates: []int{8000}, Channels: 1,
		New: func(rate int, _ Format) Coder { return at(rate, 8000, l16.Coder{}) }, Length: twoBytesPerSample,
	},
	{
		ID: L16Wide, Name: "L16", PayloadType: 97,
		ClockRate: 16000, Rates: []int{16000}, Channels: 1,
		New: func(rate int, _ Format) Coder { return at(rate, 16000, l16.Coder{}) }, Length: twoBytesPerSample,
	},
}

func newG722(rate int, _ Format) Coder {
	if c := g722.New(rate); c != nil {
		return c
	}
	return nil
}

// at is c when the rate is the one it works at.
func at(rate, only int, c Coder) Coder {
	if rate != only {
		return nil
	}
	return c
}

func bytePerSample(payload []byte) int { return len(payload) }

func twoBytesPerSample(payload []byte) int { return len(payload) / 2 }

// All returns the whole table, in order of preference. The slice is the
// caller's own.
func All() []Codec { return slices.Clone(table) }

// Default returns what is offered where nobody chose: what every telephone
// speaks, in order of preference.
func Default() []ID { return []ID{PCMU, PCMA} }

// ByID returns the codec with the given id.
func ByID(id ID) (Codec, bool) {
	if i := row(id); i >= 0 {
		return table[i], true
	}
	return Codec{}, false
}

// Known reports whether there is a codec with the given id.
func Known(id ID) bool { return row(id) >= 0 }

// Length returns how much sound a payload in codec id holds, in timestamp units
// of clock, Hz; 0 when it holds none, or there is no such codec.
func Length(id ID, payload []byte) (units, clock int) {
	i := row(id)
	if i < 0 {
		return 0, 0
	}
	return table[i].Length(payload), table[i].ClockRate
}

// row returns where a codec is in the table; -1 when it is not.
func row(id ID) int {
	for i := range table {
		if table[i].ID == id {
			return i
		}
	}
	return -1
}

// ByName returns the codec an rtpmap attribute names: encoding names are
// compared without regard to case (RFC 8866 §6.6, RFC 4855 §3). A clock of 0
// matches any rate.
func ByName(name string, clock int) (Codec, bool) {
	for i := range table {
		if strings.EqualFold(table[i].Name, name) && (clock == 0 || clock == table[i].ClockRate) {
			return table[i], true
		}
	}
	return Codec{}, false
}

// ByPayloadType returns the codec a static payload type stands for when no
// rtpmap names it (RFC 3551 §6).
func ByPayloadType(pt uint8) (Codec, bool) {
	for i := range table {
		if table[i].PayloadType == pt && table[i].Static() {
			return table[i], true
		}
	}
	return Codec{}, false
}

// String returns the codec's encoding name, "none" for None.
func (id ID) String() string {
	if c, ok := ByID(id); ok {
		return c.Name
	}
	return "none"
}
