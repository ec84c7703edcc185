// Package config is the configuration file: what can be written in it, what is
// left out, and everything that is wrong with it, each with file and line.
//
// Load reads the file and, from the data directory it names, the trunks that were
// made through the API; Check holds all of it against each other. A Config is data
// and does nothing: cmd makes parts out of it. Nobody else imports this package,
// and secrets are only ever read from the files that a configuration names.
package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"trunkline/acd"

	"github.com/goccy/go-yaml/parser"

	"trunkline/call/number"
	"trunkline/call/route"
	"trunkline/internal/netio"
	"trunkline/ivr/lib/hours"
	"trunkline/ivr/lib/query"
	"trunkline/media/record/seal"
	"trunkline/sip/trunk"
)

// Config is the configuration as written. Fields without a tag are made of it.
type Config struct {
	SIP      SIP                 `yaml:"sip"`
	Media    Media               `yaml:"media"`
	API      API                 `yaml:"api"`
	Data     string              `yaml:"data"`
	Script   string              `yaml:"scripts"`
	Limits   Limits              `yaml:"limits"`
	Log      Log                 `yaml:"log"`
	Speech   Speech              `yaml:"speech"`
	Record   Record              `yaml:"recordings"`
	Trace    Trace               `yaml:"trace"`
	Homer    Homer               `yaml:"homer"`
	Stir     Stir                `yaml:"stir"`
	Trunks   []trunk.Trunk       `yaml:"trunks"`
	Groups   []route.Group       `yaml:"groups"`
	Holidays map[string][]string `yaml:"holidays"`
	Routes   []route.Rule        `yaml:"routes"`
	Dialing  number.DialingRules `yaml:"dialing"`

	// For flows.
	Scripts ScriptLimits `yaml:"script_limits"`
	Queues  []Queue      `yaml:"queues"`
	Bots    Bots         `yaml:"bots"`
	Opinion Opinion      `yaml:"opinion"`
	Lines   []acd.Queue  `yaml:"-"` // Queues, understood

	// For the libraries of flows.
	HTTP      HTTP                  `yaml:"http"`
	Databases map[string]Database   `yaml:"databases"`
	Hours     map[string]hours.Plan `yaml:"hours"`

	Sources map[string]query.Options `yaml:"-"` // Databases, understood
	Open    map[string]*hours.Hours  `yaml:"-"` // Hours, understood

	// Made are the trunks made through the API; see TrunkFile.
	Made []trunk.Trunk `yaml:"-"`

	source source
}

// Media says where and how sound moves.
type Media struct {
	Bind      string   `yaml:"bind"`
	Advertise string   `yaml:"advertise"`
	Ports     string   `yaml:"ports"`
	PortRest  Duration `yaml:"port_rest"`
	Threads   int      `yaml:"threads"`
	Timeout   Duration `yaml:"timeout"`
	Tier      string   `yaml:"tier"`
	Process   string   `yaml:"process"`
	Orphans   Duration `yaml:"orphans"`

	Mover               netio.Tier `yaml:"-"` // Tier, understood
	BindAddr, SDPAddr   netip.Addr `yaml:"-"`
	FirstPort, LastPort uint16     `yaml:"-"`
}

// Record says how calls are recorded.
type Record struct {
	Format   string   `yaml:"format"`
	KeyFile  string   `yaml:"key_file"`
	MaskKeys bool     `yaml:"mask_keys"`
	Durable  bool     `yaml:"durable"`
	Split    Duration `yaml:"split"`
	EachLeg  bool     `yaml:"each_leg"`
	Archive  Archive  `yaml:"archive"`

	Key seal.Key `yaml:"-"`
}

// Archive is a store that recordings are carried to.
type Archive struct {
	Endpoint        string `yaml:"endpoint"`
	Region          string `yaml:"region"`
	Bucket          string `yaml:"bucket"`
	Object          string `yaml:"object"`
	CredentialsFile string `yaml:"credentials_file"`
	RemoveLocal     bool   `yaml:"remove_local"`

	AccessKey, SecretKey string `yaml:"-"`
}

// API is the HTTP API.
type API struct {
	Listen    string `yaml:"listen"`
	TokenFile string `yaml:"token_file"`

	Token string `yaml:"-"`
}

// Limits bound the node.
type Limits struct {
	Calls int      `yaml:"calls"`
	Drain Duration `yaml:"drain"`
}

// Log says what is logged.
type Log struct {
	Level   string `yaml:"level"`
	Format  string `yaml:"format"`
	Numbers string `yaml:"numbers"`
}

// Speech is who speaks and who understands.
type Speech struct {
	Synthesizer Synthesizer  `yaml:"synthesizer"`
	Recognizers []Recognizer `yaml:"recognizers"`
}

// Synthesizer speaks.
type Synthesizer struct {
	Command string `yaml:"command"`
}

// Recognizer understands a language.
type Recognizer struct {
	Language string   `yaml:"language"`
	Provider string   `yaml:"provider"`
	Command  []string `yaml:"command"`
	Workers  int      `yaml:"workers"`
}

// Load reads the configuration at path, or the embedded one when path is empty.
// Its error lists everything that is wrong, each with file and line; the
// configuration is nil only when it cannot be read at all.
func Load(path string, embedded []byte) (*Config, error) {
	name, text := "embedded default.yaml", embedded
	if path != "" {
		var err error
		if text, err = os.ReadFile(path); err != nil {
			return nil, fmt.Errorf("read configuration: %w", err)
		}
		name = path
	}
	return Parse(name, text)
}

// Parse is Load of a text; name stands for the file in errors.
func Parse(name string, text []byte) (*Config, error) {
	c := defaults()
	tree, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, source{name: name}.located(err)
	}
	c.source = source{name, tree}
	if err := c.source.decode(text, &c); err != nil {
		return nil, err
	}
	var failed error
	if c.Data != "" {
		c.Made, failed = ReadTrunks(c.TrunkFile())
	}
	return &c, errors.Join(c.Check(), failed)
}

// At returns "file:line:column" of the value at a path such as "$.routes[0].flow".
func (c *Config) At(path string) string { return c.source.at(path) }

// All returns the trunks of the file, then those made through the API.
func (c *Config) All() []trunk.Trunk {
	return append(c.Trunks[:len(c.Trunks):len(c.Trunks)], c.Made...)
}

// Plan is where calls go.
func (c *Config) Plan() route.Plan {
	return route.Plan{Routes: c.Routes, Groups: c.Groups, Holidays: c.Holidays}
}
