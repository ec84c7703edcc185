package prompt

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"trunkline/codecs"
	"trunkline/dsp"
)

// sln is a file of n samples of v at 8 kHz.
func sln(n int, v int16) []byte {
	b := make([]byte, 2*n)
	for i := range n {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(v))
	}
	return b
}

// counting counts what is opened, and lets opening wait for gate if there is one.
type counting struct {
	fs.FS
	opened atomic.Int64
	gate   chan struct{}
}

func (c *counting) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	return &gated{f, c}, err
}

func (c *counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

type gated struct {
	fs.File
	c *counting
}

func (g *gated) Read(p []byte) (int, error) {
	n, err := g.File.Read(p)
	if err == io.EOF {
		g.c.opened.Add(1)
		if g.c.gate != nil {
			<-g.c.gate
		}
	}
	return n, err
}

func get(t *testing.T, c *Cache, name string) *Clip {
	t.Helper()
	clip, err := c.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return clip
}

func TestAFileIsReadOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := &counting{FS: fstest.MapFS{"a/b.sln": {Data: sln(800, 7)}}, gate: make(chan struct{})}
		c := NewCache(files, Config{})
		var calls sync.WaitGroup
		var clips [20]*Clip
		for i := range clips {
			calls.Go(func() { clips[i] = get(t, c, "a/b.sln") })
		}
		synctest.Wait()
		if n := files.opened.Load(); n != 1 {
			t.Errorf("%d calls read at once", n)
		}
		close(files.gate)
		calls.Wait()
		for _, clip := range clips {
			if clip != clips[0] || clip.Samples() != 800 {
				t.Fatal("calls got different clips")
			}
		}
		if get(t, c, "a/b.sln") != clips[0] || files.opened.Load() != 1 {
			t.Errorf("read again: %d", files.opened.Load())
		}
	})
}

// A call that hangs up while it reads does not take the others with it.
func TestAnotherCallReadsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := &counting{FS: fstest.MapFS{"a.sln": {Data: sln(800, 7)}}, gate: make(chan struct{})}
		c := NewCache(files, Config{Reads: 1})
		ctx, cancel := context.WithCancel(t.Context())
		var first, second, third error
		var clip *Clip
		var calls sync.WaitGroup
		calls.Go(func() { _, first = c.Get(ctx, "a.sln") })
		synctest.Wait()
		calls.Go(func() { clip, second = c.Get(t.Context(), "a.sln") })
		calls.Go(func() { _, third = c.Get(ctx, "a.sln") })
		synctest.Wait()
		cancel()
		synctest.Wait()
		close(files.gate)
		calls.Wait()
		if !errors.Is(first, context.Canceled) || !errors.Is(third, context.Canceled) {
			t.Errorf("who hung up got %v and %v", first, third)
		}
		if second != nil || clip.Samples() != 800 {
			t.Errorf("who stayed got %v", second)
		}
	})
}

func TestReadsAtTheSameTimeAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		files := &counting{FS: fstest.MapFS{"a.sln": {Data: sln(8, 7)}, "b.sln": {Data: sln(8, 7)}, "c.sln": {Data: sln(8, 7)}}, gate: make(chan struct{})}
		c := NewCache(files, Config{Reads: 2})
		var calls sync.WaitGroup
		for _, name := range []string{"a.sln", "b.sln", "c.sln"} {
			calls.Go(func() { get(t, c, name) })
		}
		synctest.Wait()
		if n := files.opened.Load(); n != 2 {
			t.Errorf("%d files are read at once, want 2", n)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := c.Get(ctx, "c.sln"); !errors.Is(err, context.Canceled) {
			t.Errorf("a call that may not wait got %v", err)
		}
		close(files.gate)
		calls.Wait()
	})
}

func TestChangedFilesAreReadAgain(t *testing.T) {
	files := fstest.MapFS{"a.sln": {Data: sln(100, 1), ModTime: time.Unix(1, 0)}, "bad.wav": {Data: []byte("no")}}
	c := NewCache(files, Config{})
	old := get(t, c, "a.sln")
	files["a.sln"] = &fstest.MapFile{Data: sln(100, 2), ModTime: time.Unix(2, 0)}
	if now := get(t, c, "a.sln"); now.PCM()[0] != 2 || old.PCM()[0] != 1 {
		t.Errorf("now %d, before %d", now.PCM()[0], old.PCM()[0])
	}
	if u := c.Usage(); u.Clips != 1 || u.Bytes != 400 {
		t.Errorf("the cache keeps %+v, want one clip of 400 bytes", u)
	}
	_, err := c.Get(t.Context(), "bad.wav")
	_, again := c.Get(t.Context(), "bad.wav")
	if err == nil || err != again || !strings.Contains(err.Error(), "read bad.wav: it is no WAV") {
		t.Errorf("a bad file: %v, then %v", err, again)
	}
	files["bad.wav"] = &fstest.MapFile{Data: append([]byte("RIFF\x00\x00\x00\x00WAVE"), make([]byte, 9)...)}
	if _, err := c.Get(t.Context(), "bad.wav"); err == nil || err.Error() == again.Error() {
		t.Errorf("a file that is bad in another way: %v", err)
	}
	delete(files, "a.sln")
	if _, err := c.Get(t.Context(), "a.sln"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is gone: %v", err)
	}
}

