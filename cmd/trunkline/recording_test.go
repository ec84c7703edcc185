package main

import (
	"bytes"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"trunkline/media/ogg"
	"trunkline/media/record"
	"trunkline/media/record/seal"
	"trunkline/media/tap"
	"trunkline/media/wav"
	"trunkline/store/archive"
)

// keyFile writes a file of two keys and returns the first.
func keyFile(t *testing.T, dir string) (path string, k seal.Key) {
	t.Helper()
	path = filepath.Join(dir, "keys")
	line := func(id string, b byte) string {
		return id + " " + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) + "\n"
	}
	if err := os.WriteFile(path, []byte(line("new", 1)+line("old", 2)), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, err := seal.ReadKeyFile(path)
	if err != nil {
		t.Fatal(err)
	}
	k, _ = keys.Current()
	return path, k
}

// recorded makes a recording of one second.
func recorded(t *testing.T, o record.Options) {
	t.Helper()
	d := record.NewDesk(record.Config{Workers: 1})
	defer d.Close()
	tp := tap.New(tap.Stereo, 8000, 2000)
	r, err := d.Start(o, tp)
	if err != nil {
		t.Fatal(err)
	}
	pcm := slices.Repeat([]int16{7}, 8000)
	tp.WritePair(pcm, pcm)
	if _, err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestSealedRecordingsAreDecrypted(t *testing.T) {
	dir := t.TempDir()
	keys, k := keyFile(t, dir)
	f := func(format record.Format) {
		t.Helper()
		o := record.Options{Format: format, Key: k}
		o.Path = filepath.Join(dir, "call"+o.Ext())
		recorded(t, o)
		out := filepath.Join(dir, "call."+format.String())
		if code := run([]string{"recording", "decrypt", o.Path, out, "--key-file", keys}); code != 0 {
			t.Fatalf("%s: exit code %d", format, code)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if format == record.WAV {
			// The header counts, as it could not while the file was sealed.
			want := wav.AppendSamples(wav.AppendHeader(nil, wav.Format{Rate: 8000, Channels: 2}, 32000), slices.Repeat([]int16{7}, 16000))
			if !bytes.Equal(b, want) {
				t.Errorf("decrypted to %q... of %d bytes", b[:min(len(b), wav.HeaderLen)], len(b))
			}
		} else if s, err := ogg.Inspect(bytes.NewReader(b), nil); err != nil || !s.Complete || s.Instants != 48000 {
			t.Errorf("decrypted to %+v, %v", s, err)
		}
		if info, err := os.Stat(out); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("mode %v, %v", info.Mode(), err)
		}
		if code := run([]string{"recording", "verify", o.Path, out, "--key-file", keys}); code != 0 {
			t.Errorf("%s: verify: exit code %d", format, code)
		}
	}
	f(record.WAV)
	f(record.OggOpus)
}

func TestDamageIsNamedAndTheRestKept(t *testing.T) {
	dir := t.TempDir()
	keys, k := keyFile(t, dir)
	s, err := seal.New(k)
	if err != nil {
		t.Fatal(err)
	}
	head := wav.AppendHeader(nil, wav.Format{Rate: 8000, Channels: 1}, wav.Unknown)
	b := s.Append(s.Begin(nil), wav.AppendSamples(head, make([]int16, 4000)))
	middle := len(b)
	whole := s.End(s.Append(b, make([]byte, 8000)))
	f := func(says string, damaged []byte) {
		t.Helper()
		in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
		if err := os.WriteFile(in, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		err := decryptCmd{In: in, Out: out, KeyFile: keys}.Run()
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "8044 bytes before that, which are genuine") {
			t.Errorf("%v, want %q", err, says)
		}
		if got, err := wav.ReadFile(out); err != nil || len(got.PCM) != 4000 {
			t.Errorf("%s: kept %d samples, %v; want 4000", says, len(got.PCM), err)
		}
		if what, err := verify(in, seal.Keys{k}); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(what, "500ms, sealed with key new") {
			t.Errorf("verify: %q, %v", what, err)
		}
		if code := run([]string{"recording", "verify", in, "--key-file", keys}); code != exitFailed {
			t.Errorf("verify: exit code %d", code)
		}
		if err := os.Remove(out); err != nil {
			t.Fatal(err)
		}
	}
	flipped := bytes.Clone(whole)
	flipped[middle+100] ^= 1
	f("altered at byte ", flipped)
	f("truncated at byte ", whole[:middle+100])
	f("truncated at byte ", whole[:middle])
}

func TestDecryptRefusesClearly(t *testing.T) {
	dir := t.TempDir()
	keys, k := keyFile(t, dir)
	in := filepath.Join(dir, "call.wav.sealed")
	recorded(t, record.Options{Path: in, Key: k})
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("other "+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{9}, 32))), 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	f := func(code int, args ...string) {
		t.Helper()
		if got := run(append([]string{"recording", "decrypt"}, args...)); got != code {
			t.Errorf("%q: exit code %d, want %d", args, got, code)
		}
		if _, err := os.Stat(out); !os.IsNotExist(err) {
			t.Errorf("%q: made a file", args)
		}
	}
	f(exitUsage, in, out) // no key is ever assumed
	f(exitUsage, in, out, "--key-file", filepath.Join(dir, "none"))
	f(exitUsage, in, out, "--key-file", taken)
	f(exitUsage, filepath.Join(dir, "none"), out, "--key-file", keys)
	f(exitUsage, in, taken, "--key-file", keys)
	f(exitFailed, in, out, "--key-file", other)
	f(exitFailed, taken, out, "--key-file", keys)
	if b, err := os.ReadFile(taken); err != nil || string(b) != "precious" {
		t.Errorf("an existing file is now %q, %v", b, err)
	}
}

