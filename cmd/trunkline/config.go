package main

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"trunkline/internal/netio"
	"trunkline/media/record/seal"
	"trunkline/sip"
)

// defaultConfig documents every key; see TestSampleConfigIsComplete.
//
//go:embed default.yaml
var defaultConfig []byte

// config is the configuration file as written. Only this package knows it.
type config struct {
	SIP    sipConfig     `yaml:"sip"`
	Media  mediaConfig   `yaml:"media"`
	API    apiConfig     `yaml:"api"`
	Data   string        `yaml:"data"`
	Script string        `yaml:"scripts"`
	Limits limitsConfig  `yaml:"limits"`
	Log    logConfig     `yaml:"log"`
	Speech speechConfig  `yaml:"speech"`
	Record recordConfig  `yaml:"recordings"`
	Trunks []trunkConfig `yaml:"trunks"`
	Routes []routeConfig `yaml:"routes"`

	source source
}

type sipConfig struct {
	Listen    []string `yaml:"listen"`
	Unknown   string   `yaml:"unknown"`
	UserAgent string   `yaml:"user_agent"`

	listen []sip.Listener
}

type mediaConfig struct {
	Bind      string   `yaml:"bind"`
	Advertise string   `yaml:"advertise"`
	Ports     string   `yaml:"ports"`
	PortRest  duration `yaml:"port_rest"`
	Threads   int      `yaml:"threads"`
	Timeout   duration `yaml:"timeout"`
	Tier      string   `yaml:"tier"`
	Process   string   `yaml:"process"`
	Orphans   duration `yaml:"orphans"`

	tier             netio.Tier
	bind, advertise  netip.Addr
	portMin, portMax uint16
}

type recordConfig struct {
	Format   string        `yaml:"format"`
	KeyFile  string        `yaml:"key_file"`
	MaskKeys bool          `yaml:"mask_keys"`
	Durable  bool          `yaml:"durable"`
	Split    duration      `yaml:"split"`
	EachLeg  bool          `yaml:"each_leg"`
	Archive  archiveConfig `yaml:"archive"`

	key seal.Key
}

type archiveConfig struct {
	Endpoint        string `yaml:"endpoint"`
	Region          string `yaml:"region"`
	Bucket          string `yaml:"bucket"`
	Object          string `yaml:"object"`
	CredentialsFile string `yaml:"credentials_file"`
	RemoveLocal     bool   `yaml:"remove_local"`

	access, secret string
}

type apiConfig struct {
	Listen    string `yaml:"listen"`
	TokenFile string `yaml:"token_file"`

	token string
}

type limitsConfig struct {
	Calls int      `yaml:"calls"`
	Drain duration `yaml:"drain"`
}

type logConfig struct {
	Level   string `yaml:"level"`
	Format  string `yaml:"format"`
	Numbers string `yaml:"numbers"`
}

type speechConfig struct {
	Synthesizer synthesizerConfig  `yaml:"synthesizer"`
	Recognizers []recognizerConfig `yaml:"recognizers"`
}

type synthesizerConfig struct {
	Command string `yaml:"command"`
}

type recognizerConfig struct {
	Language string   `yaml:"language"`
	Provider string   `yaml:"provider"`
	Command  []string `yaml:"command"`
	Workers  int      `yaml:"workers"`
}

type trunkConfig struct {
	Name      string   `yaml:"name"`
	Networks  []string `yaml:"networks"`
	Target    string   `yaml:"target"`
	Transport string   `yaml:"transport"`
	From      string   `yaml:"from"`
	Codecs    []string `yaml:"codecs"`
	NAT       bool     `yaml:"nat"`
	SRTP      string   `yaml:"srtp"`
	DTMF      string   `yaml:"dtmf"`
	Media     string   `yaml:"media"`

	networks []netip.Prefix
}

type routeConfig struct {
	Trunk string            `yaml:"trunk"`
	To    string            `yaml:"to"`
	Flow  string            `yaml:"flow"`
	Vars  map[string]string `yaml:"vars"`

	Bridge *bridgeConfig `yaml:"bridge"`
}

type bridgeConfig struct {
	Trunk   string   `yaml:"trunk"`
	To      string   `yaml:"to"`
	Timeout duration `yaml:"timeout"`
}

// duration is a time.Duration written as text, such as "30s".
type duration time.Duration

// UnmarshalYAML reads the text; the library's own way loses the line.
func (d *duration) UnmarshalYAML(n ast.Node) error {
	text, err := time.ParseDuration(n.GetToken().Value)
	if err != nil || text < 0 {
		return &yaml.SyntaxError{Message: fmt.Sprintf("%q is not a duration such as 300ms or 5s", n.GetToken().Value), Token: n.GetToken()}
	}
	*d = duration(text)
	return nil
}

// defaults are the values of keys that are left out.
func defaults() config {
	return config{
		SIP: sipConfig{
			Listen: []string{"udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"}, Unknown: "drop", UserAgent: "Trunkline",
		},
		Media: mediaConfig{
			Bind: "127.0.0.1", Ports: "20000-20999", PortRest: duration(2 * time.Second), Timeout: duration(time.Minute),
			Tier: "t0", Process: "own", Orphans: duration(time.Minute),
		},
		API:    apiConfig{Listen: "127.0.0.1:8080"},
		Data:   "data",
		Limits: limitsConfig{Calls: 1000, Drain: duration(30 * time.Second)},
		Log:    logConfig{Level: "info", Format: "text", Numbers: "masked"},
		Record: recordConfig{Format: "wav", Archive: archiveConfig{Object: "{date}/{file}"}},
		Speech: speechConfig{Synthesizer: synthesizerConfig{Command: "espeak-ng"}},
	}
}

