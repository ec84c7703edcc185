package main

import (
	"fmt"

	"trunkline/media"
)

// mediaCmd is the media process: serve starts it, nobody else should.
type mediaCmd struct{}

// Run serves the one that started us until there is nothing left to do.
func (mediaCmd) Run() error { return media.Serve() }

// mediaGivesWay is told when a media thread has far too much to do, and when
// that is over.
func (s *server) mediaGivesWay(thread int, gives bool, busy float64) {
	percent := fmt.Sprintf("%.0f %%", 100*busy)
	if gives {
		s.log.Warn("media thread gives way: it has too much to do, and sound has gaps", "thread", thread, "busy", percent)
		return
	}
	s.log.Info("media thread goes first again", "thread", thread, "busy", percent)
}
