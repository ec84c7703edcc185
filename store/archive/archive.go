// Package archive carries finished recordings to an S3-compatible store, and
// keeps at it until they are there.
//
// An Archive owns a journal, which is an SQLite file, and a few goroutines. What
// Add has taken is in the journal and survives a killed process: the next Archive
// over the same journal goes on with it. Uploads that fail are tried again, ever
// less often. A local file is removed only when the configuration says so, after
// the store has confirmed length and checksum of its copy.
//
// Any goroutine may use it; no method but Close waits for the network. It
// connects to the configured endpoint and nowhere else, and knows nothing of
// calls or sound: a recording is a file with a name.
package archive

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"
)

// ErrNotFound says that the archive was never given such a recording.
var ErrNotFound = errors.New("not found")

// Config is what an Archive needs.
type Config struct {
	Journal string // path of the SQLite file; made when missing, for its owner only

	Endpoint  string // URL of the store: https://s3.example.com
	Region    string // "": us-east-1, which most stores that are not Amazon's take
	Bucket    string // must exist
	AccessKey string
	SecretKey string
	Roots     *x509.CertPool // whom to trust for TLS; nil: whom the system trusts
	Object    string         // name of the object, see Namer; "": "{date}/{file}"

	Parallel    int           // uploads at the same time; 0: 4
	RemoveLocal bool          // remove local files that are safely in the store
	GiveUp      time.Duration // how long to try; 0: without end
	Backoff     Backoff       // between tries; zero: 2 s to 10 minutes

	Log *slog.Logger // nil: none
}

// Backoff is how the pauses between tries grow: twofold each time, from Min to
// Max, less a random part so that what failed together is not tried together.
type Backoff struct{ Min, Max time.Duration }

func (b Backoff) pause(tries int, random float64) time.Duration {
	d := b.Min
	for i := 1; i < tries && d < b.Max; i++ {
		d *= 2
	}
	d = min(d, b.Max)
	return d - time.Duration(random*float64(d)/2)
}

// Archive is an open archive.
type Archive struct {
	cfg     Config
	name    Namer
	journal *journal
	bucket  *bucket
	log     *slog.Logger

	stop    context.CancelFunc
	running sync.WaitGroup
	wake    chan struct{} // holds one token when the journal has got something to do
}

// Open opens the archive and goes on with what its journal has. The store need
// not be reachable; that its configuration makes sense is checked.
func Open(ctx context.Context, cfg Config) (*Archive, error) {
	a := &Archive{cfg: cfg, log: cfg.Log, wake: make(chan struct{}, 1)}
	if a.cfg.Parallel <= 0 {
		a.cfg.Parallel = 4
	}
	if a.cfg.Backoff == (Backoff{}) {
		a.cfg.Backoff = Backoff{2 * time.Second, 10 * time.Minute}
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if a.name, err = parseName(cfg.Object); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if a.bucket, err = openBucket(a.cfg); err != nil {
		return nil, fmt.Errorf("open archive: %w", err)
	}
	if a.journal, err = openJournal(ctx, cfg.Journal); err != nil {
		return nil, fmt.Errorf("open archive: journal %s: %w", cfg.Journal, err)
	}
	run, stop := context.WithCancel(context.Background())
	a.stop = stop
	a.running.Go(func() { a.run(run) })
	return a, nil
}

// Recording is a finished file.
type Recording struct {
	ID   string    // unique; most often the call's
	Path string    // of the file
	At   time.Time // when it was begun: the date in its object's name
}

// Add takes a recording. It is in the journal when Add returns. Adding one twice
// is harmless.
func (a *Archive) Add(ctx context.Context, r Recording) error {
	object, err := a.name.Name(r)
	if err == nil {
		err = a.journal.add(ctx, r, object, time.Now())
	}
	if err != nil {
		return fmt.Errorf("archive recording %s: %w", r.ID, err)
	}
	a.look()
	return nil
}

// Retry tries a recording again, at once: one that has failed for good, or that
// waits for its next try.
func (a *Archive) Retry(ctx context.Context, id string) error {
	if err := a.journal.retry(ctx, id, time.Now()); err != nil {
		return fmt.Errorf("retry recording %s: %w", id, err)
	}
	a.look()
	return nil
}

// Upload returns what has become of a recording, or ErrNotFound.
func (a *Archive) Upload(ctx context.Context, id string) (Upload, error) {
	list, err := a.journal.list(ctx, "WHERE id = $1", id)
	if err == nil && len(list) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Upload{}, fmt.Errorf("find recording %s: %w", id, err)
	}
	return list[0], nil
}