// changing is a file that grows while it is read.
type changing struct {
	fs.File
	looked int
}

func (c *changing) Stat() (fs.FileInfo, error) {
	info, err := c.File.Stat()
	if c.looked++; c.looked > 1 {
		return grown{info}, err
	}
	return info, err
}

type grown struct{ fs.FileInfo }

func (g grown) Size() int64 { return g.FileInfo.Size() + 1 }

type growing struct{ fs.FS }

func (g growing) Open(name string) (fs.File, error) {
	f, err := g.FS.Open(name)
	return &changing{File: f}, err
}

func (g growing) Stat(name string) (fs.FileInfo, error) { return fs.Stat(g.FS, name) }

func TestAFileThatChangesUnderTheReaderIsNotKept(t *testing.T) {
	c := NewCache(growing{fstest.MapFS{"a.sln": {Data: sln(100, 1)}}}, Config{})
	if clip := get(t, c, "a.sln"); clip.Samples() != 100 || c.Usage() != (Usage{}) {
		t.Errorf("%d samples, kept %+v", clip.Samples(), c.Usage())
	}
}

// What the least recently used call for makes room, but is found while in use.
func TestTheLeastRecentlyUsedGo(t *testing.T) {
	files := &counting{FS: fstest.MapFS{"a.sln": {Data: sln(100, 1)}, "b.sln": {Data: sln(100, 2)}, "c.sln": {Data: sln(100, 3)}}}
	c := NewCache(files, Config{Bytes: 1000})
	a, b := get(t, c, "a.sln"), get(t, c, "b.sln")
	get(t, c, "a.sln")
	get(t, c, "c.sln") // b goes
	if u := c.Usage(); u.Clips != 2 || u.Bytes != 800 {
		t.Errorf("kept %+v", u)
	}
	reads := files.opened.Load()
	if get(t, c, "b.sln") != b || get(t, c, "a.sln") != a || files.opened.Load() != reads {
		t.Error("a clip in use was read again")
	}
	runtime.KeepAlive(a)
	runtime.KeepAlive(b)
	a, b = nil, nil
	for _, name := range []string{"c.sln", "b.sln", "c.sln"} {
		get(t, c, name)
	}
	runtime.GC() // a is nobody's
	get(t, c, "a.sln")
	if files.opened.Load() == reads {
		t.Error("a clip that nobody used was kept all the same")
	}
	if err := get(t, c, "a.sln").Prepare(codecs.PCMU); err != nil { // it grows
		t.Fatal(err)
	}
	if u := c.Usage(); u.Bytes <= 800 {
		t.Errorf("frames are not counted: %+v", u)
	}
}

func TestAClipLargerThanTheCacheIsServed(t *testing.T) {
	c := NewCache(fstest.MapFS{"a.sln": {Data: sln(1000, 1)}}, Config{Bytes: 100})
	if clip := get(t, c, "a.sln"); clip.Samples() != 1000 || c.Usage() != (Usage{}) {
		t.Errorf("%d samples, kept %+v", clip.Samples(), c.Usage())
	}
}

func TestTheCacheForgetsDeadFiles(t *testing.T) {
	files := fstest.MapFS{"last.sln": {Data: sln(10, 1)}}
	c := NewCache(files, Config{Bytes: 41})
	for _, name := range strings.Split("abcdefgh", "") {
		files[name+".sln"] = &fstest.MapFile{Data: sln(10, 1)}
		get(t, c, name+".sln")
	}
	runtime.GC()
	get(t, c, "last.sln")
	if n := len(c.known); n > 2 {
		t.Errorf("%d files are known, of which 1 is kept", n)
	}
}

