package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

func opened(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func fresh(t *testing.T) *Store { return opened(t, filepath.Join(t.TempDir(), "trunkline.db")) }

var noon = time.Date(2026, 3, 1, 12, 0, 0, 123456000, time.UTC)

func after(s int) time.Time { return noon.Add(time.Duration(s) * time.Second) }

// full is a record with every field set.
func full(id string) CDR {
	answered := after(2)
	return CDR{
		ID: id, Direction: "inbound", Trunk: "carrier", From: "+4930123", To: "800100", Flow: "hotline",
		StartedAt: noon, AnsweredAt: &answered, EndedAt: after(60),
		Cause: Cause{Code: "normal", SIP: 200, Q850: 16, By: "caller", Text: "再见"},
		Legs: []LegRecord{
			{ID: "a", Trunk: "carrier", Direction: "inbound", Address: "sip:x@192.0.2.1", SIPCallID: "q@w", Codec: "PCMA",
				StartedAt: noon, AnsweredAt: &answered, EndedAt: after(60),
				Cause: Cause{Code: "normal", By: "caller"}, Quality: Quality{PacketsIn: 3000, PacketsOut: 2999, Lost: 1, JitterMS: 0.5,
					Relayed: 5, Late: 2, Refused: 3, MOS: 4.25, RoundTripMS: 41.5, RemoteLost: 4, RemoteMOS: 4.1}},
			{ID: "b", Trunk: "pbx", Direction: "outbound", StartedAt: after(10), EndedAt: after(20),
				Cause:     Cause{Code: "busy", SIP: 486, Q850: 17, By: "callee"},
				Recording: &Recording{Path: "c1-b.wav", Seconds: 9.5, Lost: 320, Gaps: 2}},
		},
		Misses: []Miss{
			{Menu: "hotline", Language: "zh", Heard: "我要退票", Best: "refund", Score: 0.31, At: after(2)},
			{Menu: "hotline", Language: "en", Heard: "er what", At: after(3)},
		},
		Nodes: []NodeVisit{
			{Menu: "hotline-zh", Node: "余额", By: "speech", Heard: "查一下余额", Score: 0.9, At: after(5)},
			{Menu: "hotline-zh", Node: "agent", By: "key", Heard: "0", At: after(9)},
		},
		Recording: &Recording{Path: "c1.wav", Parts: []string{"c1.wav", "c1-2.wav"}, Seconds: 57.98, Lost: 160, Gaps: 1, Paused: 2.5, Key: "2026-a", Error: "no space left"},
	}
}

func TestRecordComesBackAsItWas(t *testing.T) {
	s := fresh(t)
	short := CDR{ID: "short", Direction: "outbound", StartedAt: noon, EndedAt: after(1), Legs: []LegRecord{}, Nodes: []NodeVisit{}}
	for _, want := range []CDR{full("full"), short} {
		if err := s.AddCDR(t.Context(), want); err != nil {
			t.Fatal(err)
		}
		got, err := s.CDR(t.Context(), want.ID)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := s.CDR(t.Context(), "no such"); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v; want ErrNotFound", err)
	}
}

func TestACallLeavesOneRecord(t *testing.T) {
	s := fresh(t)
	first := full("c")
	second := full("c")
	second.Flow = "other"
	second.Legs = append(second.Legs, LegRecord{ID: "c"})
	for _, c := range []CDR{first, second, first} {
		if err := s.AddCDR(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	list, err := s.CDRs(t.Context(), CDRQuery{})
	if err != nil || len(list) != 1 || !reflect.DeepEqual(list[0], first) {
		t.Errorf("got %+v, %v; want the first record alone", list, err)
	}
	if err := s.AddCDR(t.Context(), CDR{}); err == nil {
		t.Error("a record without an id was taken")
	}
}

func TestListing(t *testing.T) {
	s := fresh(t)
	empty, err := s.CDRs(t.Context(), CDRQuery{})
	if err != nil || empty == nil || len(empty) != 0 {
		t.Errorf("an empty database lists %v, %v; want an empty list", empty, err)
	}
	for i := range 10 {
		c := full(fmt.Sprintf("c%d", i))
		c.From = fmt.Sprint("from", i%2)
		c.To = fmt.Sprint("to", i%5)
		c.Flow = fmt.Sprint("flow", i%3)
		c.EndedAt = after(i / 2) // two at a time: ids decide
		if err := s.AddCDR(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	f := func(q CDRQuery, want string) {
		t.Helper()
		list, err := s.CDRs(t.Context(), q)
		if err != nil {
			t.Errorf("%+v: %v", q, err)
		}
		var ids []string
		for _, c := range list {
			ids = append(ids, c.ID)
			if len(c.Legs) != 2 || len(c.Nodes) != 2 {
				t.Errorf("%s has %d legs and %d nodes; want 2 and 2", c.ID, len(c.Legs), len(c.Nodes))
			}
		}
		if got := strings.Join(ids, " "); got != want {
			t.Errorf("%+v: got %s; want %s", q, got, want)
		}
	}
	f(CDRQuery{}, "c9 c8 c7 c6 c5 c4 c3 c2 c1 c0")
	f(CDRQuery{Limit: 3}, "c9 c8 c7")
	f(CDRQuery{Limit: 3, Before: "c7"}, "c6 c5 c4")
	f(CDRQuery{Limit: 5000, Before: "c2"}, "c1 c0")
	f(CDRQuery{Before: "c0"}, "")
	f(CDRQuery{From: "from1"}, "c9 c7 c5 c3 c1")
	f(CDRQuery{From: "from1", To: "to1"}, "c1")
	f(CDRQuery{Flow: "flow0", Before: "c6"}, "c3 c0")
	f(CDRQuery{From: "' OR 1=1 --"}, "")

	if _, err := s.CDRs(t.Context(), CDRQuery{Before: "gone"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("before an unknown call: %v; want ErrNotFound", err)
	}
	if _, err := s.CDRs(t.Context(), CDRQuery{Limit: -1}); err == nil {
		t.Error("a negative limit was taken")
	}
}

func TestListingIsCapped(t *testing.T) {
	s := fresh(t)
	for i := range limitMost + 1 {
		if err := s.AddCDR(t.Context(), CDR{ID: fmt.Sprint(i), StartedAt: noon, EndedAt: noon}); err != nil {
			t.Fatal(err)
		}
	}
	for limit, want := range map[int]int{0: limitUsual, limitMost + 1: limitMost} {
		list, err := s.CDRs(t.Context(), CDRQuery{Limit: limit})
		if err != nil || len(list) != want {
			t.Errorf("limit %d lists %d, %v; want %d", limit, len(list), err, want)
		}
	}
}

// Whatever a carrier or a division by zero hands us, the record is kept.
func TestOddValuesDoNotCostTheRecord(t *testing.T) {
	s := fresh(t)
	c := full("odd\xff")
	c.From = "a\x00b\xfe'\";--\r\n"
	c.Legs[0].JitterMS = math.NaN()
	c.Legs[0].Lost = math.MaxUint64
	c.Nodes[0].Score = math.Inf(1)
	c.StartedAt = time.Time{}
	if err := s.AddCDR(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	list, err := s.CDRs(t.Context(), CDRQuery{})
	if err != nil || len(list) != 1 {
		t.Fatalf("got %+v, %v; want one record", list, err)
	}
	got := list[0]
	if got.ID != "odd\uFFFD" || got.From != "a\uFFFDb\uFFFD'\";--\r\n" || !got.StartedAt.IsZero() ||
		got.Legs[0].JitterMS != 0 || got.Legs[0].Lost != math.MaxInt64 || len(got.Legs) != 2 || len(got.Nodes) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestConcurrentWritersAndReaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	stores := []*Store{opened(t, path), opened(t, path)} // two processes, in effect
	const writers, each = 8, 10
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				// Every record comes twice, from two writers at about the same time.
				c := full(fmt.Sprintf("c%d-%d", w/2, i))
				if err := stores[w%2].AddCDR(t.Context(), c); err != nil {
					t.Error(err)
				}
				list, err := stores[w%2].CDRs(t.Context(), CDRQuery{})
				if err != nil {
					t.Error(err)
				}
				for _, got := range list {
					if len(got.Legs) != 2 || len(got.Nodes) != 2 {
						t.Errorf("%s was seen half written", got.ID)
					}
				}
			}
		})
	}
	all.Wait()
	list, err := stores[0].CDRs(t.Context(), CDRQuery{Limit: 500})
	if want := writers / 2 * each; err != nil || len(list) != want {
		t.Errorf("%d records, %v; want %d", len(list), err, want)
	}
}

func TestCancelledWriteLeavesNothing(t *testing.T) {
	s := fresh(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.AddCDR(ctx, full("c")); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v; want context.Canceled", err)
	}
	if err := s.AddCDR(t.Context(), full("c")); err != nil {
		t.Errorf("the next write fails: %v", err)
	}
}

func TestNodesCanBeQueried(t *testing.T) {
	s := fresh(t)
	if err := s.AddCDR(t.Context(), full("c")); err != nil {
		t.Fatal(err)
	}
	var n int
	err := s.read.QueryRow("SELECT count(*) FROM cdr_nodes WHERE menu = $1 AND node = $2", "hotline-zh", "余额").Scan(&n)
	if err != nil || n != 1 {
		t.Errorf("%d visits, %v; want 1", n, err)
	}
}

func TestOpenMakesPrivateFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "deep", "a b?c#%20.db")
	opened(t, path)
	f := func(path string, want os.FileMode) {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o; want %o", path, got, want)
		}
	}
	f(filepath.Dir(path), 0o700)
	f(path, 0o600)
	f(path+"-wal", 0o600)
}

func TestOpenKeepsWhatWasThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	s := opened(t, path)
	if err := s.AddCDR(t.Context(), full("c")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.CDR(t.Context(), "c"); err == nil {
		t.Error("a closed store still reads")
	}
	if _, err := opened(t, path).CDR(t.Context(), "c"); err != nil {
		t.Error(err)
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	newer := filepath.Join(dir, "newer.db")
	if _, err := opened(t, newer).write.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)"); err != nil {
		t.Fatal(err)
	}
	f := func(path, want string) {
		t.Helper()
		s, err := Open(t.Context(), path)
		if err == nil {
			t.Errorf("open %s: no error; want %q (close: %v)", path, want, s.Close())
			return
		}
		if !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "open database "+path) {
			t.Errorf("open %s: %v; want the path and %q", path, err, want)
		}
	}
	f(write("notes.txt", "not a database at all"), "not an SQLite database")
	f(write("short", "x"), "not an SQLite database")
	f(write("broken.db", "SQLite format 3\x00"+strings.Repeat("x", 5000)), "not a database")
	f(dir, "is a directory")
	f(filepath.Join(write("file", ""), "t.db"), "create its directory")
	f("/proc/no/such.db", "create its directory")
	f(newer, "version 99")
	if got, err := os.ReadFile(filepath.Join(dir, "notes.txt")); err != nil || string(got) != "not a database at all" {
		t.Errorf("the foreign file now holds %q, %v", got, err)
	}
}
