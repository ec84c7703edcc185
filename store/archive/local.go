package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// remove removes the local file of a recording that is in the store, if so
// configured.
func (a *Archive) remove(ctx context.Context, u Upload) {
	if !a.cfg.RemoveLocal {
		return
	}
	err := os.Remove(u.Path)
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		err = a.journal.removed(ctx, u.ID)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Error("remove archived recording", "recording", u.ID, "path", u.Path, "error", err)
	}
}

// sweep removes what an earlier process had archived and could not remove any more.
func (a *Archive) sweep(ctx context.Context) {
	list, err := a.journal.list(ctx, "WHERE remove = 1")
	if err != nil && ctx.Err() == nil {
		a.log.Error("read archive journal", "error", err)
	}
	for _, u := range list {
		a.remove(ctx, u)
	}
}

// Namer makes the names of objects from a template: text with {id}, {file} (the
// local file's name), {ext} (its end, all of it, with the dot) and {date} ({year},
// {month}, {day}) of the recording's beginning, in UTC. One of {id} and {file} must
// be there, or recordings would replace each other.
type Namer struct{ template string }

func parseName(template string) (Namer, error) {
	if template == "" {
		template = "{date}/{file}"
	}
	n := Namer{template}
	rest := n.fill(Recording{ID: "x", Path: "x.y"})
	if strings.ContainsAny(rest, "{}") {
		return n, fmt.Errorf("object name %q: it may hold {id}, {file}, {ext}, {date}, {year}, {month} and {day} only", template)
	}
	if !strings.Contains(template, "{id}") && !strings.Contains(template, "{file}") {
		return n, fmt.Errorf("object name %q: it must hold {id} or {file}", template)
	}
	return n, nil
}

// maxName is what S3 allows, bytes.
const maxName = 1024

// Name returns the name of a recording's object.
func (n Namer) Name(r Recording) (string, error) {
	if r.ID == "" || r.Path == "" {
		return "", errors.New("it has no ID or no path")
	}
	name := n.fill(r)
	if len(name) > maxName {
		return "", fmt.Errorf("its object's name has %d bytes, more than %d", len(name), maxName)
	}
	return name, nil
}

func (n Namer) fill(r Recording) string {
	file := filepath.Base(r.Path)
	ext := ""
	if i := strings.IndexByte(file, '.'); i >= 0 {
		ext = file[i:]
	}
	at := r.At.UTC()
	return strings.TrimLeft(strings.NewReplacer(
		"{id}", safe(r.ID), "{file}", safe(file), "{ext}", safe(ext),
		"{date}", at.Format("2006-01-02"), "{year}", at.Format("2006"), "{month}", at.Format("01"), "{day}", at.Format("02"),
	).Replace(n.template), "/")
}

// safe keeps what every store and every tool takes in a name.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune("._-", r) {
			return r
		}
		return '_'
	}, s)
}
