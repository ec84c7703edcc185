package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"trunkline/sip/trunk"
)

// TrunkFile is where the trunks that were made through the API are kept.
func (c *Config) TrunkFile() string { return filepath.Join(c.Data, "trunks.json") }

// ReadTrunks reads such a file. One that is not there holds none.
func ReadTrunks(path string) ([]trunk.Trunk, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read trunks: %w", err)
	}
	var list []trunk.Trunk
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("read trunks from %s: %w", path, err)
	}
	return list, nil
}

// WriteTrunks replaces such a file. After a crash at any moment either the old
// one or the new one is there, whole.
func WriteTrunks(path string, list []trunk.Trunk) error {
	if err := replace(path, list); err != nil {
		return fmt.Errorf("write trunks: %w", err)
	}
	return nil
}

func replace(path string, list []trunk.Trunk) error {
	if list == nil {
		list = []trunk.Trunk{}
	}
	text, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".trunks-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // nothing is left of it when it was renamed
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close()) // the name as well as the bytes
}
