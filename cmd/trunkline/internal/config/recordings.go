package config

import (
	"os"
	"strings"
	"time"

	"trunkline/media/record"
	"trunkline/media/record/seal"
)

// Formats are the values of recordings.format, in the order of record.Format.
func Formats() []string { return []string{record.WAV.String(), record.OggOpus.String()} }

// checkRecordings reads the keys that recordings and their archive need.
func (v *validation) checkRecordings(c *Record) {
	v.oneOf("$.recordings.format", c.Format, Formats()...)
	if c.Split != 0 && c.Split < Duration(time.Second) {
		v.fail("$.recordings.split", "%v: 0s, or at least 1s", time.Duration(c.Split))
	}
	if c.KeyFile != "" {
		keys, err := seal.ReadKeyFile(c.KeyFile)
		current, ok := keys.Current()
		switch {
		case err != nil:
			v.fail("$.recordings.key_file", "%v", err)
		case !ok:
			v.fail("$.recordings.key_file", "%s holds no key", c.KeyFile)
		}
		c.Key = current
	}
	a := &c.Archive
	if a.Endpoint == "" {
		return
	}
	if a.Bucket == "" {
		v.fail("$.recordings.archive", "a bucket is needed")
	}
	text, err := os.ReadFile(a.CredentialsFile)
	fields := strings.Fields(string(text))
	switch {
	case a.CredentialsFile == "":
		v.fail("$.recordings.archive", "a credentials_file is needed: access key and secret key, divided by a blank")
	case err != nil:
		v.fail("$.recordings.archive.credentials_file", "%v", err)
	case len(fields) != 2:
		v.fail("$.recordings.archive.credentials_file", "%s: want access key and secret key, divided by a blank", a.CredentialsFile)
	default:
		a.AccessKey, a.SecretKey = fields[0], fields[1]
	}
}
