package main

import "trunkline/media"

// mediaCmd is the media process: serve starts it, nobody else should.
type mediaCmd struct{}

// Run serves the one that started us until there is nothing left to do.
func (mediaCmd) Run() error { return media.Serve() }