// Uploads returns the newest recordings in a state, at most so many.
func (a *Archive) Uploads(ctx context.Context, s Status, most int) ([]Upload, error) {
	return a.journal.list(ctx, "WHERE status = $1 ORDER BY added_at DESC, id LIMIT $2", s, most)
}

// Counts returns how many recordings are in each state.
func (a *Archive) Counts(ctx context.Context) (map[Status]int, error) { return a.journal.counts(ctx) }

// Close stops uploading, without waiting for uploads to succeed, and closes the
// journal.
func (a *Archive) Close() error {
	a.stop()
	a.running.Wait()
	return a.journal.close()
}

func (a *Archive) look() {
	select {
	case a.wake <- struct{}{}:
	default: // one token is enough
	}
}

// sick is how long to leave a journal alone that cannot be read or written.
const sick = 5 * time.Second

// run starts what is due, up to so many uploads at a time.
func (a *Archive) run(ctx context.Context) {
	var uploads sync.WaitGroup
	defer uploads.Wait()
	a.sweep(ctx)
	busy := map[string]bool{}
	done := make(chan string)
	for {
		due, wait, err := a.due(ctx, busy)
		if err != nil && ctx.Err() == nil {
			a.log.Error("read archive journal", "error", err)
			wait = sick
		}
		for _, u := range due {
			busy[u.ID] = true
			uploads.Go(func() {
				a.try(ctx, u)
				select {
				case done <- u.ID:
				case <-ctx.Done():
				}
			})
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-a.wake:
		case id := <-done:
			delete(busy, id)
		case <-ctx.Done():
			timer.Stop()
			return
		}
		timer.Stop()
	}
}

// due returns what to start now, and how long to wait when nothing happens.
func (a *Archive) due(ctx context.Context, busy map[string]bool) (list []Upload, wait time.Duration, err error) {
	wait = time.Hour
	room := a.cfg.Parallel - len(busy)
	if room <= 0 {
		return nil, wait, nil
	}
	first, err := a.journal.list(ctx, "WHERE status = 'pending' ORDER BY next_at LIMIT $1", a.cfg.Parallel+len(busy))
	now := time.Now()
	for _, u := range first {
		switch {
		case busy[u.ID]:
		case u.NextAt.After(now):
			return list, min(wait, u.NextAt.Sub(now)), err
		case len(list) < room:
			list = append(list, u)
		}
	}
	return list, wait, err
}

// try makes one attempt and writes down what came of it.
func (a *Archive) try(ctx context.Context, u Upload) {
	log := a.log.With("recording", u.ID, "object", u.Object)
	sent, err := a.bucket.send(ctx, u)
	if ctx.Err() != nil {
		return // closed meanwhile: it does not count
	}
	now := time.Now()
	if err == nil {
		if err := a.journal.done(ctx, u.ID, sent, a.cfg.RemoveLocal, now); err != nil {
			log.Error("write archive journal", "error", err)
			a.rest(ctx)
			return
		}
		a.remove(ctx, u)
		log.Info("recording archived", "bytes", sent.bytes, "tries", u.Tries+1)
		return
	}
	status, next := Pending, now.Add(a.cfg.Backoff.pause(u.Tries+1, rand.Float64()))
	level, what := slog.LevelWarn, "recording not archived yet"
	if hopeless(err) || a.cfg.GiveUp > 0 && now.Sub(u.AddedAt) > a.cfg.GiveUp {
		status, level, what = Failed, slog.LevelError, "recording not archived"
	}
	if err := a.journal.missed(ctx, u.ID, status, err.Error(), next); err != nil {
		log.Error("write archive journal", "error", err)
		a.rest(ctx)
	}
	log.Log(ctx, level, what, "tries", u.Tries+1, "error", err)
}

// rest keeps an upload whose outcome could not be written down from being tried
// again at once.
func (a *Archive) rest(ctx context.Context) {
	select {
	case <-time.After(sick):
	case <-ctx.Done():
	}
}
