package ear

import "trunkline/dsp"

// Converter brings sound from one rate to another. The zero value copies.
type Converter struct {
	from, to int
	c        *dsp.Converter // a kilobyte, made when first needed
}

// Set prepares for rates; it allocates when they differ from each other and
// from those before.
func (c *Converter) Set(from, to int) {
	if c.from == from && c.to == to {
		return
	}
	c.from, c.to = from, to
	if from == to {
		return
	}
	if c.c == nil {
		c.c = new(dsp.Converter)
	}
	*c.c, _ = dsp.MakeConverter(from, to) // there is one between any two of our rates
}

// Takes returns how many samples are converted into at most room.
func (c *Converter) Takes(room int) int {
	if c.from == c.to {
		return room
	}
	return room * c.from / c.to
}

// Convert returns src at the other rate, in dst unless there is nothing to do.
func (c *Converter) Convert(dst, src []int16) []int16 {
	if c.from == c.to {
		return src
	}
	return dst[:c.c.Process(dst, src)]
}