// loadConfig reads the configuration at path, or the embedded one when path is
// empty. Its error lists everything that is wrong, each with file and line.
func loadConfig(path string) (*config, error) {
	name, text := "embedded default.yaml", defaultConfig
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		name = path
	}
	return parseConfig(name, text)
}

func parseConfig(name string, text []byte) (*config, error) {
	c := defaults()
	if err := yaml.UnmarshalWithOptions(text, &c, yaml.Strict()); err != nil {
		return nil, located(name, err)
	}
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, located(name, err)
	}
	c.source = source{name, tree}
	v := validation{source: c.source}
	v.check(&c)
	return &c, errors.Join(v.errs...)
}

// located turns the YAML library's error into "file:line:column: what".
func located(name string, err error) error {
	var e yaml.Error
	if errors.As(err, &e) && e.GetToken() != nil {
		at := e.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", name, at.Line, at.Column, e.GetMessage())
	}
	return fmt.Errorf("%s: %w", name, err)
}

// source is a configuration as it was read, for telling where a value stands.
type source struct {
	name string
	tree *ast.File
}

// at returns "file:line:column" of the value at path, a YAML path such as
// "$.trunks[0].name". Of a key that was left out it is that of what the key is
// missing from.
func (s source) at(path string) string {
	for ; path != "$"; path = path[:strings.LastIndexAny(path, ".[")] {
		p, err := yaml.PathString(path)
		if err != nil {
			continue
		}
		if node, err := p.FilterFile(s.tree); err == nil && node != nil {
			at := node.GetToken().Position
			return fmt.Sprintf("%s:%d:%d", s.name, at.Line, at.Column)
		}
	}
	return s.name
}

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

func (v *validation) check(c *config) {
	v.checkSIP(&c.SIP)
	v.checkMedia(&c.Media)
	v.checkAPI(&c.API)
	v.checkTrunks(c.Trunks)
	v.checkRoutes(c)
	v.checkSpeech(&c.Speech)
	v.checkRecordings(&c.Record)
	v.oneOf("$.log.level", c.Log.Level, "debug", "info", "warn", "error")
	v.oneOf("$.log.format", c.Log.Format, "text", "json")
	v.oneOf("$.log.numbers", c.Log.Numbers, "masked", "plain")
	if c.Limits.Calls < 1 {
		v.fail("$.limits.calls", "%d: at least 1", c.Limits.Calls)
	}
	if c.Data == "" {
		v.fail("$.data", "a directory is needed")
	}
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

func (v *validation) checkSIP(c *sipConfig) {
	v.plain("$.sip.user_agent", c.UserAgent)
	v.oneOf("$.sip.unknown", c.Unknown, "drop", "403")
	if len(c.Listen) == 0 {
		v.fail("$.sip.listen", "at least one address is needed")
	}
	for i, text := range c.Listen {
		path := fmt.Sprintf("$.sip.listen[%d]", i)
		transport, addr, _ := strings.Cut(text, ":")
		v.oneOf(path, transport, "udp", "tcp")
		at, err := netip.ParseAddrPort(addr)
		if err != nil {
			v.fail(path, "%q: want transport:address:port, such as udp:127.0.0.1:5060", text)
		}
		c.listen = append(c.listen, sip.Listener{Transport: sip.Transport(transport), Addr: at})
	}
}

func (v *validation) checkMedia(c *mediaConfig) {
	c.bind = v.addr("$.media.bind", c.Bind)
	if c.Advertise != "" {
		c.advertise = v.addr("$.media.advertise", c.Advertise)
	} else if c.bind.IsValid() && c.bind.IsUnspecified() {
		v.fail("$.media.advertise", "needed because bind is %s: far sides must know where to send", c.Bind)
	}
	low, high, _ := strings.Cut(c.Ports, "-")
	first, err1 := strconv.ParseUint(low, 10, 16)
	last, err2 := strconv.ParseUint(high, 10, 16)
	if err1 != nil || err2 != nil || first < 1024 || first%2 != 0 || last <= first {
		v.fail("$.media.ports", "%q: want first-last, the first even and above 1023, such as 20000-20999", c.Ports)
	}
	c.portMin, c.portMax = uint16(first), uint16(last)
	var err error
	if c.tier, err = netio.ParseTier(c.Tier); err != nil {
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

func (v *validation) checkAPI(c *apiConfig) {
	c.token = os.Getenv("TRUNKLINE_API_TOKEN")
	if c.TokenFile != "" {
		text, err := os.ReadFile(c.TokenFile)
		if err != nil {
			v.fail("$.api.token_file", "%v", err)
		}
		if c.token = strings.TrimSpace(string(text)); err == nil && c.token == "" {
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
	case !at.Addr().IsLoopback() && c.token == "":
		v.fail("$.api.listen", "%s is beyond loopback: set token_file or TRUNKLINE_API_TOKEN first", c.Listen)
	}
}
