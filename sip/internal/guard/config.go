package guard

import "time"

// Config is how much is allowed. Zero values mean the defaults; a negative rate
// does not limit.
type Config struct {
	Source    Rates // of one source address (IPv6: /64) that is no trunk
	Trunk     Rates // of one trunk, over all its addresses
	Strangers Rate  // messages of all strangers together, over UDP
	Bans      Bans
	Sources   int      // remembered at once, of strangers and of others each; default 16384
	Scanners  []string // further names of scanners, found anywhere in User-Agent or From
}

// Rates are of messages and of INVITEs that open a call, in this order.
type Rates [2]Rate

// Rate is so many per second, and so many at once after a pause.
type Rate struct {
	PerSecond float64
	Burst     int // default: what a second brings, at least one
}

// Bans says what is banned and for how long.
type Bans struct {
	Sentences Sentences
	Window    time.Duration // offences are forgotten so long after the first; default 1m
	Longest   time.Duration // of a repeated ban; default 24h
	Size      int           // bans at once; default 4096
}

// Sentences are by Offence.
type Sentences [offences]Sentence

// Sentence is a ban for so long after so many offences; negative is never.
type Sentence struct {
	After int
	For   time.Duration
}

func (c Config) complete() Config {
	c.Source[messages] = c.Source[messages].or(Rate{50, 200})
	c.Source[invites] = c.Source[invites].or(Rate{10, 30})
	c.Trunk[messages] = c.Trunk[messages].or(Rate{20000, 20000})
	c.Trunk[invites] = c.Trunk[invites].or(Rate{2000, 2000})
	c.Strangers = c.Strangers.or(Rate{2000, 4000})
	if c.Sources <= 0 {
		c.Sources = 16384
	}
	c.Bans = c.Bans.complete()
	return c
}

func (r Rate) or(other Rate) Rate {
	if r.PerSecond == 0 {
		return other
	}
	if r.Burst <= 0 {
		r.Burst = max(1, int(r.PerSecond))
	}
	return r
}

func (b Bans) complete() Bans {
	usual := Sentences{
		BadAuth:       {8, 10 * time.Minute},
		Scan:          {1, time.Hour},
		UnknownNumber: {10, 10 * time.Minute},
		BadMessage:    {20, 10 * time.Minute},
		Flood:         {500, 5 * time.Minute},
		Stranger:      {50, 10 * time.Minute},
	}
	for i, s := range b.Sentences {
		if s.After == 0 {
			b.Sentences[i].After = usual[i].After
		}
		if s.For <= 0 {
			b.Sentences[i].For = usual[i].For
		}
	}
	if b.Window <= 0 {
		b.Window = time.Minute
	}
	if b.Longest <= 0 {
		b.Longest = 24 * time.Hour
	}
	if b.Size <= 0 {
		b.Size = 4096
	}
	return b
}
