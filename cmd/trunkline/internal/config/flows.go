package config

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"trunkline/acd"
	"trunkline/ivr/menu/opinion"
)

// Queue is one in which callers wait for agents.
type Queue struct {
	Name       string      `yaml:"name"`
	Agents     []acd.Agent `yaml:"agents"`
	Ring       Duration    `yaml:"ring"`
	WrapUp     Duration    `yaml:"wrap_up"`
	Strategy   string      `yaml:"strategy"`
	MaxWaiting int         `yaml:"max_waiting"`
	Music      string      `yaml:"music"`
	Announce   Duration    `yaml:"announce"`
}

// Bots says which bots flows may connect callers with.
type Bots struct {
	Networks []string `yaml:"networks"`
	Plain    bool     `yaml:"plain"`

	Prefixes []netip.Prefix `yaml:"-"` // Networks, understood
}

// Opinion is the chat model that is asked when a menu is not sure.
type Opinion struct {
	URL      string   `yaml:"url"`
	Model    string   `yaml:"model"`
	KeyFile  string   `yaml:"key_file"`
	KeyEnv   string   `yaml:"key_env"`
	Timeout  Duration `yaml:"timeout"`
	AtOnce   int      `yaml:"at_once"`
	Networks []string `yaml:"networks"`
	Plain    bool     `yaml:"plain"`

	Key      string         `yaml:"-"` // of KeyFile or KeyEnv
	Prefixes []netip.Prefix `yaml:"-"` // Networks, understood
}

// checkFlows looks at what flows work with beside libraries.
func (v *validation) checkFlows(c *Config) {
	c.Bots.Prefixes = v.networks("$.bots.networks", c.Bots.Networks)
	c.Lines = c.queues()
	if err := acd.Check(c.Lines); err != nil {
		for _, err := range unjoined(err) {
			v.fail("$.queues", "%v", err)
		}
	}
	o := &c.Opinion
	if o.URL == "" {
		return
	}
	o.Prefixes = v.networks("$.opinion.networks", o.Networks)
	if o.Model == "" {
		v.fail("$.opinion.model", "a model is needed")
	}
	var err error
	if o.Key, err = opinion.ReadKey(o.KeyFile, o.KeyEnv); err != nil {
		v.fail("$.opinion", "%v", err)
	}
	if o.Timeout != 0 {
		v.within("$.opinion.timeout", time.Duration(o.Timeout), 10*time.Second)
	}
	v.count("$.opinion.at_once", o.AtOnce, 0, 1000)
}

// queues are the queues as acd knows them.
func (c *Config) queues() []acd.Queue {
	out := make([]acd.Queue, len(c.Queues))
	for i, q := range c.Queues {
		out[i] = acd.Queue{
			Name: q.Name, Agents: q.Agents, Ring: time.Duration(q.Ring), WrapUp: time.Duration(q.WrapUp),
			Strategy: acd.Strategy(q.Strategy), MaxWaiting: q.MaxWaiting, Music: q.Music, Announce: time.Duration(q.Announce),
		}
	}
	return out
}

// networks reads a list of networks.
func (v *validation) networks(path string, list []string) []netip.Prefix {
	var out []netip.Prefix
	for i, text := range list {
		n, err := netip.ParsePrefix(text)
		if err != nil {
			v.fail(fmt.Sprintf("%s[%d]", path, i), "%q is not a network such as 10.1.0.0/16", text)
		}
		out = append(out, n)
	}
	return out
}

// unjoined takes a joined error apart.
func unjoined(err error) []error {
	var all interface{ Unwrap() []error }
	if errors.As(err, &all) {
		return all.Unwrap()
	}
	return []error{err}
}
