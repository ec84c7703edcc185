package main

import (
	"fmt"
	"os"
	"testing"

	"trunkline/media"
)

// TestMain lets the test binary be the media process of the servers it starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "media" {
		if err := media.Serve(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}
