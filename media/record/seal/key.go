package seal

import (
	"bufio"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// ErrKey says that a key, or a file of keys, is of no use.
var ErrKey = errors.New("bad recording key")

const (
	secretLen = 32 // AES-256
	maxID     = 64
)

// Key is a secret with a name. The name is written into each file that the key
// seals, so that files stay readable after another key has taken over.
type Key struct {
	id     string
	secret [secretLen]byte
}

// NewKey makes a key of 32 bytes. The id is 1 to 64 letters, digits, dots,
// dashes or underscores.
func NewKey(id string, secret []byte) (Key, error) {
	ok := func(r rune) bool {
		return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("._-", r)
	}
	if id == "" || len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return !ok(r) }) {
		return Key{}, fmt.Errorf("%w: its id is not 1 to %d letters, digits, dots, dashes or underscores", ErrKey, maxID)
	}
	if len(secret) != secretLen {
		return Key{}, fmt.Errorf("%w %s: %d bytes, want %d", ErrKey, id, len(secret), secretLen)
	}
	k := Key{id: id}
	copy(k.secret[:], secret)
	if k.secret == [secretLen]byte{} {
		return Key{}, fmt.Errorf("%w %s: all zero", ErrKey, id)
	}
	return k, nil
}

// ID returns the key's name.
func (k Key) ID() string { return k.id }

// String returns the key's name too, so that no log ever gets the secret.
func (k Key) String() string { return k.id }

// GoString is String, for %#v.
func (k Key) GoString() string { return "seal.Key(" + k.id + ")" }

// Keys are the keys of an operator: the first is the one to seal with, all
// others are there to read what is older.
type Keys []Key

// Current returns the key to seal with; false when there is none.
func (ks Keys) Current() (Key, bool) {
	if len(ks) == 0 {
		return Key{}, false
	}
	return ks[0], true
}

func (ks Keys) find(id string) (Key, bool) {
	i := slices.IndexFunc(ks, func(k Key) bool { return k.id == id })
	if i < 0 {
		return Key{}, false
	}
	return ks[i], true
}

// ReadKeyFile reads the file of keys at path. Others than its owner must not be
// able to read it.
func ReadKeyFile(path string) (Keys, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s: %w: others than its owner may read it (mode %#o): chmod 600", path, ErrKey, info.Mode().Perm())
	}
	keys, err := ParseKeys(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return keys, nil
}

// ParseKeys reads keys: one on each line, its id, a blank, and 32 bytes in
// base64. Empty lines and those that begin with # are left out. Errors name the
// line and never show it.
func ParseKeys(r io.Reader) (Keys, error) {
	var keys Keys
	lines := bufio.NewScanner(io.LimitReader(r, 1<<20))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		k, err := parseKey(line)
		if err == nil {
			if _, twice := keys.find(k.id); twice {
				err = fmt.Errorf("%w: a second key of that id", ErrKey)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		keys = append(keys, k)
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("%w: none there", ErrKey)
	}
	return keys, nil
}

func parseKey(line string) (Key, error) {
	fields := strings.Fields(line)
	if len(fields) != 2 {
		return Key{}, fmt.Errorf("%w: want an id and 32 bytes in base64", ErrKey)
	}
	secret, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil {
		return Key{}, fmt.Errorf("%w: its secret is not base64", ErrKey)
	}
	return NewKey(fields[0], secret)
}