func TestNothingOutsideIsOpened(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.sln")
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(outside, sln(10, 1), 0o600))
	must(os.WriteFile(filepath.Join(dir, "in.sln"), sln(10, 1), 0o600))
	must(os.Mkdir(filepath.Join(dir, "sub.sln"), 0o700))
	must(os.Symlink(outside, filepath.Join(dir, "link.sln")))
	must(os.Symlink(filepath.Dir(outside), filepath.Join(dir, "dir")))
	must(os.Symlink("/dev/zero", filepath.Join(dir, "zero.sln")))
	must(os.Symlink("in.sln", filepath.Join(dir, "inner.sln")))
	must(syscall.Mkfifo(filepath.Join(dir, "pipe.sln"), 0o600))
	c, err := OpenCache(dir, Config{})
	must(err)
	f := func(name string, good bool) {
		t.Helper()
		if clip, err := c.Get(t.Context(), name); (err == nil) != good {
			t.Errorf("%s: %d samples, %v", name, clip.Samples(), err)
		}
	}
	f("in.sln", true)
	f("inner.sln", true)
	f("link.sln", false)
	f("dir/secret.sln", false)
	f("zero.sln", false)
	f("pipe.sln", false) // and does not wait for a writer
	f("sub.sln", false)
	f("../"+filepath.Base(dir)+"/in.sln", false)
	f(outside, false)
	f("", false)
	f("in.sln\x00", false)
	must(c.Close())
	f("in.sln", false)
	if _, err := OpenCache(filepath.Join(dir, "nowhere"), Config{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a cache of nothing: %v", err)
	}
	must(NewCache(fstest.MapFS{}, Config{}).Close())

	if clip, err := ReadFile(t.Context(), outside, Limits{}); err != nil || clip.Samples() != 10 {
		t.Errorf("read file: %v", err)
	}
	for _, name := range []string{"/dev/zero", filepath.Join(dir, "pipe.sln"), dir} {
		if _, err := ReadFile(t.Context(), name, Limits{}); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("read file: %v", err)
		}
	}
}

func TestTheCacheAtOnce(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range strings.Split("abcdef", "") {
		files[name+".sln"] = &fstest.MapFile{Data: sln(100, int16(name[0]))}
	}
	c := NewCache(files, Config{Bytes: 1000})
	var calls sync.WaitGroup
	for i := range 8 {
		calls.Go(func() {
			for n := range 60 {
				name := "abcdef"[(i+n)%6:][:1]
				if clip := get(t, c, name+".sln"); clip.PCM()[99] != int16(name[0]) {
					t.Errorf("%s sounds like another", name)
				}
				c.Usage()
			}
		})
	}
	calls.Wait()
}

func TestReadNamesTheFile(t *testing.T) {
	clip, err := Read(t.Context(), bytes.NewReader(sln(160, 5)), "dir/x.sln16", Limits{})
	if err != nil || clip.Duration() != 10*time.Millisecond || len(clip.PCMAt(WideRate)) != 160 {
		t.Errorf("10 ms at 16 kHz: %v, %v", clip.Duration(), err)
	}
	_, err = Read(t.Context(), bytes.NewReader(sln(160, 5)), "dir/x.sln", Limits{Duration: time.Millisecond})
	if err == nil || err.Error() != "read dir/x.sln: it is longer than 1ms" {
		t.Errorf("got %v", err)
	}
}

func TestNormalise(t *testing.T) {
	quiet := Join(Tone(500, time.Second, -40), Silence(3*time.Second), Tone(500, time.Second, -40))
	f := func(c *Clip, to, want dsp.DB) {
		t.Helper()
		got := c.Normalise(to)
		if l := got.Level(); l < want-0.2 || l > want+0.2 || got.Duration() != c.Duration() {
			t.Errorf("from %.1f to %.1f dBov: got %.1f, want %.1f", c.Level(), to, l, want)
		}
		wide, pcm := dsp.Level(got.PCMAt(WideRate)), dsp.Level(got.PCM())
		if c.PCMAt(WideRate) != nil && (wide < pcm-0.2 || wide > pcm+0.2) {
			t.Errorf("%.1f dBov at one rate, %.1f at the other", pcm, wide)
		}
	}
	f(quiet, -26, -26)                                      // pauses do not count
	f(quiet, -10, -20)                                      // by 20 dB at most
	f(Tone(500, time.Second, -5), -20, -20)                 // down
	f(Tone(500, time.Second, -10), -1, -4)                  // not into clipping
	f(New(Tone(500, time.Second, -30).PCM()), -20, -20)     // of one rate
	f(Join(quiet, Tone(500, 3*time.Second, -20)), -30, -30) // what is far below the rest is no speech
	f(Silence(time.Second), -20, dsp.Floor)
	if c := Tone(500, time.Second, -20); c.Normalise(c.Level()) != c || (*Clip)(nil).Normalise(-20) != nil {
		t.Error("a clip that needs nothing was made anew")
	}
	c := NewCache(fstest.MapFS{"a.sln": {Data: sln(8000, 100)}}, Config{Level: -30})
	if l := get(t, c, "a.sln").Level(); l < -30.5 || l > -29.5 {
		t.Errorf("the cache serves %.1f dBov, want -30", l)
	}
}
