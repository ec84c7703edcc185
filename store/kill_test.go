package store

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The test program plays the victim when this names a database.
const victim = "STORE_TEST_VICTIM"

func TestMain(m *testing.M) {
	if path := os.Getenv(victim); path != "" {
		fmt.Fprintln(os.Stderr, writeForever(path))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeForever names each record on standard output once it is stored.
func writeForever(path string) error {
	s, err := Open(context.Background(), path)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		id := fmt.Sprint("c", i)
		if err := s.AddCDR(context.Background(), full(id)); err != nil {
			return err
		}
		fmt.Println(id)
	}
}

// What AddCDR has confirmed survives kill -9, whole; what it has not is there
// whole or not at all.
func TestKilledWriterLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), victim+"="+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var confirmed []string
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			confirmed = append(confirmed, lines.Text())
			if len(confirmed) == 20+round {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = cmd.Wait() // "killed", as it should be
		if len(confirmed) < 20 {
			t.Fatalf("the victim stored only %d records", len(confirmed))
		}

		s := opened(t, path)
		for _, id := range confirmed {
			if _, err := s.CDR(t.Context(), id); err != nil {
				t.Errorf("round %d: %v", round, err)
			}
		}
		all, err := s.CDRs(t.Context(), CDRQuery{Limit: limitMost})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range all {
			if len(c.Legs) != 2 || len(c.Nodes) != 2 || c.Recording == nil {
				t.Errorf("round %d: %s is there in part: %+v", round, c.ID, c)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
