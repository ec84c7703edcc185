package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"trunkline/call"
	"trunkline/cmd/trunkline/internal/config"
	"trunkline/media"
	"trunkline/media/msg"
	"trunkline/media/record"
	"trunkline/store/archive"
)

// mediaSocket is where, in the data directory, a media process waits for the
// next control plane.
const mediaSocket = "media.sock"

// startMedia starts the media threads, in a process of their own unless the
// configuration says otherwise.
func (s *server) startMedia() (err error) {
	m := &s.cfg.Media
	cfg := media.Config{
		Shards: m.Threads, Bind: m.BindAddr, PortMin: m.FirstPort, PortMax: m.LastPort,
		Rest: time.Duration(m.PortRest), Timeout: time.Duration(m.Timeout), Tier: m.Mover,
		Broken: func(id msg.Session, why, stack string) {
			s.log.Error("panic in a media session, which is ended", "session", id, "panic", why, "stack", stack)
		},
	}
	if m.Process == "shared" {
		s.engine, err = media.New(cfg)
	} else {
		s.engine, err = media.Launch(cfg, media.Process{
			Path: filepath.Join(s.cfg.Data, mediaSocket), Orphan: time.Duration(m.Orphans), Crashed: s.mediaCrashed,
			GivesWay: s.mediaGivesWay,
		})
	}
	if err != nil {
		return err
	}
	s.tellMedia("media threads are up")
	s.endSurvivors()
	return nil
}

// tellMedia logs where and how the media threads run.
func (s *server) tellMedia(what string) {
	if st, ok := s.engine.Status(); ok {
		s.log.Info(what, "pid", st.PID, "threads", st.Shards, "tier", st.Tier, "scheduled", st.Scheduled, "locked", st.Locked)
	}
}

// mediaCrashed is told when the media process has died and a new one is up.
func (s *server) mediaCrashed(err error) {
	if err != nil {
		s.log.Error("the media process has died and cannot be started again yet", "error", err)
		return
	}
	s.log.Error("the media process has died, its calls are ended; a new one is up")
}

// endSurvivors lets the sound of calls that a control plane before this one has
// left behind go on for as long as configured. Nobody conducts it: a far side
// that hangs up falls silent, which ends it too.
func (s *server) endSurvivors() {
	n := len(s.engine.Survivors())
	if n == 0 {
		return
	}
	wait := time.Duration(s.cfg.Media.Orphans)
	s.log.Warn("sound of calls from before a crash goes on for a while", "sessions", n, "for", wait)
	s.orphans = time.AfterFunc(wait, s.engine.EndSurvivors)
}

// startRecordings opens the desk that writes recordings, and the archive that
// takes them in.
func (s *server) startRecordings(ctx context.Context) (err error) {
	c := &s.cfg.Record
	s.desk = record.NewDesk(record.Config{Durable: c.Durable})
	a := &c.Archive
	if a.Endpoint == "" {
		return nil
	}
	s.archive, err = archive.Open(ctx, archive.Config{
		Journal: filepath.Join(s.cfg.Data, "archive.db"), Endpoint: a.Endpoint, Region: a.Region, Bucket: a.Bucket,
		AccessKey: a.AccessKey, SecretKey: a.SecretKey, Object: a.Object, RemoveLocal: a.RemoveLocal, Log: s.log,
	})
	if err != nil {
		return usageError{err}
	}
	return nil
}

// recordings says how calls are recorded.
func (s *server) recordings() call.Recordings {
	c := &s.cfg.Record
	return call.Recordings{
		Dir: filepath.Join(s.cfg.Data, "recordings"), Format: record.Format(slices.Index(config.Formats(), c.Format)),
		Key: c.Key, MaskKeys: c.MaskKeys, EachLeg: c.EachLeg, Split: time.Duration(c.Split), Done: s.archived,
	}
}

// archived hands a finished file to the archive, which survives what happens
// next. The first has its recording's name, the others a number more.
func (s *server) archived(id string, file record.Part, began time.Time) {
	if s.archive == nil {
		return
	}
	r := archive.Recording{ID: id, Path: file.Path, At: began}
	if file.Number > 1 {
		r.ID = fmt.Sprintf("%s-%d", id, file.Number)
	}
	if err := s.archive.Add(context.Background(), r); err != nil {
		s.log.Error("recording is not archived", "recording", id, "path", file.Path, "error", err)
	}
}
