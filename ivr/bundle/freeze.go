package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// parts are the directories that belong to a bundle. What else lies beside them,
// such as tests, is not copied and changes no version.
var parts = []string{"flows", "lib", "menus", "prompts"}

// Bounds of a bundle.
const (
	mostFiles = 20_000
	mostBytes = 2 << 30
)

// Version names the content of scripts: the same files, the same version.
func Version(scripts fs.FS) (string, error) {
	sum := sha256.New()
	err := eachFile(scripts, func(name string, f io.Reader, size int64) error {
		fmt.Fprintf(sum, "%s\x00%d\x00", name, size)
		_, err := io.Copy(sum, f)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("read scripts: %w", err)
	}
	return hex.EncodeToString(sum.Sum(nil))[:12], nil
}

// Freeze copies scripts to a directory of their version below dir, so that later
// edits change no call that runs, and returns that directory's name. A copy that
// is there already is used again.
func Freeze(scripts fs.FS, dir string) (version string, err error) {
	if version, err = Version(scripts); err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(dir, version)); err == nil {
		return version, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", fmt.Errorf("keep scripts: %w", err)
	}
	half, err := os.MkdirTemp(dir, "new-")
	if err != nil {
		return "", fmt.Errorf("keep scripts: %w", err)
	}
	defer os.RemoveAll(half)
	if err := copyFiles(scripts, half); err != nil {
		return "", fmt.Errorf("keep scripts: %w", err)
	}
	// Whoever edited meanwhile must not find a name on other content.
	if again, err := Version(os.DirFS(half)); err != nil || again != version {
		return "", errors.Join(errors.New("keep scripts: they changed while they were read: deploy again"), err)
	}
	if err := os.Rename(half, filepath.Join(dir, version)); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("keep scripts: %w", err)
	}
	return version, nil
}

// Prune removes all versions below dir but those to be kept.
func Prune(dir string, keep ...string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("remove old scripts: %w", err)
	}
	var all error
	for _, e := range entries {
		if e.IsDir() && !slices.Contains(keep, e.Name()) {
			all = errors.Join(all, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return all
}

func copyFiles(scripts fs.FS, dir string) error {
	return eachFile(scripts, func(name string, f io.Reader, _ int64) error {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o750); err != nil {
			return err
		}
		out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
		if err != nil {
			return err
		}
		_, err = io.Copy(out, f)
		return errors.Join(err, out.Close())
	})
}

// eachFile visits the files of a bundle in a fixed order.
func eachFile(scripts fs.FS, visit func(name string, f io.Reader, size int64) error) error {
	files, bytes := 0, int64(0)
	one := func(name string) error {
		f, err := scripts.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		files++
		bytes += info.Size()
		if files > mostFiles || bytes > mostBytes {
			return fmt.Errorf("more than %d files or %d bytes", mostFiles, int64(mostBytes))
		}
		return visit(name, f, info.Size())
	}
	for _, part := range parts {
		err := fs.WalkDir(scripts, part, func(name string, d fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist) && name == part:
				return nil
			case err != nil:
				return err
			case strings.HasPrefix(path.Base(name), "."):
				return nil
			case d.Type().IsRegular():
				return one(name)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}
