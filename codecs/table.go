package codecs

import (
	"strings"

	"trunkline/codecs/g711"
)

// table is every codec there is, in the order we prefer them. Read-only.
var table = [...]Codec{
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
}

// at is c when the rate is the one it works at.
func at(rate, only int, c Coder) Coder {
	if rate != only {
		return nil
	}
	return c
}

func bytePerSample(payload []byte) int { return len(payload) }

// All returns the whole table, in order of preference. The slice is the
// caller's own.
func All() []Codec { return append([]Codec(nil), table[:]...) }

// ByID returns the codec with the given id.
func ByID(id ID) (Codec, bool) {
	for i := range table {
		if table[i].ID == id {
			return table[i], true
		}
	}
	return Codec{}, false
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
