package libraries

import (
	"log/slog"
	"path/filepath"
	"testing"

	"trunkline/cmd/trunkline/internal/config"
	"trunkline/ivr/lib"
	"trunkline/store"
)

func TestOpen(t *testing.T) {
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "t.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	f := func(text string) lib.Deps {
		t.Helper()
		cfg, err := config.Parse("my.yaml", []byte("data: nowhere\n"+text))
		if err != nil {
			t.Fatal(err)
		}
		l, err := Open(cfg, s, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		return l.Deps()
	}
	if d := f(""); d.HTTP == nil || d.KV == nil || d.DB != nil || len(d.Hours) != 0 {
		t.Errorf("%+v", d)
	}
	if d := f("http: {queue: 0}\ndatabases: {a: {driver: sqlite, path: a}}\nhours: {default: {week: {mon: []}}}\n"); d.DB == nil || d.Hours["default"] == nil {
		t.Errorf("%+v", d)
	}
}
