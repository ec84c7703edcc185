package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"trunkline/ivr/lib/hours"
	"trunkline/ivr/lib/query"
	"trunkline/ivr/lib/web"
)

// HTTP says which web services flows may ask, and how.
type HTTP struct {
	Allow      []string          `yaml:"allow"`
	Networks   []string          `yaml:"networks"`
	Plain      bool              `yaml:"plain"`
	Timeout    Duration          `yaml:"timeout"`
	MaxBytes   int               `yaml:"max_bytes"`
	Concurrent int               `yaml:"concurrent"`
	Queue      int               `yaml:"queue"`
	Secrets    map[string]Secret `yaml:"secrets"`

	Prefixes []netip.Prefix        `yaml:"-"` // Networks, understood
	Known    map[string]web.Secret `yaml:"-"` // Secrets, read
}

// Secret is what proves to a web service who we are.
type Secret struct {
	File   string   `yaml:"file"`
	Scheme string   `yaml:"scheme"`
	Header string   `yaml:"header"`
	Hosts  []string `yaml:"hosts"`
}

// Database is one that flows may query.
type Database struct {
	Driver  string           `yaml:"driver"`
	Path    string           `yaml:"path"`
	DSNFile string           `yaml:"dsn_file"`
	DSNEnv  string           `yaml:"dsn_env"`
	Pool    int              `yaml:"pool"`
	Timeout Duration         `yaml:"timeout"`
	MaxRows int              `yaml:"max_rows"`
	Queries map[string]Query `yaml:"queries"`
}

// Query is one that flows name: SQL, or a mapping that says that it writes.
type Query struct {
	SQL   string `yaml:"sql"`
	Write bool   `yaml:"write"`
}

// UnmarshalYAML reads either form.
func (q *Query) UnmarshalYAML(n ast.Node) error {
	if _, mapping := n.(ast.MapNode); !mapping {
		return yaml.NodeToValue(n, &q.SQL)
	}
	type plain Query
	return yaml.NodeToValue(n, (*plain)(q), yaml.Strict())
}

// checkLibraries looks at what the libraries of flows need and reads secrets.
func (v *validation) checkLibraries(c *Config) {
	v.checkHTTP(&c.HTTP)
	c.Sources = map[string]query.Options{}
	owners := map[string]string{} // of queries
	for _, name := range slices.Sorted(maps.Keys(c.Databases)) {
		c.Sources[name] = v.checkDatabase("$.databases."+name, c.Databases[name])
		for _, q := range slices.Sorted(maps.Keys(c.Databases[name].Queries)) {
			if other, twice := owners[q]; twice {
				v.fail("$.databases."+name+".queries."+q, "database %s has a query of that name", other)
			}
			owners[q] = name
		}
	}
	c.Open = map[string]*hours.Hours{}
	for _, name := range slices.Sorted(maps.Keys(c.Hours)) {
		c.Open[name] = hours.Parse(c.Hours[name], c.Holidays, func(path string, err error) {
			v.fail("$.hours."+name+"."+path, "%v", err)
		})
	}
}

func (v *validation) checkHTTP(c *HTTP) {
	c.Prefixes = v.networks("$.http.networks", c.Networks)
	for i, host := range c.Allow {
		if host == "" || strings.ContainsAny(host, "/:* ") {
			v.fail(fmt.Sprintf("$.http.allow[%d]", i), "%q is no host such as crm.example.com, nor all below one, .example.com", host)
		}
	}
	v.within("$.http.timeout", time.Duration(c.Timeout), web.MostTime)
	v.count("$.http.max_bytes", c.MaxBytes, 1, web.MostBytes)
	v.count("$.http.concurrent", c.Concurrent, 1, 10_000)
	v.count("$.http.queue", c.Queue, 0, 100_000)
	c.Known = map[string]web.Secret{}
	for _, name := range slices.Sorted(maps.Keys(c.Secrets)) {
		c.Known[name] = v.readSecret("$.http.secrets."+name, c.Secrets[name])
	}
}

func (v *validation) readSecret(path string, s Secret) web.Secret {
	text, err := os.ReadFile(s.File)
	value := strings.TrimSpace(string(text))
	switch {
	case err != nil:
		v.fail(path+".file", "%v", err)
	case value == "" || strings.ContainsFunc(value, unicode.IsControl):
		v.fail(path+".file", "%s holds no secret, or more than one line", s.File)
	}
	if len(s.Hosts) == 0 {
		v.fail(path+".hosts", "hosts are needed: nobody else is told the secret")
	}
	switch s.Scheme {
	case "", "bearer":
		value = "Bearer " + value
	case "basic":
		value = "Basic " + base64.StdEncoding.EncodeToString([]byte(value))
	case "plain":
	default:
		v.fail(path+".scheme", "%q is not one of bearer, basic, plain", s.Scheme)
	}
	if s.Header == "" {
		s.Header = "Authorization"
	}
	v.plain(path+".header", s.Header)
	hosts := make([]string, len(s.Hosts))
	for i, h := range s.Hosts {
		hosts[i] = strings.ToLower(h)
	}
	return web.Secret{Header: s.Header, Value: value, Hosts: hosts}
}

func (v *validation) checkDatabase(path string, d Database) query.Options {
	o := query.Options{
		Driver: d.Driver, Pool: d.Pool, Timeout: time.Duration(d.Timeout), MaxRows: d.MaxRows, Queries: map[string]query.Query{},
	}
	var err error
	switch d.Driver {
	case query.SQLite:
		if o.Source = d.Path; d.Path == "" || d.DSNFile != "" || d.DSNEnv != "" {
			v.fail(path+".path", "sqlite needs the path of a file, and no dsn")
		}
	case query.Postgres:
		if o.Source, err = d.dsn(); err != nil {
			v.fail(path, "%v", err)
		}
	default:
		v.fail(path+".driver", "%q is not one of sqlite, postgres", d.Driver)
		return o
	}
	v.count(path+".pool", d.Pool, 0, 1000)
	v.count(path+".max_rows", d.MaxRows, 0, 10_000)
	if d.Timeout != 0 {
		v.within(path+".timeout", time.Duration(d.Timeout), time.Minute)
	}
	for _, name := range slices.Sorted(maps.Keys(d.Queries)) {
		o.Queries[name] = query.Query(d.Queries[name])
		if err := o.Queries[name].Check(d.Driver); err != nil {
			v.fail(path+".queries."+name, "%v", err)
		}
	}
	return o
}

// dsn reads how PostgreSQL is reached: it may have a password in it.
func (d *Database) dsn() (string, error) {
	switch {
	case d.Path != "" || (d.DSNFile == "") == (d.DSNEnv == ""):
		return "", errors.New("postgres needs a dsn_file or a dsn_env, and no path")
	case d.DSNEnv != "":
		if text := os.Getenv(d.DSNEnv); text != "" {
			return text, nil
		}
		return "", fmt.Errorf("dsn_env: %s is not set", d.DSNEnv)
	}
	text, err := os.ReadFile(d.DSNFile)
	if err == nil && strings.TrimSpace(string(text)) == "" {
		err = fmt.Errorf("dsn_file: %s is empty", d.DSNFile)
	}
	return strings.TrimSpace(string(text)), err
}

func (v *validation) count(path string, n, least, most int) {
	if n < least || n > most {
		v.fail(path, "%d: %d to %d", n, least, most)
	}
}

func (v *validation) within(path string, d, most time.Duration) {
	if d <= 0 || d > most {
		v.fail(path, "%v: more than 0s, at most %v", d, most)
	}
}
