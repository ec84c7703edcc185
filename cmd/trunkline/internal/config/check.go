package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"trunkline/internal/netio"
	"trunkline/ivr/menu/opinion"
)

// validation collects what is wrong with a configuration that could be read.
type validation struct {
	source
	errs []error
}

// fail notes an error about the value at path.
func (v *validation) fail(path, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	v.errs = append(v.errs, fmt.Errorf("%s: %s: %s", v.at(path), strings.TrimPrefix(path, "$."), what))
}

// Check holds everything against each other and fills in the fields that are made
// of others. Its error lists all that is wrong.
func (c *Config) Check() error {
	v := validation{source: c.source}
	v.checkSIP(&c.SIP)
	v.checkMedia(&c.Media)
	v.checkAPI(&c.API)
	v.checkSpeech(&c.Speech)
	v.checkRecordings(&c.Record)
	v.checkSeeing(c)
	v.checkStir(&c.Stir)
	v.checkCalls(c)
	v.checkLibraries(c)
	v.checkFlows(c)
	v.checkScriptLimits(&c.Scripts)
	v.oneOf("$.log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("$.log.format", c.Log.Format, "text", "json")
	v.oneOf("$.log.numbers", c.Log.Numbers, "masked", "plain")
	if c.Limits.Calls < 1 {
		v.fail("$.limits.calls", "%d: at least 1", c.Limits.Calls)
	}
	if c.Data == "" {
		v.fail("$.data", "a directory is needed")
	}
	return errors.Join(v.errs...)
}

func (v *validation) oneOf(path, got string, want ...string) {
	for _, w := range want {
		if got == w {
			return
		}
	}
	v.fail(path, "%q is not one of %s", got, strings.Join(want, ", "))
}

// plain refuses control characters in what becomes part of a SIP message.
func (v *validation) plain(path, text string) {
	if strings.ContainsFunc(text, unicode.IsControl) {
		v.fail(path, "%q has a control character", text)
	}
}

func (v *validation) checkMedia(c *Media) {
	c.BindAddr = v.addr("$.media.bind", c.Bind)
	if c.Advertise != "" {
		c.SDPAddr = v.addr("$.media.advertise", c.Advertise)
	} else if c.BindAddr.IsValid() && c.BindAddr.IsUnspecified() {
		v.fail("$.media.advertise", "needed because bind is %s: far sides must know where to send", c.Bind)
	}
	low, high, _ := strings.Cut(c.Ports, "-")
	first, err1 := strconv.ParseUint(low, 10, 16)
	last, err2 := strconv.ParseUint(high, 10, 16)
	if err1 != nil || err2 != nil || first < 1024 || first%2 != 0 || last <= first {
		v.fail("$.media.ports", "%q: want first-last, the first even and above 1023, such as 20000-20999", c.Ports)
	}
	c.FirstPort, c.LastPort = uint16(first), uint16(last)
	var err error
	if c.Mover, err = netio.ParseTier(c.Tier); err != nil {
		v.fail("$.media.tier", "%q is not one of t0, t1, t2, auto", c.Tier)
	}
	v.oneOf("$.media.process", c.Process, "own", "shared")
	if c.Threads < 0 || c.Threads > 256 {
		v.fail("$.media.threads", "%d: 0 to 256", c.Threads)
	}
}

func (v *validation) addr(path, text string) netip.Addr {
	a, err := netip.ParseAddr(text)
	if err != nil {
		v.fail(path, "%q is not an IP address", text)
	}
	return a
}

func (v *validation) checkAPI(c *API) {
	c.Token = os.Getenv("TRUNKLINE_API_TOKEN")
	if c.TokenFile != "" {
		text, err := os.ReadFile(c.TokenFile)
		if err != nil {
			v.fail("$.api.token_file", "%v", err)
		}
		if c.Token = strings.TrimSpace(string(text)); err == nil && c.Token == "" {
			v.fail("$.api.token_file", "%s holds no token", c.TokenFile)
		}
	}
	if c.Listen == "" {
		return
	}
	at, err := netip.ParseAddrPort(c.Listen)
	switch {
	case err != nil:
		v.fail("$.api.listen", "%q: want address:port", c.Listen)
	case !at.Addr().IsLoopback() && c.Token == "":
		v.fail("$.api.listen", "%s is beyond loopback: set token_file or TRUNKLINE_API_TOKEN first", c.Listen)
	}
}

func (v *validation) checkSpeech(c *Speech) {
	seen := map[string]bool{}
	for i := range c.Recognizers {
		r, path := &c.Recognizers[i], fmt.Sprintf("$.speech.recognizers[%d]", i)
		v.oneOf(path+".provider", r.Provider, "pocketsphinx", "process")
		switch {
		case r.Language == "":
			v.fail(path+".language", "a language is needed")
		case seen[r.Language]:
			v.fail(path+".language", "%q has a recognizer already", r.Language)
		}
		seen[r.Language] = true
		if r.Provider == "process" && len(r.Command) == 0 {
			v.fail(path+".command", "provider process needs a command")
		}
		if r.Workers < 0 || r.Workers > 64 {
			v.fail(path+".workers", "%d: 1 to 64, or 0 to choose by the number of processors", r.Workers)
		}
	}
}

// defaults are the values of keys that are left out.
func defaults() Config {
	return Config{
		SIP: SIP{
			Listen:  []Listener{{Transport: "udp", Address: "127.0.0.1:5060"}, {Transport: "tcp", Address: "127.0.0.1:5060"}},
			Unknown: "drop", UserAgent: "Trunkline", Digest: Digest{Realm: "trunkline", Algorithms: []string{"SHA-256"}},
			Registrar: Registrar{MinExpires: Duration(time.Minute), MaxExpires: Duration(2 * time.Hour), MaxContacts: 10},
			Guard: Guard{
				Messages: 50, Invites: 10, TrunkMessages: 20_000, TrunkInvites: 2_000, Strangers: 2_000,
				Bans: true, LongestBan: Duration(24 * time.Hour),
			},
		},
		Media: Media{
			Bind: "127.0.0.1", Ports: "20000-20999", PortRest: Duration(2 * time.Second), Timeout: Duration(time.Minute),
			Tier: "t0", Process: "own", Orphans: Duration(time.Minute),
		},
		API:     API{Listen: "127.0.0.1:8080"},
		Data:    "data",
		Limits:  Limits{Calls: 1000, Drain: Duration(30 * time.Second)},
		Scripts: defaultScriptLimits(),
		Log:     Log{Level: "info", Format: "text", Numbers: "masked"},
		Record:  Record{Format: "wav", Archive: Archive{Object: "{date}/{file}"}},
		Speech:  Speech{Synthesizer: Synthesizer{Command: "espeak-ng"}},
		Trace:   Trace{Bytes: 16 << 20, PerCall: 64 << 10, Numbers: "plain"},
		Homer:   Homer{Network: "udp"},
		HTTP:    HTTP{Timeout: Duration(5 * time.Second), MaxBytes: 64 << 10, Concurrent: 64, Queue: 256},
		Opinion: Opinion{Timeout: Duration(opinion.DefaultTimeout), AtOnce: opinion.DefaultAtOnce},
		Stir:    Stir{MaxAge: Duration(time.Minute), Refuse: "nothing"},
	}
}
