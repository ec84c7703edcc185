package sip

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// torture is a message of RFC 4475 or RFC 5118 and what it deserves. A file holds
// one: lines with # that say what it proves and what is wanted, then the message
// with its lines ended by a line feed and its unprintable bytes as <hex>. What is
// wanted is the statuses of the answers, or silence; end is a closed connection.
type torture struct {
	name   string
	proves string
	text   []byte
	wants  map[string]string // by transport; of the others it is want
	xfail  string            // why we do not do it; the test fails when we begin to
}

func readTorture(t testing.TB) (list []torture) {
	t.Helper()
	files, err := filepath.Glob("testdata/torture/*.txt")
	if err != nil || len(files) != 49+12 {
		t.Fatalf("%d torture files, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m := torture{name: strings.TrimSuffix(filepath.Base(file), ".txt"), wants: map[string]string{}}
		for bytes.HasPrefix(text, []byte("# ")) {
			line, rest, _ := bytes.Cut(text, []byte("\n"))
			m.header(string(line[2:]))
			text = rest
		}
		if m.proves == "" || m.wants["want"] == "" {
			t.Fatalf("%s: does not say what it proves, or what is wanted", file)
		}
		m.text = unmark(t, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
		list = append(list, m)
	}
	return list
}

// header reads one of the lines above the message.
func (m *torture) header(line string) {
	name, value, _ := strings.Cut(line, ": ")
	switch name {
	case "want", "tcp", "ws":
		m.wants[name] = value
	case "xfail":
		m.xfail = value
	default:
		m.proves = line
	}
}

// unmark puts the bytes where <hex> stands for them.
func unmark(t testing.TB, text []byte) []byte {
	t.Helper()
	return regexp.MustCompile(`<hex>[0-9a-f]*</hex>`).ReplaceAllFunc(text, func(mark []byte) []byte {
		plain, err := hex.DecodeString(string(mark[len("<hex>") : len(mark)-len("</hex>")]))
		if err != nil {
			t.Fatal(err)
		}
		return plain
	})
}

// answers collects the statuses that an endpoint sends, but for 100 and for the
// answers to our own probes. Torture messages want their answers at hosts that do
// not exist, so they are caught on their way out.
type answers struct {
	mu   sync.Mutex
	list []string
}

func (a *answers) trace(ev TraceEvent) {
	text := string(ev.Message)
	if !ev.Sent || !strings.HasPrefix(text, "SIP/2.0 ") || strings.HasPrefix(headerOf(text, "Call-ID"), "opt") {
		return
	}
	what := text[8:11] + " " + headerOf(text, "CSeq")
	a.mu.Lock()
	defer a.mu.Unlock()
	if !strings.HasPrefix(what, "1") && (len(a.list) == 0 || a.list[len(a.list)-1] != what) { // not the repeated
		a.list = append(a.list, what)
	}
}

// String lists the statuses; without any it is silence.
func (a *answers) String() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var codes []string
	for _, what := range a.list {
		codes = append(codes, what[:3])
	}
	if len(codes) == 0 {
		return "silence"
	}
	return strings.Join(codes, " ")
}

// headerOf returns the value of a header of a message written by us.
func headerOf(msg, name string) string {
	for line := range strings.SplitSeq(msg, "\r\n") {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// TestTorture sends each message in every way to an endpoint of its own. The
// endpoint must answer as it should, go on to answer others, and keep nothing.
func TestTorture(t *testing.T) {
	for _, w := range ways() {
		for i, m := range readTorture(t) {
			t.Run(w.name+"/"+m.name, func(t *testing.T) {
				want := cmp.Or(m.wants[w.network], m.wants["want"])
				got := w.tortured(t, i, m, want)
				switch {
				case m.xfail != "" && got == want:
					t.Errorf("passes: take the xfail off")
				case m.xfail == "" && got != want:
					t.Errorf("%s: got %s, want %s", m.proves, got, want)
				}
			})
		}
	}
}

func (w way) tortured(t *testing.T, i int, m torture, want string) string {
	var got answers
	cfg := loopback(nil)
	cfg.Trace = got.trace
	e := open(t, cfg, func(in *Incoming) {
		in.Handle(func(Event) {})
		in.Hangup(New(Busy, ""))
	})
	conn := w.dial(t, e)
	w.send(t, conn, m.text)
	if want == "end" {
		awaitEnd(t, conn)
	}
	w.probe(t, e, conn, 700000+i)
	if want == "end" {
		return want
	}
	limit := time.After(patience)
	if m.xfail != "" {
		limit = time.After(100 * time.Millisecond) // most of them fail in silence
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for want != "silence" && got.String() != want {
		select {
		case <-tick.C:
		case <-limit:
			return got.String()
		}
	}
	return got.String()
}
