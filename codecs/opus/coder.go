//go:build cgo

package opus

import lib "github.com/hraban/opus"

// Options is what the far side wants to be sent. The zero value sends speech at
// a rate that suits it.
type Options struct {
	Bitrate int  // bit/s at most; 0 means no bound
	MaxRate int  // Hz: the far side plays no more; 0 means no bound
	FEC     bool // add a coarse copy of each frame to the one after it
	DTX     bool // send nothing in silence, but for an update every 400 ms
	CBR     bool // every packet of one size
}

const (
	// complexity is libopus' 0 to 10. From 7 on it also looks for music, at
	// nearly twice the cost, which telephone speech does not reward.
	complexity = 5

	// expectedLoss, in per cent, is how much of each packet libopus spends on
	// FEC when it is asked for: without a loss to expect it spends nothing.
	expectedLoss = 10

	// maxConceal bounds one concealment, in samples per kHz of rate: what
	// libopus makes up has faded out by then.
	maxConceal = 120
)

// Coder is one encoder and one decoder at the same rate.
type Coder struct {
	enc  *lib.Encoder
	dec  *lib.Decoder
	tick int // samples in 10 ms
	dtx  bool
	cbr  bool
}

// New makes a coder for sound at rate, one of 8000, 12000, 16000, 24000 and
// 48000 Hz; nil at any other.
func New(rate int, o Options) *Coder {
	enc, err := lib.NewEncoder(rate, 1, lib.AppVoIP)
	if err != nil {
		return nil
	}
	dec, err := lib.NewDecoder(rate, 1)
	if err != nil {
		return nil
	}
	for _, err := range []error{
		enc.SetComplexity(complexity),
		enc.SetBitrate(bitrate(rate, o)),
		enc.SetMaxBandwidth(bandwidth(rate, o.MaxRate)),
		enc.SetVBR(!o.CBR),
		enc.SetDTX(o.DTX),
		enc.SetInBandFEC(o.FEC),
		enc.SetPacketLossPerc(loss(o.FEC)),
	} {
		if err != nil {
			return nil
		}
	}
	return &Coder{enc: enc, dec: dec, tick: rate / 100, dtx: o.DTX, cbr: o.CBR}
}

// bitrate is what speech of a rate needs (RFC 7587 §3.1.1 gives 8–12 kbit/s for
// 8 kHz, 16–20 for 16 kHz, 28–40 for 48 kHz, as the least that sounds well), a
// quarter more with FEC, never above what the far side bears. Staying below
// 44 kbit/s keeps libopus in its speech modes.
func bitrate(rate int, o Options) int {
	if o.MaxRate > 0 {
		rate = min(rate, o.MaxRate)
	}
	choice := 16000
	switch {
	case rate > 24000:
		choice = 32000
	case rate > 16000:
		choice = 28000
	case rate > 8000:
		choice = 24000
	}
	if o.FEC {
		choice += choice / 4
	}
	if o.Bitrate > 0 {
		choice = min(choice, o.Bitrate)
	}
	return choice
}

// bandwidth is the widest that both rates carry.
func bandwidth(rate, most int) lib.Bandwidth {
	if most > 0 {
		rate = min(rate, most)
	}
	switch {
	case rate < 12000:
		return lib.Narrowband
	case rate < 16000:
		return lib.Mediumband
	case rate < 24000:
		return lib.Wideband
	case rate < 48000:
		return lib.SuperWideband
	}
	return lib.Fullband
}

func loss(fec bool) int {
	if fec {
		return expectedLoss
	}
	return 0
}

// Restart lets the next packet lean on none before it.
func (c *Coder) Restart() {
	_ = c.enc.Reset() // fails only without an encoder
}

// Encode writes one packet of 10 to 60 ms, a multiple of 10, to dst. It returns
// 0 for any other length, without room, and for silence when DTX was asked for.
func (c *Coder) Encode(dst []byte, pcm []int16) int {
	if len(pcm)%c.tick != 0 || len(dst) == 0 {
		return 0
	}
	n := 0
	switch len(pcm) / c.tick {
	case 1, 2, 4, 6:
		n = c.frame(dst, pcm)
	case 3, 5:
		n = c.several(dst, pcm)
	}
	if c.dtx && n <= 2 { // what libopus itself says need not be sent
		return 0
	}
	return n
}

// frame encodes one frame, into a packet of its own.
func (c *Coder) frame(dst []byte, pcm []int16) int {
	// The binding fills slices to their capacity, not to their length.
	n, err := c.enc.Encode(pcm, dst[:len(dst):len(dst)])
	if err != nil {
		return 0
	}
	return n
}

// several joins frames of 10 ms, because there is no Opus frame of 30 or 50 ms,
// into a packet that says how many they are (RFC 6716 §3.2.5).
//
// A packet has one configuration for all its frames. Where libopus changes its
// mind halfway, which at one bit rate it does once at the beginning if at all,
// the frames that differ are left empty, which makes the far side conceal them.
func (c *Coder) several(dst []byte, pcm []int16) int {
	var sizes [5]int
	count := len(pcm) / c.tick
	first := 2 * count // after two bytes of head and up to two for all sizes but the last
	end, toc, filled, whole := first, byte(0), false, 2
	for i := range sizes[:count] {
		if end > len(dst) {
			return 0
		}
		// A frame comes with a byte of its own before it: let that fall on the
		// last byte of the frame before, and put this back.
		before := dst[end-1]
		n := c.frame(dst[end-1:], pcm[i*c.tick:(i+1)*c.tick])
		whole += n
		n = strip(dst[end-1:], n)
		if n > 2 && (!filled || dst[end-1] == toc) {
			toc, filled = dst[end-1], true
			sizes[i] = n - 1
		} else if !filled && n > 0 {
			toc = dst[end-1]
		}
		dst[end-1] = before
		end += sizes[i]
	}
	if !filled && c.dtx {
		return 0
	}
	dst[0] = toc | 3
	dst[1] = 0x80 | byte(count)
	head := 2
	for _, size := range sizes[:count-1] {
		head += putSize(dst[head:], size)
	}
	n := head + copy(dst[head:], dst[first:end])
	if c.cbr {
		return pad(dst, n, min(whole, len(dst)), head)
	}
	return n
}

// Decode writes the sound of a packet to dst; 0 when it holds none that makes
// sense, or more than there is room for.
func (c *Coder) Decode(dst []int16, packet []byte) int {
	n := Length(packet) * c.tick / 480
	if n == 0 || n > len(dst) {
		return 0
	}
	n, err := c.dec.Decode(packet, dst[:n:n])
	if err != nil {
		return 0
	}
	return n
}

// Conceal writes what was lost before next, from the copy that next carries of
// it if there is one, else as libopus continues what came before. It works in
// steps of 2.5 ms and gives up after 120 ms.
func (c *Coder) Conceal(dst []int16, next []byte) int {
	step := c.tick / 4
	n := min(len(dst), maxConceal*c.tick/10) / step * step
	if n == 0 {
		return 0
	}
	lost := dst[:n:n]
	var err error
	if Length(next) > 0 {
		err = c.dec.DecodeFEC(next, lost)
	} else {
		err = c.dec.DecodePLC(lost)
	}
	if err != nil {
		return 0
	}
	return n
}