func TestVerifyTellsPlainFiles(t *testing.T) {
	dir := t.TempDir()
	_, k := keyFile(t, dir)
	f := func(o record.Options, cut int64, want, says string) {
		t.Helper()
		o.Path = filepath.Join(dir, "call"+o.Ext())
		recorded(t, o)
		if cut > 0 {
			if err := os.Truncate(o.Path, cut); err != nil {
				t.Fatal(err)
			}
		}
		what, err := verify(o.Path, nil)
		if what != want || (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%s cut at %d: %q, %v; want %q, %q", o.Ext(), cut, what, err, want, says)
		}
	}
	f(record.Options{}, 0, "wav, 8000 Hz, 2 channels, 1s", "")
	f(record.Options{}, 16044, "wav, 8000 Hz, 2 channels, 500ms", "shorter than it says")
	f(record.Options{}, 20, "no sound", "fmt chunk")
	f(record.Options{Format: record.OggOpus}, 0, "opus, 8000 Hz, 2 channels, 1s", "")
	f(record.Options{Format: record.OggOpus}, 150, "opus, 8000 Hz, 2 channels, 0s", "end of file within an Ogg page")
	f(record.Options{Key: k}, 0, "sealed", "no such key")
	if what, err := verify(filepath.Join(dir, "none"), nil); err == nil || what != "unread" {
		t.Errorf("no file: %q, %v", what, err)
	}
}

// TestEveryFileOfARecordingIsArchived: each is an upload of its own.
func TestEveryFileOfARecordingIsArchived(t *testing.T) {
	dir, log := t.TempDir(), &bytes.Buffer{}
	a, err := archive.Open(t.Context(), archive.Config{
		Journal: filepath.Join(dir, "archive.db"), Endpoint: "http://127.0.0.1:9", Bucket: "rec", AccessKey: "a", SecretKey: "s",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	s := server{archive: a, log: slog.New(slog.NewTextHandler(log, nil))}
	began := time.Date(2026, 11, 21, 23, 59, 59, 0, time.UTC)
	for n, name := range []string{"c1.wav", "c1-2.wav", "c1-3.wav"} {
		s.archived("c1", record.Part{Number: n + 1, Path: filepath.Join(dir, name)}, began)
	}
	for id, object := range map[string]string{"c1": "2026-11-21/c1.wav", "c1-2": "2026-11-21/c1-2.wav", "c1-3": "2026-11-21/c1-3.wav"} {
		if u, err := a.Upload(t.Context(), id); err != nil || u.Object != object {
			t.Errorf("upload %s: %+v, %v; want object %s", id, u, err, object)
		}
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log)
	}
}
